"""What Authentik decides about: one provider and one application for each host behind forward auth."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.forward_auth.hosts import ProtectedHost, ProtectedHostArgs
from components.vocabulary import USERS
from tests.support.parts import shared
from tests.support.recorder import Recording, record


@pytest.fixture(scope="module")
def recording() -> Recording[ProtectedHost]:
    return record(
        lambda: ProtectedHost(
            "music", ProtectedHostArgs(title="Music", host="music.example.org", group=USERS, shared=shared())
        )
    )


def test_the_provider_covers_this_host_only(recording: Recording[Any]) -> None:
    assert recording.one(":ProviderProxy", "music").inputs == {
        "name": "music",
        "mode": "forward_single",
        "externalHost": "https://music.example.org",
        "authorizationFlow": "homelab-authorization-uuid",
        "invalidationFlow": "homelab-invalidation-uuid",
    }


def test_the_tile_leads_to_the_host(recording: Recording[Any]) -> None:
    assert recording.one("application:Application", "music").inputs == {
        "name": "Music",
        "slug": "music",
        "protocolProvider": 7,
        "metaLaunchUrl": "https://music.example.org",
    }


def test_only_members_of_its_group_are_let_in(recording: Recording[Any]) -> None:
    bindings = recording.of(":PolicyBinding")
    assert [item.inputs for item in bindings] == [{"target": "music-uuid", "group": f"{USERS}-id", "order": 0}]
