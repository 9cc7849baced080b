"""FreshRSS and ArchiSteamFarm."""

from __future__ import annotations

import json
from typing import Any

from components.apps import ArchiSteamFarm, FreshRss
from components.vocabulary import ADMINS, USERS
from tests.components.apps.support import deployed, guarded, internet_ports, mounted, secret_file

FEEDS = FreshRss(host="freshrss.example.org")
FARM = ArchiSteamFarm(host="archisteamfarm.example.org", enabled=True)


def test_feeds_are_read_by_the_people_of_the_house_and_by_apps_with_a_password_of_the_api() -> None:
    _, sign_in = guarded(deployed(FEEDS))
    assert (sign_in.group, list(sign_in.open_paths)) == (USERS, ["/api/"])


def test_feeds_are_fetched_from_the_internet_and_kept_on_a_volume() -> None:
    recording = deployed(FEEDS)
    assert internet_ports(recording, "freshrss/freshrss-to-feeds-egress") == [80, 443]
    claim = mounted(recording, "freshrss")["/opt/freshrss/data"]["persistentVolumeClaim"]
    assert claim["claimName"] == "freshrss-data"


def test_the_farm_is_off_until_somebody_has_an_account_for_it() -> None:
    assert not ArchiSteamFarm().enabled


def test_the_farm_asks_administrators_for_a_password_that_is_in_1password() -> None:
    recording = deployed(FARM)
    _, sign_in = guarded(recording)
    assert (sign_in.group, list(sign_in.open_paths)) == (ADMINS, [])
    _, text = secret_file(recording, "archisteamfarm-ipc-file")
    found = json.loads(text)
    assert found["IPCPassword"]
    assert found["Headless"] is True
    assert not any(found["IPCPassword"] in json.dumps(item.inputs, default=str) for item in recording.objects())


def test_the_farm_listens_to_traefik_and_believes_it() -> None:
    recording = deployed(FARM)
    files = recording.one(":ConfigMap", "archisteamfarm-interface")
    found: Any = json.loads(files.inputs["data"]["IPC.config"])["Kestrel"]
    assert found["Endpoints"] == {"HTTP": {"Url": "http://*:1242"}}
    assert found["KnownNetworks"] == ["10.42.0.0/16"]
    mounts = mounted(recording, "archisteamfarm")
    assert "configMap" in mounts["/app/config/IPC.config"]
    assert "secret" in mounts["/app/config/ASF.json"]
    assert "persistentVolumeClaim" in mounts["/app/config"]
