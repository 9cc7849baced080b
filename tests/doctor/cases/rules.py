from __future__ import annotations

from tests.support.breaking import Break, container, policy, route

CHECK = "object -> policy rules"

BREAKS = (
    Break(
        check=CHECK,
        subject="Ingress echoserver/echoserver",
        target="rule sign-in",
        problem="expected one of oidc, forward-auth, access, public",
        change=lambda live: live.get("Ingress", "echoserver", "echoserver")["metadata"].pop("annotations"),
    ),
    Break(
        check=CHECK,
        subject="IngressRoute authentik/authentik",
        target="rule sign-in",
        problem="expected the reason why nobody has to sign in",
        change=lambda live: route(live, "authentik")["metadata"]["annotations"].pop("homelab/public-reason"),
    ),
    Break(
        check=CHECK,
        subject="Namespace echoserver",
        target="rule pod-security",
        problem="it enforces baseline and gives no reason",
        change=lambda live: live.get("Namespace", "echoserver")["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "baseline"}
        ),
    ),
    Break(
        check=CHECK,
        subject="NetworkPolicy echoserver/echoserver-from-tunnel-ingress",
        target="rule named-callers",
        problem="it lets anybody in",
        change=lambda live: policy(live, "echoserver-from-tunnel-ingress", "echoserver")["ingress"][0].pop("from"),
    ),
    Break(
        check=CHECK,
        subject="NetworkPolicy argocd/argocd-server-to-internet-egress",
        target="rule named-targets",
        problem="it lets pods call anybody",
        change=lambda live: policy(live, "argocd-server-to-internet-egress", "argocd")["egress"][0]["to"][0][
            "ipBlock"
        ].pop("except"),
    ),
    Break(
        check=CHECK,
        subject="Deployment navidrome/navidrome",
        target="rule images-pinned",
        problem="names no version",
        change=lambda live: container(live, "Deployment", "navidrome", "navidrome").update(image="navidrome"),
    ),
    Break(
        check=CHECK,
        subject="Service default/left-behind",
        target="rule no-default-namespace",
        problem="it is in the namespace default",
        change=lambda live: live.objects.append(
            {"kind": "Service", "metadata": {"namespace": "default", "name": "left-behind"}, "spec": {}}
        ),
    ),
)
