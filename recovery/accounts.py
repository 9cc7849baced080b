"""The real accounts of a state's providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from doctor import kube
from recovery import authentik, cloudflare
from recovery.authentik import Authentik
from recovery.cloudflare import Cloudflare
from recovery.cluster import Access, Cluster
from recovery.directory import Directory
from recovery.engine import Engine
from recovery.helm import Helm
from recovery.http import Api
from recovery.onepassword import OnePassword
from recovery.state import Resource, State

PROVIDER: Final = "pulumi:providers:"


def providers(state: State) -> dict[str, Resource]:
    """The state's providers, by their packages."""
    found = (item for item in state.resources if item["type"].startswith(PROVIDER) and not item.get("delete"))
    return {item["type"].removeprefix(PROVIDER): item for item in found}


def of_state(state: State, engine: Engine) -> dict[str, Directory]:
    """An account for each provider; tokens are read from the stack configuration, and kept in memory."""
    settings = engine.settings()
    return {name: _DIRECTORIES[name](item, settings) for name, item in providers(state).items() if name in _DIRECTORIES}


def _cluster(provider: Resource, settings: Mapping[str, Any]) -> Directory:
    del settings
    access = Access.of(provider)
    client = access.client(kube.Client)
    return Cluster(client=client, releases=Helm(client=client, access=access))


def _cloudflare(provider: Resource, settings: Mapping[str, Any]) -> Directory:
    del provider
    token = str(settings.get("cloudflareApiToken", ""))
    return Cloudflare(
        api=Api(title="Cloudflare", address=cloudflare.ADDRESS, token=token, advice=cloudflare.ADVICE),
    )


def _authentik(provider: Resource, settings: Mapping[str, Any]) -> Directory:
    address, token = str(provider["inputs"]["url"]).rstrip("/"), str(settings.get("authentikToken", ""))
    return Authentik(api=Api(title="Authentik", address=address, token=token, advice=authentik.ADVICE))


def _onepassword(provider: Resource, settings: Mapping[str, Any]) -> Directory:
    del provider
    return OnePassword(token=str(settings.get("onepasswordServiceAccountToken", "")))


_DIRECTORIES: Final[Mapping[str, Callable[[Resource, Mapping[str, Any]], Directory]]] = {
    "authentik": _authentik,
    "cloudflare": _cloudflare,
    "kubernetes": _cluster,
    "onepassword": _onepassword,
}
