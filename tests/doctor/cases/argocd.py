from __future__ import annotations

from tests.support.breaking import Break
from tests.support.healthy import Healthy


def forbid_traefik(live: Healthy) -> None:
    """The project permits every namespace that something is delivered to, but for one."""
    wanted = [item["spec"]["destination"] for item in live.all("Application")]
    permitted = [destination for destination in wanted if destination["namespace"] != "traefik"]
    live.get("AppProject", "k8s-infra", "argocd")["spec"].update(destinations=permitted)


def degrade_traefik(live: Healthy) -> None:
    """As when an image cannot be pulled: nothing is wrong with the sync."""
    degraded = {"status": "Degraded", "message": "exceeded its progress deadline"}
    status = live.get("Application", "traefik", "argocd")["status"]
    status.update(
        health={"status": "Degraded"},
        operationState={"phase": "Succeeded", "message": "successfully synced (all tasks run)"},
        resources=[{"kind": "Deployment", "name": "traefik", "health": degraded}],
    )


BREAKS = (
    Break(
        check="application -> project",
        subject="Application argocd/traefik",
        target="AppProject k8s-infra for https://charts.example.org",
        problem="does not permit https://charts.example.org",
        change=lambda live: live.get("Application", "traefik", "argocd")["spec"]["sources"][-1].update(
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
        change=forbid_traefik,
    ),
    Break(
        check="application -> synced and healthy",
        subject="Application argocd/traefik",
        target="Synced and Healthy",
        problem="it is Synced and Degraded: Deployment traefik: exceeded its progress deadline",
        change=degrade_traefik,
    ),
)
