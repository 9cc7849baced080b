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
    diagram.edge("connect", "vault", "copies", dotted=True)
    diagram.edge("operator", "connect", f"asks every {polling(platform)}", dotted=True)
    by_namespace: dict[str, list[str]] = {}
    for item in sorted(platform.summary.secrets, key=lambda each: (each.namespace, each.name)):
        platform.need("OnePasswordItem", item.name, item.namespace)
        key = diagram.node(f"{item.namespace}/{item.name}", item.name, shape="round", group=item.namespace)
        by_namespace.setdefault(item.namespace, []).append(key)
        for reader in readers(platform, item):
            who = diagram.node(f"{item.namespace} {reader}", *reader.split(" "), group=item.namespace)
            diagram.edge(key, who)
    for keys in by_namespace.values():
        for key in keys:
            diagram.edge("operator", key)
    return "\n\n".join(["## 5. Secrets", str(diagram)])


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
