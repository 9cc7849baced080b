"""Authentik, by its API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recovery.directory import Thing
from recovery.http import SIZE, Api, pages
from recovery.state import Resource

ADVICE: Final = "see that its pods run, and that the token homelab:authentikToken is the one that it knows"


@dataclass(frozen=True, kw_only=True)
class _List:
    """Where a type is listed."""

    path: str
    id: str = "pk"
    query: Mapping[str, str] | None = None


_LISTS: Final[Mapping[str, _List]] = {
    # Without it, those are listed that the token's user may open.
    "Application": _List(path="core/applications", id="slug", query={"superuser_full_list": "true"}),
    "Brand": _List(path="core/brands", id="brand_uuid"),
    "Flow": _List(path="flows/instances", id="slug"),
    "Group": _List(path="core/groups"),
    "Outpost": _List(path="outposts/instances"),
    "PolicyBinding": _List(path="policies/bindings"),
    "PropertyMappingProviderScope": _List(path="propertymappings/provider/scope"),
    "ProviderOauth2": _List(path="providers/oauth2"),
    "ProviderProxy": _List(path="providers/proxy"),
    "ServiceConnectionKubernetes": _List(path="outposts/service_connections/kubernetes"),
}


@dataclass(frozen=True, kw_only=True)
class Authentik:
    """What the program makes there."""

    api: Api

    @property
    def title(self) -> str:
        """What people call it."""
        return self.api.title

    def things(self, resource: Resource) -> Sequence[Thing]:
        """Everything of the resource's kind: what it is known by is called alike here and there."""
        listed = _LISTS[resource["type"].rpartition(":")[2]]

        def page(number: int) -> tuple[list[Any], bool]:
            query = {**(listed.query or {}), "page": number, "page_size": SIZE}
            answer = self.api.get(f"/api/v3/{listed.path}/", query)
            return answer["results"], bool(answer["pagination"]["next"])

        return [Thing(id=str(entry[listed.id]), properties=entry) for entry in pages(page)]
