"""The channel in Discord takes messages at its address, and tells what it heard."""

from __future__ import annotations

import json

from drills.gitops.homelab import DISCORD, Channel, _address
from drills.web import Asked


def post(channel: Channel, path: str, body: bytes) -> int:
    asked = Asked(method="POST", host=DISCORD, path=path, query="", headers={}, body=body)
    return channel.answer(asked).status


def test_a_message_is_heard_at_its_own_address_only() -> None:
    channel, path = Channel(), _address().removeprefix(f"https://{DISCORD}")
    message = json.dumps({"embeds": [{"title": "apps-hello could not be synced"}]}).encode()
    assert channel.heard("hello") == "no message"
    assert post(channel, "/api/webhooks/2/other", message) == 404
    assert post(channel, path, b"no JSON") == 400
    assert channel.heard("hello") == "no message"
    assert post(channel, path, message) == 204
    assert channel.heard("hello could not be synced") == "told"
    assert channel.heard("navidrome") == "1 other messages"
