"""Flow 2: applications that send their users to Authentik by OpenID Connect, and where their secrets come from."""

from __future__ import annotations

from urllib.parse import urlsplit

from doctor.snapshot import Resource
from pages.errors import PagesError
from pages.mermaid import Diagram
from pages.platform import Platform
from pages.secrets import readers


def server(platform: Platform, diagram: Diagram) -> str:
    """Authentik, as a node; its key."""
    service = next(item for item in platform.summary.services if item.name == "authentik")
    actor = platform.answering(service.address)[0]
    return diagram.node("authentik", "Authentik", actor.place, actor.version, service.url.removeprefix("https://"))


def clients(platform: Platform) -> list[Resource]:
    """The clients that Authentik knows, by name."""
    return sorted(platform.snapshot.of_type("ProviderOauth2"), key=lambda item: item.name)


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    diagram.node("user", "user", shape="person")
    authentik = server(platform, diagram)
    diagram.node("vault", "1Password", "vault", shape="store")
    found = clients(platform)
    if not found:
        message = "ProviderOauth2: looked for the clients of OpenID Connect, and the stack has none"
        raise PagesError(message)
    for client in found:
        host = urlsplit(str(client.properties["allowedRedirectUris"][0]["url"])).hostname or ""
        name = diagram.node(f"app {client.name}", _title(platform, client.name), host, shape="box")
        callback = [urlsplit(str(item["url"])).path for item in client.properties["allowedRedirectUris"]]
        diagram.edge("user", name)
        diagram.edge(name, authentik, "OIDC, back to", *callback)
        diagram.edge("vault", authentik, "client id and secret", dotted=True)
        secret = [item for item in platform.summary.secrets if item.name == f"secret-{client.name}-oidc"]
        for item in secret:
            who = readers(platform, item) or ["in a file of its settings"]
            label = (f"Secret {item.namespace}/{item.name}", *who)
            key = diagram.node(f"{item.namespace}/{item.name}", *label, shape="round")
            diagram.edge("vault", key, "operator")
            diagram.edge(key, name)
        if not secret:
            diagram.edge("vault", name, "client id and secret, by the program")
    return "\n\n".join(["## 2. Sign-in by OpenID Connect", str(diagram)])


def _title(platform: Platform, name: str) -> str:
    """What people call a client: the name of its application in Authentik."""

    def named(item: Resource) -> bool:
        return item.properties.get("slug") == name

    return str(platform.account("Application", named, name).properties["name"])
