"""Identity: what a resource is called is what it is."""

from __future__ import annotations

from typing import Any

from components.outputs import Outputs
from tests.conftest import build_with
from tests.support import urns
from tests.support.recorder import Recording


def urns_of(recording: Recording[Any]) -> set[str]:
    return {item.urn for item in recording.resources}


def test_the_committed_list_is_up_to_date(homelab: Recording[Outputs]) -> None:
    assert urns.FILE.read_text(encoding="utf-8") == urns.text(homelab), (
        "identities have changed: what is no longer listed would be destroyed in everybody's home; "
        "see CONTRIBUTING.md, then `make generated`"
    )


def test_two_access_hosts_may_have_the_same_first_label(stack_values: dict[str, Any]) -> None:
    ssh = stack_values["access"]["ssh.harvestasya.org"]
    both = build_with(stack_values, access={"ssh.harvestasya.org": ssh, "ssh.suzutan.jp": ssh})
    records = {item.inputs["name"]: item.inputs["zoneId"] for item in both.of(":DnsRecord")}
    assert records["ssh.harvestasya.org"] != records["ssh.suzutan.jp"]
    assert {item.inputs["domain"] for item in both.of(":ZeroTrustAccessApplication")} >= {
        "ssh.harvestasya.org",
        "ssh.suzutan.jp",
    }


def test_a_host_added_above_another_changes_nothing_of_the_other(
    homelab: Recording[Outputs], stack_values: dict[str, Any]
) -> None:
    other = {"target": "https://192.168.1.20:8006", "group": "homelab-admins"}
    more = build_with(stack_values, access={"aaa.harvestasya.org": other, **stack_values["access"]})
    assert urns_of(homelab) < urns_of(more)
    before = {item.urn: item.inputs for item in homelab.resources}
    changed = {
        item.type.rsplit(":", 1)[-1] for item in more.resources if before.get(item.urn, item.inputs) != item.inputs
    }
    # The tunnel's rules and the edge's own list name every host.
    assert changed <= {"ZeroTrustTunnelCloudflaredConfig", "Edge"}


def test_hosts_that_swap_keep_every_identity(homelab: Recording[Outputs], stack_values: dict[str, Any]) -> None:
    one, other = "navidrome.harvestasya.org", "argocd.harvestasya.org"
    swapped = build_with(stack_values, hosts__argocd=one, apps__navidrome__host=other)
    assert urns_of(swapped) == urns_of(homelab)
    assert _records(swapped) == _records(homelab)


def _records(recording: Recording[Outputs]) -> dict[str, Any]:
    return {item.name: item.inputs for item in recording.of(":DnsRecord")}
