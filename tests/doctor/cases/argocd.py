from __future__ import annotations

from tests.support.breaking import Break

BREAKS = (
    Break(
        check="application -> project",
        subject="Application argocd/traefik",
        target="AppProject k8s-infra for https://charts.example.org",
        problem="does not permit https://charts.example.org",
        change=lambda live: live.get("Application", "traefik", "argocd")["spec"]["source"].update(
            repoURL="https://charts.example.org"
        ),
    ),
    Break(
        check="application -> project",
        subject="Application argocd/traefik",
        target="AppProject gone",
        problem="no such project",
        change=lambda live: live.get("Application", "traefik", "argocd")["spec"].update(project="gone"),
    ),
    Break(
        check="application -> project",
        subject="Application argocd/traefik",
        target="AppProject k8s-infra for namespace traefik",
        problem="does not permit namespace traefik",
        change=lambda live: live.get("AppProject", "k8s-infra", "argocd")["spec"].update(
            destinations=[
                {"server": "https://kubernetes.default.svc", "namespace": namespace}
                for namespace in ("onepassword", "cert-manager", "tunnel-ingress", "authentik")
            ]
        ),
    ),
    Break(
        check="application -> synced and healthy",
        subject="Application argocd/traefik",
        target="Synced and Healthy",
        problem="it is Synced and Degraded",
        change=lambda live: live.get("Application", "traefik", "argocd")["status"]["health"].update(status="Degraded"),
    ),
)
