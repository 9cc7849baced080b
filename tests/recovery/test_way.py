"""The way back: what becomes of notes, of things without one, and of locks."""

from __future__ import annotations

import socket
import subprocess
from typing import Any

import pytest

from recovery import Found, RecoveryError, Thing, recover
from recovery.onepassword import item_of
from tests.recovery.conftest import FakePulumi, Shelves, item, resource

LOCK = (
    "the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file "
    "with `pulumi cancel`. file:///state/locks/a.json: created by me@{host} (pid {pid}) at 2026-11-26T12:00:00Z"
)
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}


def outcomes(found: list[Found]) -> dict[str, str]:
    return {each.what: each.outcome for each in found}


def test_what_is_there_enters_the_state_under_its_id_and_is_read(pulumi: FakePulumi, shelves: Shelves) -> None:
    note = item("app", protect=True, dependencies=["urn:gone"])
    note["inputs"]["sections"] = SECRET
    pulumi.notes = [("creating", note)]
    shelves.shelf.held = [item_of("v", "other", "else"), item_of("v", "own", "app"), item_of("w", "far", "app")]
    report = recover(pulumi, shelves)
    assert outcomes(report.found) == {"Item app": "taken over"}
    assert report.found[0].where == "account: vaults/v/items/own"
    (entry,) = pulumi.at(note["urn"])
    assert (entry["id"], entry["protect"], entry["inputs"]) == ("vaults/v/items/own", True, note["inputs"])
    assert entry["outputs"] == {**note["inputs"], "id": entry["id"], "uuid": "own"}
    assert "dependencies" not in entry
    assert pulumi.refreshed == [note["urn"]]


def test_what_is_not_there_is_made_by_the_next_update(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.notes = [("creating", item("app"))]
    report = recover(pulumi, shelves)
    assert outcomes(report.found) == {"Item app": "not there: the next update makes it"}
    assert pulumi.notes == []
    assert pulumi.at(item("app")["urn"]) == []
    assert pulumi.refreshed == []


def test_two_of_one_key_are_named_and_nothing_is_changed(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.notes = [("creating", item("app"))]
    shelves.shelf.held = [item_of("v", "one", "app"), item_of("v", "two", "app")]
    with pytest.raises(RecoveryError, match=r"items/one, vaults/v/items/two.*nothing was changed"):
        recover(pulumi, shelves)
    assert len(pulumi.notes) == 1


def test_the_new_one_of_a_replacement_takes_the_name_and_the_old_one_goes(pulumi: FakePulumi, shelves: Shelves) -> None:
    old = {**item("app"), "id": "vaults/v/items/old"}
    pulumi.resources.append(old)
    pulumi.notes = [("creating", item("app"))]
    shelves.shelf.held = [item_of("v", "old", "app"), item_of("v", "new", "app")]
    assert outcomes(recover(pulumi, shelves).found) == {"Item app": "taken over"}
    found = {each["id"].rpartition("/")[2]: each.get("delete", False) for each in pulumi.at(old["urn"])}
    assert found == {"old": True, "new": False}


def test_what_is_protected_is_not_exchanged(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.resources.append({**item("app"), "id": "vaults/v/items/old", "protect": True})
    pulumi.notes = [("creating", item("app"))]
    shelves.shelf.held = [item_of("v", "old", "app"), item_of("v", "new", "app")]
    with pytest.raises(RecoveryError, match="items/new, vaults/v/items/old"):
        recover(pulumi, shelves)


def test_one_that_was_deleted_to_be_replaced_is_found_again(pulumi: FakePulumi, shelves: Shelves) -> None:
    namespace = resource("kubernetes:core/v1:Namespace", "web", {"metadata": {"name": "web"}})
    pulumi.resources.append({**namespace, "id": "web", "pendingReplacement": True})
    pulumi.notes = [("creating", namespace)]
    shelves.shelf.held = [Thing(id="web", outputs={"__fieldManager": "pulumi-kubernetes-1"})]
    recover(pulumi, shelves)
    (entry,) = pulumi.at(namespace["urn"])
    assert "pendingReplacement" not in entry
    assert entry["outputs"]["__fieldManager"] == "pulumi-kubernetes-1"


def test_what_was_half_made_is_undone_after_the_state_is_written(pulumi: FakePulumi, shelves: Shelves) -> None:
    undone: list[int] = []
    release = resource("kubernetes:helm.sh/v3:Release", "argocd", {"name": "argocd", "namespace": "argocd"})
    pulumi.notes = [("creating", release)]
    thing = Thing(id="a/a", unfinished="pending-install", undo=lambda: undone.append(len(pulumi.notes)))
    shelves.shelf.held = [thing]
    report = recover(pulumi, shelves)
    assert undone == [0]
    assert outcomes(report.found)["Release argocd"] == "pending-install: undone, the next update makes it"
    assert pulumi.at(release["urn"]) == []


@pytest.mark.parametrize("operation", ["updating", "deleting"])
def test_what_was_being_changed_is_read_anew(pulumi: FakePulumi, shelves: Shelves, operation: str) -> None:
    held = {**item("app"), "id": "vaults/v/items/own"}
    pulumi.resources.append(held)
    pulumi.notes = [(operation, held)]
    shelves.shelf.held = [item_of("v", "own", "app")]
    assert outcomes(recover(pulumi, shelves).found) == {"Item app": "read anew"}
    assert pulumi.refreshed == [held["urn"]]


def test_a_deletion_that_came_to_its_end_is_forgotten(pulumi: FakePulumi, shelves: Shelves) -> None:
    held = {**item("app"), "id": "vaults/v/items/own"}
    user = {**item("user", dependencies=[held["urn"]]), "id": "vaults/v/items/user"}
    pulumi.resources.extend([held, user])
    pulumi.notes = [("deleting", held)]
    shelves.shelf.held = [item_of("v", "user", "user")]
    assert outcomes(recover(pulumi, shelves).found) == {"Item app": "gone: forgotten"}
    assert [each.get("pendingReplacement") for each in pulumi.at(held["urn"])] == [True]
    pulumi.resources.remove(pulumi.at(user["urn"])[0])
    pulumi.resources = [{**each, "pendingReplacement": False} for each in pulumi.resources]
    pulumi.notes = [("deleting", pulumi.at(held["urn"])[0])]
    recover(pulumi, shelves)
    assert pulumi.at(held["urn"]) == []


def test_notes_of_what_is_in_the_state_alone_go(pulumi: FakePulumi, shelves: Shelves) -> None:
    component = {"urn": "urn:a::homelab:kit:App::app", "custom": False, "type": "homelab:kit:App"}
    stash = {**component, "custom": True, "type": "pulumi:index:Stash", "urn": "urn:a::pulumi:index:Stash::s"}
    pulumi.notes = [("creating", component), ("creating", stash), ("reading", item("app"))]
    report = recover(pulumi, shelves)
    assert [each.outcome.partition(":")[0] for each in report.found] == ["dropped"] * 3
    assert shelves.shelf.asked == []


@pytest.mark.parametrize("operation", ["reading", "updating", "deleting"])
def test_what_is_only_read_is_not_looked_up(pulumi: FakePulumi, shelves: Shelves, operation: str) -> None:
    """A destroy that was killed as it let go of somebody else's object: the state has no inputs of it."""
    storage = resource("kubernetes:storage.k8s.io/v1:StorageClass", "given", {}, external=True, id="local-path")
    del storage["inputs"]
    pulumi.resources.append(storage)
    pulumi.notes = [(operation, storage)]
    report = recover(pulumi, shelves, adopt=True)
    assert [each.outcome.partition(":")[0] for each in report.found] == ["dropped"]
    assert (shelves.shelf.asked, pulumi.notes) == ([], [])
    assert pulumi.at(storage["urn"])


def test_things_without_a_note_wait_for_a_word(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.creates = [item("app"), item("new")]
    pulumi.creates[0]["inputs"]["noteValue"] = "[secret]"
    shelves.shelf.held = [item_of("v", "own", "app")]
    report = recover(pulumi, shelves)
    assert (report.found, outcomes(report.waiting)) == ([], {"Item app": "taken over"})
    assert pulumi.at(item("app")["urn"]) == []
    report = recover(pulumi, shelves, adopt=True)
    assert (outcomes(report.found), report.waiting) == ({"Item app": "taken over"}, [])
    (entry,) = pulumi.at(item("app")["urn"])
    assert entry["inputs"] == {"vault": "v", "title": "app"}


def test_the_components_that_a_thing_is_in_come_along(pulumi: FakePulumi, shelves: Shelves) -> None:
    outer: dict[str, Any] = {"urn": "urn:outer", "custom": False, "type": "homelab:kit:App"}
    inner = {**outer, "urn": "urn:inner", "parent": "urn:outer"}
    pulumi.creates = [outer, inner, item("app", parent="urn:inner")]
    shelves.shelf.held = [item_of("v", "own", "app")]
    recover(pulumi, shelves, adopt=True)
    assert [each["urn"] for each in pulumi.resources][-3:] == ["urn:outer", "urn:inner", item("app")["urn"]]


def test_what_is_there_under_another_id_takes_the_place_of_what_is_gone(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.resources.extend([{**item(name), "id": f"vaults/v/items/{name}-1"} for name in ("app", "lost", "kept")])
    shelves.shelf.held = [item_of("v", "app-2", "app"), item_of("v", "kept-1", "kept")]
    waiting = outcomes(recover(pulumi, shelves).waiting)
    assert waiting == {"Item app": "taken over in the place of one that is gone", "Item lost": "gone: forgotten"}
    assert pulumi.at(item("app")["urn"])[0]["id"] == "vaults/v/items/app-1"
    recover(pulumi, shelves, adopt=True)
    assert pulumi.at(item("app")["urn"])[0]["id"] == "vaults/v/items/app-2"
    assert pulumi.at(item("lost")["urn"]) == []
    assert pulumi.at(item("kept")["urn"])[0]["id"] == "vaults/v/items/kept-1"


def test_a_replacement_without_a_note_is_ended(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.resources.append({**item("app"), "id": "vaults/v/items/old"})
    shelves.shelf.held = [item_of("v", "old", "app"), item_of("v", "new", "app")]
    assert outcomes(recover(pulumi, shelves).waiting) == {"Item app": "taken over"}
    assert [each.get("delete") for each in pulumi.at(item("app")["urn"])] == [None]
    recover(pulumi, shelves, adopt=True)
    found = {each["id"].rpartition("/")[2]: each.get("delete", False) for each in pulumi.at(item("app")["urn"])}
    assert found == {"old": True, "new": False}
    assert recover(pulumi, shelves, adopt=True).found == []


def test_a_second_one_of_what_is_protected_is_named(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.resources.append({**item("app"), "id": "vaults/v/items/old", "protect": True})
    shelves.shelf.held = [item_of("v", "old", "app"), item_of("v", "new", "app")]
    (found,) = recover(pulumi, shelves, adopt=True).found
    assert found.outcome == "more than one, beside vaults/v/items/old: delete the one that holds nothing"
    assert len(pulumi.at(item("app")["urn"])) == 1


def test_a_host_may_have_several_records(pulumi: FakePulumi, shelves: Shelves) -> None:
    known = {"zoneId": "z", "name": "a.example.org", "type": "A"}
    pulumi.resources.append({**resource("cloudflare:index/dnsRecord:DnsRecord", "a", known), "id": "r1"})
    shelves.shelf.held = [Thing(id="r1", properties=known), Thing(id="r2", properties=known)]
    assert recover(pulumi, shelves, adopt=True).found == []


def test_after_a_kill_nobody_waits_for_a_preview(pulumi: FakePulumi, shelves: Shelves) -> None:
    """What it was about has notes; for what has none somebody asks."""
    pulumi.notes = [("creating", item("app"))]
    recover(pulumi, shelves)
    assert "preview" not in {arguments[0] for arguments in pulumi.called}
    pulumi.notes = [("creating", item("app"))]
    recover(pulumi, shelves, adopt=True)
    assert "preview" in {arguments[0] for arguments in pulumi.called}


def test_an_account_is_asked_once_for_all_of_a_kind(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.notes = [("creating", item(f"app-{number}")) for number in range(9)]
    recover(pulumi, shelves)
    assert len(shelves.shelf.asked) == 1


def test_a_preview_that_fails_does_not_hide_what_was_settled(pulumi: FakePulumi, shelves: Shelves) -> None:
    pulumi.notes = [("creating", item("app"))]
    pulumi.preview_fails = "Cloudflare\n is out of order"
    report = recover(pulumi, shelves, adopt=True)
    assert outcomes(report.found) == {"Item app": "not there: the next update makes it"}
    assert report.trouble == "pulumi preview: Cloudflare is out of order"


def test_what_could_not_be_read_is_read_by_the_next_run(pulumi: FakePulumi, shelves: Shelves) -> None:
    known = {"zoneId": "z", "name": "a.example.org", "type": "A"}
    record = resource("cloudflare:index/dnsRecord:DnsRecord", "a", known)
    pulumi.notes, pulumi.refresh_fails = [("creating", record)], "429 Too Many Requests"
    shelves.shelf.held = [Thing(id="r1", properties=known)]
    with pytest.raises(RecoveryError, match=r"429 Too Many Requests: .* run `make recover ADOPT=1` again"):
        recover(pulumi, shelves)
    assert [(each["id"], each.get("outputs")) for each in pulumi.at(record["urn"])] == [("z/r1", None)]
    pulumi.refresh_fails = ""
    recover(pulumi, shelves, adopt=True)
    assert [each["id"] for each in pulumi.at(record["urn"])] == ["z/r1"]
    assert pulumi.refreshed == [record["urn"]] * 2


def test_a_state_that_changes_meanwhile_is_not_written_over(pulumi: FakePulumi) -> None:
    class Changing(Shelves):
        def __call__(self, *given: Any) -> Any:
            pulumi.resources.append({**item("made"), "id": "vaults/v/items/made"})
            return super().__call__(*given)

    with pytest.raises(RecoveryError, match="changed meanwhile"):
        recover(pulumi, Changing())
    assert [arguments[:2] for arguments in pulumi.called] == [("stack", "export")] * 2


def test_a_damaged_state_is_one_line(shelves: Shelves) -> None:
    class Damaged(FakePulumi):
        def stack(self, *_: str) -> tuple[int, str, str]:
            return 0, '{"deployment": null', ""

    with pytest.raises(RecoveryError, match=r"cannot be read.*state-damaged.md"):
        recover(Damaged(), shelves)


def test_the_lock_of_an_update_that_is_gone_goes(pulumi: FakePulumi, shelves: Shelves) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    pulumi.locked = LOCK.format(host=socket.gethostname(), pid=gone.pid)
    pulumi.notes = [("creating", item("app"))]
    report = recover(pulumi, shelves)
    assert [(lock.user, lock.pid) for lock in report.locks] == [("me", gone.pid)]
    assert len(report.found) == 1


def test_an_update_that_runs_is_left_alone(
    pulumi: FakePulumi, shelves: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recovery.locks.runs", lambda pid: pid == 77)
    pulumi.locked = LOCK.format(host=socket.gethostname(), pid=77)
    with pytest.raises(RecoveryError, match=r"an update runs, by me@.*pid 77.*nothing was changed"):
        recover(pulumi, shelves, force=True)
    assert pulumi.locked


@pytest.mark.parametrize("said", [LOCK.format(host="elsewhere", pid=1), "lock a.json: unexpected end of JSON input"])
def test_a_lock_of_another_machine_takes_a_word(pulumi: FakePulumi, shelves: Shelves, said: str) -> None:
    pulumi.locked = said
    with pytest.raises(RecoveryError, match="make recover FORCE=1"):
        recover(pulumi, shelves)
    assert pulumi.locked
    recover(pulumi, shelves, force=True)
    assert not pulumi.locked
