"""Two homes with one Cloudflare account, one vault and one Git repository, and what each of them claims there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components import platform
from components.gitops import notifications
from components.kit import Home
from components.outputs import Outputs
from components.settings import Notifications
from components.vocabulary import GROUPS, PRODUCT
from tests.conftest import committed_stack, configuration_of
from tests.support import examples
from tests.support.recorder import Recording, Registered, record

COTTAGE = "cottage"


def claims(recording: Recording[Outputs]) -> Iterator[tuple[str, str]]:
    """What nobody else may have in an account outside the cluster: its kind, and the name that it is known by."""
    for item in recording.resources:
        kind = item.type.rpartition(":")[2]
        match kind:
            case "Item":
                yield kind, item.inputs["title"]
            case "DnsRecord" | "ZeroTrustTunnelCloudflared" | "ZeroTrustAccessIdentityProvider":
                yield kind, item.inputs["name"]
            case "ZeroTrustAccessApplication" | "ZeroTrustAccessPolicy":
                yield kind, item.inputs["name"]
            case "ZoneSetting":
                yield kind, f"{item.inputs['zoneId']} {item.inputs['settingId']}"


def texts(value: Any) -> Iterator[str]:
    """Every text in an input."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def outside(recording: Recording[Outputs]) -> list[Registered]:
    """What is in accounts that homes can share; each has an Authentik of its own."""
    return [
        item for item in recording.resources if item.custom and item.type.startswith(("cloudflare:", "onepassword:"))
    ]


@pytest.fixture(scope="module")
def cottage() -> Recording[Outputs]:
    """The committed second home, as it is."""
    return record(lambda: platform.build(configuration_of(committed_stack(COTTAGE))), stack=COTTAGE)


@pytest.fixture(scope="module")
def crowded() -> Recording[Outputs]:
    """The second home with everything that the first one has, in zones of its own."""
    first, second = committed_stack(), committed_stack(COTTAGE)
    zone = next(iter(second["zones"]))
    whole = {
        **first,
        **{key: second[key] for key in ("name", "zones", "hosts", "cluster")},
        "access": {f"ssh.{zone}": first["access"]["ssh.harvestasya.org"]},
        "gitops": examples.GITOPS,
        "backups": examples.BACKUPS,
        "availability": "single",
    }
    whole["cluster"] = {**second["cluster"], "publicAddress": "203.0.113.20"}
    return record(lambda: platform.build(configuration_of(whole)), stack=COTTAGE)


def test_both_share_the_account_and_the_vault() -> None:
    first, second = committed_stack(), committed_stack(COTTAGE)
    assert first["cloudflare"]["accountId"] == second["cloudflare"]["accountId"]
    assert first["onepassword"] == second["onepassword"]
    assert "name" not in first


def test_no_two_homes_claim_one_thing(extended: Recording[Outputs], crowded: Recording[Outputs]) -> None:
    ours, theirs = list(claims(extended)), list(claims(crowded))
    assert len(ours) == len(set(ours))
    assert {kind for kind, _ in theirs} == {kind for kind, _ in ours}
    assert set(ours).isdisjoint(theirs)


def test_the_first_home_is_nowhere_in_what_the_second_one_has_outside(crowded: Recording[Outputs]) -> None:
    assert outside(crowded)
    named = [
        (item.urn, text)
        for item in outside(crowded)
        for key in ("name", "title", "comment", "tags")
        for text in texts(item.inputs.get(key))
        # Authentik's groups are the product's words: an Access policy is named after the home and its group.
        if PRODUCT in text.removesuffix(next((group for group in GROUPS if text.endswith(group)), ""))
    ]
    assert named == []


def test_what_only_bears_a_mark_bears_the_homes(crowded: Recording[Outputs], extended: Recording[Outputs]) -> None:
    def marks(recording: Recording[Outputs]) -> set[str]:
        comments = {item.inputs["comment"] for item in recording.of(":DnsRecord")}
        hosts = {
            variable["value"]
            for item in recording.of(":CronJob")
            for container in item.spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
            for variable in container["env"]
            if variable["name"] == "HOST_NAME"
        }
        return comments | {item.inputs["tags"][0] for item in recording.of(":Item")} | hosts

    assert marks(crowded) == {COTTAGE}
    assert marks(extended) == {PRODUCT}


def test_the_tunnels_controller_is_told_the_tunnels_own_name(crowded: Recording[Outputs]) -> None:
    (tunnel,) = [item for item in crowded.of(":ZeroTrustTunnelCloudflared") if item.protect]
    item = crowded.one(":Item", "tunnel-ingress-cloudflare")
    (section,) = item.inputs["sections"].value
    (told,) = [field["value"] for field in section["fields"] if field["label"] == "tunnel-name"]
    assert told == tunnel.inputs["name"] == f"{COTTAGE}-{tunnel.name}"


def test_each_home_gives_a_commit_a_state_of_its_own() -> None:
    given = Notifications.model_validate(examples.GITOPS["notifications"])

    def labels(home: Home) -> set[str]:
        said = str(notifications.values(given, home)["templates"])
        return {part.partition('"')[0] for part in said.split('"label": "')[1:]}

    assert labels(Home())
    assert labels(Home()).isdisjoint(labels(Home(name=COTTAGE)))


def test_identities_know_neither_the_home_nor_the_stack(
    extended: Recording[Outputs], crowded: Recording[Outputs]
) -> None:
    def without_stack(recording: Recording[Outputs], kind: str) -> set[str]:
        return {item.urn.split("::", 2)[2] for item in recording.of(kind)}

    assert without_stack(crowded, ":Tunnel") == without_stack(extended, ":Tunnel")
    assert without_stack(crowded, ":VaultItem") <= without_stack(extended, ":VaultItem")


def test_one_node_runs_all_of_it(cottage: Recording[Outputs]) -> None:
    assert {item.spec["replicas"] for item in cottage.of(":Deployment")} == {1}
    assert {item.spec["instances"] for item in cottage.of("v1:Cluster")} == {1}
    assert cottage.of(":PodDisruptionBudget") == []


def test_nothing_of_it_is_open_at_home_or_behind_access(cottage: Recording[Outputs]) -> None:
    assert cottage.of(":DnsRecord") == []
    assert not [item for item in cottage.resources if "ZeroTrustAccess" in item.type]
    assert [item.name for item in cottage.of(":ZeroTrustTunnelCloudflared")] == ["tunnel-ingress"]


def test_what_is_off_is_not_there(cottage: Recording[Outputs]) -> None:
    namespaces = {item.inputs["metadata"]["name"] for item in cottage.of("core/v1:Namespace")}
    assert namespaces.isdisjoint(committed_stack()["apps"])
