"""Whose the DNS record of each host is, and the change of hands between this program and the tunnel's controller.

Cloudflare refuses A beside CNAME of one name, and Pulumi takes away what a program no longer has at the end of an
update only: too late for the record that comes instead. So whose record a host has stands in the state, in a `Stash`
for each of the two that may own it. What brings the record about (a `DnsRecord`, or the Ingress that makes the
controller write one) is replaced with its owner's stash. When the owner changes, Pulumi first deletes what hangs on the
stash of the one that gives the host up, also if the program has it no more, and comes to the new way after that. An
Ingress is gone when its finalizer is, which the controller takes away after its record.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import assert_never

import pulumi

from components.kit import AccessIngress, Exposure, Internal, Site, TraefikRoute, TunnelIngress


class RecordOwner(StrEnum):
    """Who makes the DNS record of a host: a `DnsRecord` of this program, or the tunnel's controller for an Ingress."""

    PROGRAM = "program"
    CONTROLLER = "controller"


def owners(exposure: Exposure, site: Site) -> dict[str, RecordOwner]:
    """Whose record the host of an exposure has; nothing for what has no host, or shares another one's."""
    match exposure:
        case TraefikRoute(path="/"):
            led = site.public_address is None
            return {exposure.host: RecordOwner.CONTROLLER if led else RecordOwner.PROGRAM}
        case TunnelIngress():
            return {exposure.host: RecordOwner.CONTROLLER}
        case AccessIngress():
            return {exposure.host: RecordOwner.PROGRAM}
        case TraefikRoute() | Internal():
            return {}
        case _:
            assert_never(exposure)


class WaysIn:
    """The owners of all hosts' records.

    All are to be settled before anything is made that brings a record about: an Ingress that changes its host would
    otherwise be there already with the new one when its old host changes hands, and be deleted for that.
    """

    def __init__(self, parent: pulumi.Resource) -> None:
        self._parent = parent
        self._owners: dict[str, RecordOwner] = {}
        self._stashes: dict[tuple[str, RecordOwner], pulumi.Stash] = {}
        self._settled: list[pulumi.Resource] = []
        """Done when all hosts so far are settled. One for all: each record with each host would be their square."""

    def settle(self, stage: str, hosts: Iterable[tuple[str, RecordOwner]]) -> None:
        """Put down whose records these hosts have; the stage says which hosts they are.

        Raises:
            ValueError: a host's record has another owner already.
        """
        fresh: list[pulumi.Resource] = []
        for host, owner in hosts:
            if self._owners.setdefault(host, owner) != owner:
                message = f"{host}: expected one owner of its DNS record, got {self._owners[host]} and {owner}"
                raise ValueError(message)
            for each in RecordOwner:
                if (host, each) not in self._stashes:
                    self._stashes[host, each] = self._stash(host, each, owner)
                    fresh.append(self._stashes[host, each])
        opts = pulumi.ResourceOptions(parent=self._parent, depends_on=[*self._settled, *fresh])
        self._settled = [pulumi.Stash(f"hosts-{stage}", input="settled", opts=opts)]

    def _stash(self, host: str, each: RecordOwner, owner: RecordOwner) -> pulumi.Stash:
        return pulumi.Stash(
            f"{host}-{each}",
            input=str(owner),
            opts=pulumi.ResourceOptions(
                parent=self._parent,
                replacement_trigger=str(owner),
                # Only this makes Pulumi delete first what hangs on it. The new owner has nothing to delete, unless an
                # update got stuck half-way and is taken back: then its record is gone, which Pulumi forgets when it
                # deletes by this, and Cloudflare's provider fails to delete a record twice.
                delete_before_replace=each != owner,
            ),
        )

    def of(self, host: str) -> pulumi.ResourceOptions:
        """For what brings about the record of a host: it goes when its owner gives the host up."""
        return pulumi.ResourceOptions(
            depends_on=self._settled,
            replace_with=[self._stashes[host, self._owners[host]]],
            # Two of one name can never be there at once: neither records nor objects.
            delete_before_replace=True,
        )
