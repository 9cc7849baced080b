from __future__ import annotations

import base64
from typing import Any

from sandbox.plugins.kubernetes import prune


def pruned(declared: dict[str, Any], live: dict[str, Any], owned: dict[str, Any] | None = None) -> dict[str, Any]:
    metadata = {"name": "a", "managedFields": [{"manager": "m", "fieldsV1": owned or {}}]}
    found = prune.inputs_of({**declared, "metadata": {"name": "a"}}, {**live, "metadata": metadata})
    assert found.pop("metadata") == {"name": "a"}
    return found


def test_what_the_server_filled_in_is_left_out() -> None:
    assert pruned({"spec": {"a": 1}}, {"spec": {"a": 1, "b": 2}, "status": {}}) == {"spec": {"a": 1}}


def test_a_changed_value_is_the_live_one_and_a_removed_one_is_missing() -> None:
    assert pruned({"spec": {"a": 1, "b": 2}}, {"spec": {"a": 9}}) == {"spec": {"a": 9}}


def test_what_is_empty_stays_as_declared() -> None:
    declared: dict[str, Any] = {"spec": {"empty": {}, "nothing": [], "none": None, "text": "", "deep": {"a": {}}}}
    assert pruned(declared, {"spec": {}}) == declared


def test_quantities_keep_the_declared_form() -> None:
    declared = {"spec": {"resources": {"requests": {"cpu": "1000m", "memory": "1024Mi"}}}}
    live = {"spec": {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}}
    assert pruned(declared, live) == declared
    assert pruned({"data": {"a": "1000m"}}, {"data": {"a": "1"}}) == {"data": {"a": "1"}}


OWNED = {
    "f:spec": {
        "f:containers": {
            'k:{"name":"app"}': {
                "f:env": {'k:{"name":"A"}': {}},
                "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {}},
            }
        },
        "f:finalizers": {'v:"x/y"': {}},
    }
}


def test_entries_of_a_shared_list_are_told_apart_by_their_keys() -> None:
    declared = {
        "spec": {
            "containers": [{"name": "app", "env": [{"name": "A", "value": "1"}], "ports": [{"containerPort": 80}]}]
        }
    }
    live: dict[str, Any] = {
        "spec": {
            "containers": [
                {"name": "sidecar"},
                {
                    "name": "app",
                    "env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}],
                    "ports": [{"containerPort": 80, "protocol": "TCP"}],
                    "image": "filled-in",
                },
            ]
        }
    }
    assert pruned(declared, live, OWNED) == declared
    live["spec"]["containers"][1]["env"] = [{"name": "A", "value": "9"}]
    drifted = pruned(declared, live, OWNED)
    assert drifted["spec"]["containers"][0]["env"] == [{"name": "A", "value": "9"}]
    live["spec"]["containers"].pop()
    assert pruned(declared, live, OWNED) == {"spec": {"containers": []}}


def test_a_set_keeps_the_declared_entries_that_are_there() -> None:
    declared = {"spec": {"finalizers": ["x/y", "gone"]}}
    assert pruned(declared, {"spec": {"finalizers": ["other", "x/y"]}}, OWNED) == {"spec": {"finalizers": ["x/y"]}}


def test_an_entry_that_others_added_to_a_list_of_one_owner_is_drift() -> None:
    declared = {"spec": {"rules": [{"host": "a"}]}}
    live = {"spec": {"rules": [{"host": "a", "pathType": "Prefix"}, {"host": "b"}]}}
    assert pruned(declared, live) == {"spec": {"rules": [{"host": "a"}, {"host": "b"}]}}
    assert pruned(declared, {"spec": {"rules": []}}) == {"spec": {"rules": []}}


def test_a_secrets_text_is_read_from_its_data() -> None:
    def live(text: str) -> dict[str, Any]:
        return {"kind": "Secret", "data": {"pw": base64.b64encode(text.encode()).decode(), "more": "AA=="}}

    declared = {"kind": "Secret", "stringData": {"pw": "old", "gone": "x"}}
    assert pruned(declared, live("old")) == {"kind": "Secret", "stringData": {"pw": "old"}}
    assert pruned(declared, live("new"))["stringData"] == {"pw": "new"}


def test_an_import_takes_everything_that_somebody_declared() -> None:
    live = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "a", "labels": {"b": "c"}, "uid": "1", "resourceVersion": "2", "managedFields": []},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }
    assert prune.imported(live) == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "a", "labels": {"b": "c"}},
        "spec": {"finalizers": ["kubernetes"]},
    }
