from __future__ import annotations

import json
from typing import Any

from doctor.snapshot import SIGNATURE, Snapshot


def state(kind: str, **properties: Any) -> dict[str, Any]:
    return {"urn": f"urn::{kind}::one", "type": kind, "custom": True, "id": "1", "outputs": properties}


def of(*resources: dict[str, Any]) -> Snapshot:
    return Snapshot.of([], {"deployment": {"resources": list(resources)}})


def test_what_is_encrypted_is_not_even_kept() -> None:
    hidden = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:hidden"}
    snapshot = of(
        state("cloudflare:x:Y", plain="seen", secret=hidden, nested={"list": [hidden, "seen"], "key": hidden})
    )
    properties = snapshot.of_type("Y")[0].properties
    assert properties == {"plain": "seen", "nested": {"list": ["seen"]}}
    assert "hidden" not in json.dumps(properties)


def test_outputs_come_before_inputs() -> None:
    resource = state("authentik:x:Group", name="new")
    resource["inputs"] = {"name": "old", "parent": "p"}
    assert of(resource).of_type("Group")[0].properties == {"name": "new", "parent": "p"}


def test_objects_of_the_cluster_are_not_taken_from_the_state() -> None:
    """An Argo CD Application and one of Authentik have types that end alike."""
    snapshot = of(
        state("kubernetes:argoproj.io/v1alpha1:Application"), state("authentik:index/application:Application")
    )
    assert len(snapshot.of_type("Application")) == 1


def test_an_empty_state_is_no_error() -> None:
    assert Snapshot.of([], {}).resources == {}
    assert Snapshot.of([], {"deployment": {"resources": None}}).resources == {}
