"""What the drill reads of orders as it passes them on."""

from __future__ import annotations

import base64
import json

from drills.certificates.acme import ordered_names


def test_the_names_of_an_order_are_in_its_signed_payload() -> None:
    names = ("*.example.net", "example.net")
    asked = {"identifiers": [{"type": "dns", "value": name} for name in names]}
    payload = base64.urlsafe_b64encode(json.dumps(asked).encode()).decode().rstrip("=")
    assert ordered_names(json.dumps({"payload": payload, "signature": "x"}).encode()) == names
