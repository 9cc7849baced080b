"""Two platforms that were made apart are compared by what they are, not by the ids and secrets that they were given."""

from __future__ import annotations

import base64
import copy
from typing import Any
from uuid import uuid4

from components.kit.userinput import digest
from drills.chaos.seen import read
from drills.chaos.worlds import Difference, World, compare, doubles
from sandbox.plugins.kubernetes.record import OWNER
from tests.support.live_objects import LiveObjects

KINDS = {
    "Secret": "secrets",
    "ConfigMap": "configmaps",
    "Job": "jobs",
    "Pod": "pods",
    "PersistentVolumeClaim": "persistentvolumeclaims",
}


class Cluster(LiveObjects):
    """A cluster that tells of its kinds, too."""

    def request(self, method: str, path: str, **_: Any) -> Any:
        assert method == "GET"
        if path == "/apis":
            return {"groups": []}
        return {"resources": [{"name": name, "kind": kind, "verbs": ["list"]} for kind, name in KINDS.items()]}


class Account:
    """An account of a fixed content."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def read(self) -> dict[str, Any]:
        return self.content


def home(password: str) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """A home with one secret: in the vault, known to Authentik, and synced into the cluster by its item's id."""
    item, provider, mapping = uuid4().hex, str(len(password)), str(uuid4())
    accounts: dict[str, dict[str, Any]] = {
        "cloudflare": {
            "objects": {"DnsRecord": {uuid4().hex: {"name": "a.example.org", "type": "A", "content": "1.2.3.4"}}}
        },
        "authentik": {
            "objects": {
                "ProviderOauth2": {
                    provider: {"name": "grafana", "clientSecret": password, "propertyMappings": [mapping]}
                },
                "PropertyMapping": {mapping: {"name": "email"}},
                "Application": {"grafana": {"slug": "grafana", "protocolProvider": int(provider)}},
            }
        },
        "onepassword": {
            "items": {
                item: {
                    "title": "grafana-oidc",
                    "version": 1,
                    "fields": [{"id": str(uuid4()), "label": "client-secret", "value": password}],
                }
            }
        },
    }
    objects = [
        thing("Secret", "oidc", data={"client-secret": base64.b64encode(password.encode()).decode(), "port": "ODA="}),
        thing("ConfigMap", "grafana", data={"item": f"vaults/homelab/items/{item}"}),
        thing("ConfigMap", "kube-root-ca.crt", data={"ca.crt": password}),
        thing("Pod", f"grafana-{item[:5]}"),
        thing("PersistentVolumeClaim", "data"),
    ]
    objects[-1]["spec"] = {"volumeName": f"pvc-{objects[-1]['metadata']['uid']}"}
    return objects, accounts


def thing(kind: str, name: str, **content: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "grafana", "uid": str(uuid4()), "resourceVersion": uuid4().hex}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}


def world(objects: list[dict[str, Any]], accounts: dict[str, dict[str, Any]]) -> World:
    return read(Cluster(objects), {name: Account(content) for name, content in accounts.items()})  # type: ignore[misc]


def test_two_homes_of_one_description_are_equal() -> None:
    assert not compare(world(*home("first-secret-of-this-home")), world(*home("another-secret-and-longer")))


def test_one_home_that_is_read_twice_has_the_same_values() -> None:
    own = home("first-secret-of-this-home")
    assert not compare(world(*own), world(*own), values=True)


def test_a_secret_that_was_made_anew_is_another_value() -> None:
    objects, accounts = home("first-secret-of-this-home")
    before = world(copy.deepcopy(objects), copy.deepcopy(accounts))
    changed = "second-secret-of-this-home"
    accounts["onepassword"]["items"].popitem()
    _, others = home(changed)
    accounts["onepassword"] = others["onepassword"]
    found = compare(before, world(objects, accounts), values=True)
    assert "onepassword Item grafana-oidc client-secret: another value" in found.changed


def test_whoever_has_not_heard_of_a_new_secret_differs() -> None:
    """The old value is nobody's any more: it is not the one that the vault has."""
    expected = world(*home("first-secret-of-this-home"))
    old = "third-secret-of-this-home"
    objects, accounts = home("second-secret-of-this-home")
    objects[0]["data"]["client-secret"] = base64.b64encode(old.encode()).decode()
    (cluster,) = compare(expected, world(objects, accounts)).changed
    assert cluster.startswith("Secret grafana/oidc: .data.client-secret")
    objects, accounts = home("second-secret-of-this-home")
    next(iter(accounts["authentik"]["objects"]["ProviderOauth2"].values()))["clientSecret"] = old
    (account,) = compare(expected, world(objects, accounts)).changed
    assert account.startswith("authentik ProviderOauth2 grafana: .clientSecret")


def test_whoever_carries_the_digest_of_a_secret_has_to_carry_that_of_the_one_that_there_is() -> None:
    def reader(secret: str, read: str) -> World:
        objects, accounts = home(secret)
        return world([*objects, thing("ConfigMap", "reader", data={"read": digest(read)})], accounts)

    first, second = "first-secret-of-this-home", "second-secret-of-this-home"
    assert not compare(reader(first, first), reader(second, second))
    (told,) = compare(reader(first, first), reader(second, first)).changed
    assert told.startswith("ConfigMap grafana/reader: .data.read")


def test_what_is_gone_is_lost_and_what_is_there_twice_is_double() -> None:
    expected = world(*home("first-secret-of-this-home"))
    objects, accounts = home("second-secret-of-this-home")
    del objects[1]
    records = accounts["cloudflare"]["objects"]["DnsRecord"]
    records[uuid4().hex] = dict(next(iter(records.values())))
    seen = world(objects, accounts)
    found = compare(expected, seen)
    assert found.lost == ("ConfigMap grafana/grafana",)
    assert found.double == ("cloudflare DnsRecord a.example.org A",)
    assert doubles(seen) == list(found.double)
    assert found.told() == ["lost: ConfigMap grafana/grafana", "double: cloudflare DnsRecord a.example.org A"]


def test_what_is_changed_is_named_with_both_values() -> None:
    expected = world(*home("first-secret-of-this-home"))
    objects, accounts = home("second-secret-of-this-home")
    next(iter(accounts["cloudflare"]["objects"]["DnsRecord"].values()))["content"] = "5.6.7.8"
    (line,) = compare(expected, world(objects, accounts)).changed
    assert line == 'cloudflare DnsRecord a.example.org A: .content is "5.6.7.8", expected "1.2.3.4"'


def test_a_reference_to_the_wrong_thing_is_a_change() -> None:
    expected = world(*home("first-secret-of-this-home"))
    objects, accounts = home("second-secret-of-this-home")
    accounts["authentik"]["objects"]["ProviderOauth2"]["77"] = {"name": "n8n"}
    accounts["authentik"]["objects"]["Application"]["grafana"]["protocolProvider"] = 77
    found = compare(expected, world(objects, accounts))
    assert found.double == ("authentik ProviderOauth2 n8n",)
    assert found.changed == ('authentik Application grafana: .protocolProvider is "<n8n>", expected "<grafana>"',)


def test_something_left_over_is_a_difference_too() -> None:
    assert not Difference()
    assert Difference(left=("lock: a.json",)).told() == ["lock: a.json"]


def test_what_a_schedule_has_just_begun_is_no_difference() -> None:
    """Movers of VolSync's and Jobs of CronJobs are there at some moments only; a Job of the platform's own lasts."""
    objects, accounts = home("first-secret-of-this-home")
    own = thing("Job", "influxdb-access")
    begun = thing("Job", "volsync-src-data")
    begun["metadata"]["ownerReferences"] = [{"kind": "ReplicationSource", "name": "data", "controller": True}]
    quiet, busy = world([*objects, own], accounts), world([*objects, own, begun], accounts)
    assert not compare(quiet, busy)
    assert compare(quiet, world(objects, accounts)).lost == ("Job grafana/influxdb-access",)


def test_a_pod_that_was_restarted_is_the_same_as_one_that_was_not() -> None:
    def deployed(*annotations: dict[str, str]) -> World:
        template: dict[str, Any] = {"metadata": {"labels": {"app": "grafana"}}, "spec": {"volumes": [{"emptyDir": {}}]}}
        for given in annotations:
            template["metadata"]["annotations"] = given
        objects, accounts = home("first-secret-of-this-home")
        return world([*objects, thing("ConfigMap", "deployed", template=template)], accounts)

    restarted = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    assert not compare(deployed(), deployed(restarted))
    assert compare(deployed(), deployed({**restarted, "else": "1"}))


def test_a_release_that_needed_a_second_update_is_the_same_and_another_chart_is_not() -> None:
    def released(owner: str, **data: str) -> World:
        objects, accounts = home("first-secret-of-this-home")
        made = thing("ConfigMap", "release", data={"version": "9.2.0", "revision": "1", **data})
        made["metadata"]["labels"] = {"owner": owner}
        return world([*objects, made], accounts)

    assert not compare(released(OWNER), released(OWNER, revision="2"))
    assert compare(released(OWNER), released(OWNER, version="9.3.0"))
    assert compare(released("somebody"), released("somebody", revision="2"))
