"""Flow 1: what Argo CD delivers, how it hears of a change, and what it does about it."""

from __future__ import annotations

from typing import Final

from doctor import kube
from doctor.argocd import sources
from pages.markdown import bullets
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import namespace_of, spec_of

SETTINGS: Final = "argocd-cm"
CONTROLLER: Final = "argocd-application-controller"
WEBHOOK: Final = "argocd-webhook"


def polling(platform: Platform) -> int:
    """Seconds between two looks: outputs and Argo CD's settings say so."""
    place = namespace_of(platform.all("AppProject")[0]) if platform.all("AppProject") else ""
    settings = platform.need("ConfigMap", SETTINGS, place)
    said = platform.summary.gitops.polling
    platform.same("Argo CD's polling", f"{said}s", (settings.get("data") or {}).get("timeout.reconciliation"))
    return said


def minutes(seconds: int) -> str:
    """An interval in words."""
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def flow(platform: Platform) -> str:
    """The section."""
    summary = platform.summary.gitops
    diagram = Diagram()
    applications = platform.all("Application")
    place = namespace_of(applications[0]) if applications else ""
    argocd = platform.actor(CONTROLLER, place)
    diagram.node("argocd", "Argo CD", argocd.place, argocd.version)
    every = f"asked every {minutes(polling(platform))}"
    if summary.repository:
        diagram.node("developer", "developer", shape="person")
        diagram.node("repository", summary.repository, shape="outside")
        diagram.edge("developer", "repository", "push")
        diagram.edge("repository", "argocd", every)
    _told(platform, diagram, place)
    _delivered(diagram, applications, every)
    automated = [spec_of(item).get("syncPolicy", {}).get("automated") or {} for item in applications]
    facts = [
        f"{len(applications)} Applications, in the projects {', '.join(f'`{name}`' for name in summary.projects)}",
        f"pruned: {sum(bool(item.get('prune')) for item in automated)}",
        f"self-healing: {sum(bool(item.get('selfHeal')) for item in automated)}",
        f"repository of the developers: {summary.repository or 'none; `homelab:gitops` names one'}",
    ]
    return "\n\n".join(["## 1. GitOps", str(diagram), bullets(facts)])


def _told(platform: Platform, diagram: Diagram, place: str) -> None:
    """The way of a message about a push: a route, and whom it leads to."""
    platform.need("IngressRoute", WEBHOOK, place)
    mirrored = spec_of(platform.need("TraefikService", WEBHOOK, place))["mirroring"]
    diagram.node("github", "GitHub", shape="outside")
    diagram.node("webhook", f"IngressRoute {place}/{WEBHOOK}", platform.summary.gitops.webhook, shape="round")
    diagram.edge("github", "webhook", "something was pushed")
    for target in (mirrored, *mirrored.get("mirrors", ())):
        for actor in platform.serving(target["name"], target.get("namespace", place)):
            diagram.node(actor.place, actor.place, actor.version)
            diagram.edge("webhook", actor.place, f"Service {target['name']}:{target['port']}")
            diagram.edge(actor.place, "argocd", "look at once", dotted=True)


def _delivered(diagram: Diagram, applications: list[kube.Object], every: str) -> None:
    """Where charts come from, and where they go."""
    places: dict[str, str] = {}
    targets: dict[str, list[str]] = {}
    for item in applications:
        for source in sources(item):
            url = str(source["repoURL"])
            places[url] = url.removeprefix("https://").removeprefix("oci://")
            what = f"{source.get('chart', source.get('path', ''))} {source['targetRevision']}"
            targets.setdefault(str(spec_of(item)["destination"]["namespace"]), []).append(what)
    if places:
        diagram.node("charts", "charts of", *(places[url] for url in sorted(places)), shape="outside")
        diagram.edge("charts", "argocd", every)
    for target, charts in sorted(targets.items()):
        diagram.node(f"namespace {target}", f"namespace {target}", *charts, shape="round")
        diagram.edge("argocd", f"namespace {target}")
