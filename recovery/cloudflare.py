"""Cloudflare, by its API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from recovery.directory import Thing
from recovery.http import SIZE, Api, pages
from recovery.state import Resource

ADDRESS: Final = "https://api.cloudflare.com/client/v4"
ADVICE: Final = "see that it runs, and that the token homelab:cloudflareApiToken has the permissions of its description"


@dataclass(frozen=True, kw_only=True)
class Cloudflare:
    """What the program makes there."""

    api: Api

    @property
    def title(self) -> str:
        """What people call it."""
        return self.api.title

    def things(self, resource: Resource) -> Sequence[Thing]:
        """Everything of the resource's kind in its zone or account."""
        return list(_LISTS[resource["type"].rpartition(":")[2]](self, resource["inputs"]))

    def records(self, inputs: Resource) -> Iterator[Thing]:
        """DNS records of a zone."""
        for record in self._list(f"/zones/{inputs['zoneId']}/dns_records"):
            known = {"zoneId": inputs["zoneId"], "name": record["name"], "type": record["type"]}
            yield Thing(id=record["id"], properties=known)

    def tunnels(self, inputs: Resource) -> Iterator[Thing]:
        """Tunnels of an account that are not deleted: it keeps those that are."""
        for tunnel in self._list(f"/accounts/{inputs['accountId']}/cfd_tunnel", is_deleted="false"):
            yield Thing(id=tunnel["id"], properties={"accountId": inputs["accountId"], "name": tunnel["name"]})

    def configurations(self, inputs: Resource) -> Iterator[Thing]:
        """The configuration of a tunnel, if it ever had one."""
        path = f"/accounts/{inputs['accountId']}/cfd_tunnel/{inputs['tunnelId']}/configurations"
        if (self.api.get(path, {}).get("result") or {}).get("config"):
            known = {"accountId": inputs["accountId"], "tunnelId": inputs["tunnelId"]}
            yield Thing(id=inputs["tunnelId"], properties=known)

    def access(self, inputs: Resource, what: str) -> Iterator[Thing]:
        """Applications, policies or identity providers of Access."""
        for entry in self._list(f"/accounts/{inputs['accountId']}/access/{what}"):
            known = {key: entry.get(key) for key in ("name", "type", "domain")}
            yield Thing(id=entry["id"], properties={"accountId": inputs["accountId"], **known})

    def _list(self, path: str, **query: str) -> Iterator[Any]:
        def page(number: int) -> tuple[list[Any], bool]:
            answer = self.api.get(path, {**query, "page": number, "per_page": SIZE})
            found, told = answer.get("result") or [], answer.get("result_info") or {}
            return found, number < told.get("total_pages", number + (len(found) == SIZE))

        return pages(page)


_LISTS: Final[dict[str, Callable[[Cloudflare, Resource], Iterator[Thing]]]] = {
    "DnsRecord": Cloudflare.records,
    "ZeroTrustTunnelCloudflared": Cloudflare.tunnels,
    "ZeroTrustTunnelCloudflaredConfig": Cloudflare.configurations,
    "ZeroTrustAccessApplication": lambda own, inputs: own.access(inputs, "apps"),
    "ZeroTrustAccessIdentityProvider": lambda own, inputs: own.access(inputs, "identity_providers"),
    "ZeroTrustAccessPolicy": lambda own, inputs: own.access(inputs, "policies"),
}
