from __future__ import annotations

from tests.support.breaking import Break, policy

BREAKS = (
    Break(
        check="namespace -> closed by default",
        subject="Namespace empty",
        target="default-deny",
        problem="may be called by anybody",
        change=lambda live: live.objects.append(
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "empty", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
            }
        ),
    ),
    Break(
        check="route -> permitted by network policies",
        subject="Ingress echoserver/echoserver",
        target="Pod tunnel-ingress/controlled-cloudflared-connector to Pod echoserver/echoserver:8080",
        problem="no egress policy of tunnel-ingress permits it: allow the call with AllowTraffic",
        change=lambda live: live.drop("NetworkPolicy", "echoserver-from-tunnel-egress", "tunnel-ingress"),
    ),
    Break(
        check="route -> permitted by network policies",
        subject="Ingress echoserver/echoserver",
        target="Pod tunnel-ingress/controlled-cloudflared-connector to Pod echoserver/echoserver:8080",
        problem="no ingress policy of echoserver permits it",
        change=lambda live: policy(live, "echoserver-from-tunnel-ingress", "echoserver")["ingress"][0]["ports"][
            0
        ].update(port=80),
    ),
    Break(
        check="pod -> cluster DNS",
        subject="Pod echoserver/echoserver",
        target="DNS in kube-system, port 53",
        problem="no egress policy of echoserver permits it",
        change=lambda live: policy(live, "default-deny", "echoserver").pop("egress"),
    ),
    Break(
        check="database -> its own namespace, or named pods",
        subject="Pod authentik/authentik-db-1",
        target="port 5432",
        problem="name the pods that may call",
        change=lambda live: live.objects.append(
            {
                "kind": "NetworkPolicy",
                "metadata": {"namespace": "authentik", "name": "more"},
                "spec": {
                    "podSelector": {"matchLabels": {"cnpg.io/instanceName": "authentik-db-1"}},
                    "ingress": [
                        {
                            "ports": [{"port": 5432}],
                            "from": [
                                {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "navidrome"}}}
                            ],
                        }
                    ],
                },
            }
        ),
    ),
)
