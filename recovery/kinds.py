"""By what a thing is known that has no id yet, and by what path its provider reads it for the first time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recovery.directory import Thing
from recovery.state import Resource, plain

KUBERNETES: Final = "kubernetes"
NO_THINGS: Final = ("pulumi",)
"""Packages of the engine's own, whose resources are in the state alone."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A type of an account."""

    key: tuple[str, ...]
    """Properties by which no other one in its place is the same."""
    path: str = "{id}"
    """Under which it is imported."""
    several: bool = False
    """Whether there may be more than one on purpose."""
    remembered: bool = False
    """Whether its provider knows something by the state alone, which an import would lose: a recipe, for which it would
    then make up another password."""

    def matching(self, resource: Resource, things: Sequence[Thing]) -> list[Thing]:
        """Those that are what the resource stands for; none if what it is known by is not known."""
        given = resource.get("inputs") or {}
        inputs = plain(given)
        if any(name in given and name not in inputs for name in self.key):
            return []
        wanted = [_told(inputs.get(name)) for name in self.key]
        return [thing for thing in things if [_told(thing.properties.get(name)) for name in self.key] == wanted]

    def entered(self, resource: Resource, thing: Thing) -> tuple[str, dict[str, Any]]:
        """Id and outputs with which it enters the state, so that a refresh can read the rest."""
        if self.remembered:
            return thing.id, {**(resource.get("inputs") or {}), **thing.outputs}
        # Without outputs a provider made of a Terraform provider imports instead of reading, and then knows the version
        # of its own schema.
        return self.path.format(**{**(resource.get("inputs") or {}), "id": thing.id}), {}


_NAMED: Final = Kind(key=("name",))
_SLUG: Final = Kind(key=("slug",))
_OF_ACCOUNT: Final = "accounts/{accountId}/{id}"

KINDS: Final[Mapping[str, Kind]] = {
    "onepassword:index/item:Item": Kind(key=("vault", "title"), remembered=True),
    "cloudflare:index/dnsRecord:DnsRecord": Kind(key=("zoneId", "name", "type"), path="{zoneId}/{id}", several=True),
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared": Kind(
        key=("accountId", "name"), path="{accountId}/{id}"
    ),
    "cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig": Kind(
        key=("accountId", "tunnelId"), path="{accountId}/{id}"
    ),
    "cloudflare:index/zeroTrustAccessApplication:ZeroTrustAccessApplication": Kind(
        key=("accountId", "domain"), path=_OF_ACCOUNT
    ),
    "cloudflare:index/zeroTrustAccessIdentityProvider:ZeroTrustAccessIdentityProvider": Kind(
        key=("accountId", "name", "type"), path=_OF_ACCOUNT
    ),
    "cloudflare:index/zeroTrustAccessPolicy:ZeroTrustAccessPolicy": Kind(
        key=("accountId", "name"), path="{accountId}/{id}"
    ),
    "authentik:index/application:Application": _SLUG,
    "authentik:index/brand:Brand": Kind(key=("domain",)),
    "authentik:index/flow:Flow": _SLUG,
    "authentik:index/group:Group": _NAMED,
    "authentik:index/outpost:Outpost": _NAMED,
    "authentik:index/policyBinding:PolicyBinding": Kind(key=("target", "group", "order")),
    "authentik:index/propertyMappingProviderScope:PropertyMappingProviderScope": _NAMED,
    "authentik:index/providerOauth2:ProviderOauth2": _NAMED,
    "authentik:index/providerProxy:ProviderProxy": _NAMED,
    "authentik:index/serviceConnectionKubernetes:ServiceConnectionKubernetes": _NAMED,
}
"""Of every type that the program makes in an account."""


@dataclass(frozen=True, kw_only=True)
class _Object(Kind):
    """A Kubernetes object: of its name there is one, and its directory looks for that alone."""

    def matching(self, resource: Resource, things: Sequence[Thing]) -> list[Thing]:
        """What is there of the name."""
        del resource
        return list(things)

    def entered(self, resource: Resource, thing: Thing) -> tuple[str, dict[str, Any]]:
        """With the manager under which its fields were written, or an update would write them as another one."""
        return thing.id, {**(resource.get("inputs") or {}), **thing.outputs}


OBJECT: Final = _Object(key=())


def package(resource: Resource) -> str:
    """The package of a resource's type: by it its account is known."""
    return str(resource["type"]).partition(":")[0]


def kind_of(resource: Resource) -> Kind | None:
    """How a resource is looked up; None for what is in the state alone, or is not known here."""
    if not resource.get("custom") or package(resource) in NO_THINGS:
        return None
    return OBJECT if package(resource) == KUBERNETES else KINDS.get(resource["type"])


def _told(value: Any) -> Any:
    """A value as accounts tell it: host names in small letters and without a last dot, numbers as whole ones."""
    if isinstance(value, str):
        return value.lower().rstrip(".")
    return int(value) if isinstance(value, float) and value.is_integer() else value
