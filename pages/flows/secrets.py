"""Flow 5: the way of a secret from the vault to whom it is for."""

from __future__ import annotations

from pages.mermaid import Diagram
from pages.platform import Platform
from pages.secrets import readers


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    connect = platform.running("1password/connect-api")
    operator = platform.running("1password/onepassword-operator")
    diagram.node("vault", "1Password", "vault", shape="store")
    diagram.node("connect", "Connect", connect.place, connect.version)
    diagram.node("operator", "operator", operator.place, operator.version)
    diagram.edge("vault", "connect", "copied")
    diagram.edge("connect", "operator", f"asked every {polling(platform)}")
    items: dict[str, list[str]] = {}
    reading: dict[str, set[str]] = {}
    for item in sorted(platform.summary.secrets, key=lambda each: (each.namespace, each.name)):
        platform.need("OnePasswordItem", item.name, item.namespace)
        items.setdefault(item.namespace, []).append(item.name)
        reading.setdefault(item.namespace, set()).update(readers(platform, item))
    for namespace, names in items.items():
        synced = diagram.node(f"of {namespace}", f"namespace {namespace}", *names, shape="round")
        diagram.edge("operator", synced)
        if reading[namespace]:
            read = diagram.node(f"in {namespace}", *sorted(reading[namespace]))
            diagram.edge(synced, read)
    words = "Which Secret is read by whom, one by one: [secrets](secrets.md)."
    return "\n\n".join(["## 5. Secrets", str(diagram), words])


def polling(platform: Platform) -> str:
    """How often the operator asks, as it is told."""
    operator = platform.running("1password/onepassword-operator")
    told = [
        item.get("value")
        for container in operator.spec["containers"]
        for item in container.get("env") or []
        if item["name"] == "POLLING_INTERVAL"
    ]
    said = platform.figure("onepassword-polling")
    return platform.same("the operator's polling", said, f"{told[0]}s" if told else None)
