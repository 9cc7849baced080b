"""Immich: its parts find each other, its photos outlive it, and its client's secret is in no manifest."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components import versions
from components.apps import Immich
from components.kit import AppPlatform, Oidc, TraefikRoute
from components.vocabulary import ADMINS, USERS
from tests.components.apps.support import deployed, entry, environment, internet_ports, mounted, secret_file
from tests.support.parts import AUTHENTIK_URL, container, policies, waits_for
from tests.support.recorder import Recording

HOST = "chronicle.example.org"
OTHER = "immich-machine-learning"


@pytest.fixture(scope="module")
def recording() -> Recording[AppPlatform]:
    return deployed(Immich(host=HOST))


def settings(recording: Recording[Any]) -> Any:
    """The file that its Secret is made of."""
    label, text = secret_file(recording, "immich-configuration")
    assert label == "immich.json"
    return json.loads(text)


def test_its_users_sign_in_at_authentik_from_the_browser_and_from_the_phone() -> None:
    exposure = entry(deployed(Immich(host=HOST))).exposure
    assert isinstance(exposure, TraefikRoute)
    sign_in = exposure.sign_in
    assert isinstance(sign_in, Oidc)
    assert set(sign_in.groups) == {ADMINS, USERS}
    assert [sign_in.callback, *sign_in.more_callbacks] == [
        "/auth/login",
        "/user-settings",
        "app.immich:///oauth-callback",
    ]
    assert sign_in.role is not None
    assert sign_in.role.roles == {ADMINS: "admin"}


def test_nobody_from_outside_makes_himself_its_first_administrator() -> None:
    exposure = entry(deployed(Immich(host=HOST))).exposure
    assert isinstance(exposure, TraefikRoute)
    assert exposure.closed_paths == ["/api/auth/admin-sign-up"]


def test_its_settings_are_a_file_with_the_clients_credentials(recording: Recording[Any]) -> None:
    found = settings(recording)
    assert found["server"] == {"externalDomain": f"https://{HOST}"}
    assert found["oauth"]["issuerUrl"] == f"{AUTHENTIK_URL}/application/o/immich/"
    assert found["oauth"]["roleClaim"] == "immich_role"
    assert found["oauth"]["clientId"]
    assert found["oauth"]["clientSecret"]
    # The built-in backup needs a superuser; archives take its place.
    assert found["backup"] == {"database": {"enabled": False}}


def test_the_file_is_mounted_alone_and_nothing_of_it_is_in_a_manifest(recording: Recording[Any]) -> None:
    source = mounted(recording, "immich")["/config/immich.json"]["secret"]
    assert source["secretName"] == "secret-immich-configuration"
    assert [item["key"] for item in source["items"]] == ["immich.json"]
    assert environment(recording, "immich")["IMMICH_CONFIG_FILE"] == "/config/immich.json"
    client_secret = settings(recording)["oauth"]["clientSecret"]
    assert not any(client_secret in json.dumps(item.inputs, default=str) for item in recording.objects())
    assert waits_for(recording, recording.one(":Deployment", "immich"), ":OnePasswordItem", "immich-configuration")


def test_the_photos_are_on_the_nfs_server_and_the_server_is_told_who_writes_there() -> None:
    recording = deployed(Immich(host=HOST))
    (volume,) = [item for item in recording.of(":PersistentVolume") if "nfs" in item.spec]
    assert volume.spec["nfs"]["path"] == "/export/media/photos"
    assert (volume.protect, volume.spec["capacity"]) == (True, {"storage": "100Gi"})
    assert "persistentVolumeClaim" in mounted(recording, "immich")["/data"]
    (folder,) = recording.result.base.contributions.folders.close()
    assert (folder.path, folder.user) == ("/export/media/photos", 1000)


def test_its_parts_find_each_other(recording: Recording[Any]) -> None:
    found = environment(recording, "immich")
    assert found["IMMICH_MACHINE_LEARNING_URL"] == f"http://{OTHER}.immich.svc:3003"
    assert (found["REDIS_HOSTNAME"], found["REDIS_PORT"]) == ("immich-cache.immich.svc", "6379")
    assert found["DB_HOSTNAME"] == ("immich-db-app", "host")


def test_the_recognition_is_called_by_the_server_alone_and_calls_nothing_at_home(recording: Recording[Any]) -> None:
    (rule,) = policies(recording)["immich/immich-to-machine-learning-ingress"]["ingress"]
    (caller,) = rule["from"]
    assert caller["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "immich"}
    assert internet_ports(recording, f"immich/{OTHER}-to-internet-egress") == [443]


def test_the_models_are_a_cache_that_goes_when_it_is_switched_off(recording: Recording[Any]) -> None:
    (claim,) = [item for item in recording.of(":PersistentVolumeClaim") if "models" in item.name]
    assert claim.spec["storageClassName"] == "nfs-scratch"
    assert not claim.protect
    off = deployed(Immich(host=HOST, enabled=False))
    assert not [item for item in off.of(":PersistentVolumeClaim") if "models" in item.name]
    assert [item for item in off.of(":PersistentVolumeClaim") if "photos" in item.name]


def test_both_are_of_one_version() -> None:
    assert versions.IMMICH.tag == versions.IMMICH_MACHINE_LEARNING.tag


def test_a_first_start_has_time_for_its_migrations(recording: Recording[Any]) -> None:
    probe = container(recording, "immich")["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 600
