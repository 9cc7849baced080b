"""The applications that people use."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.apps import EchoServer, FileBrowser, Navidrome
from components.kit import App, AppPlatform, CatalogEntry, ForwardAuth, Public, TraefikRoute, TunnelIngress
from components.vocabulary import USERS
from tests.support.parts import MIRROR, app_platform, container, policies
from tests.support.recorder import Recording, record

HOST = "music.example.org"
DIGEST = "c3baf4"
"""Of the music folder."""
NAVIDROME = Navidrome(host=HOST, music_path="media/music", data_size="5Gi")


def deploy(*apps: App, **changes: Any) -> Recording[AppPlatform]:
    """What is registered for these applications."""

    def program() -> AppPlatform:
        platform = app_platform(apps={app.name: app for app in apps}, **changes)
        for app in apps:
            app.deploy(platform, opts=pulumi.ResourceOptions())
        return platform

    return record(program)


def catalog(recording: Recording[AppPlatform]) -> dict[str, CatalogEntry]:
    return {entry.name: entry for entry in recording.result.base.contributions.catalog.close()}


@pytest.fixture(scope="module")
def recording() -> Recording[AppPlatform]:
    return deploy(NAVIDROME, FileBrowser(enabled=True))


def environment(recording: Recording[Any], name: str) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(recording, name)["env"]}


def volumes(recording: Recording[Any], name: str) -> dict[str, Any]:
    """What is mounted where, and whether read-only."""
    pod = recording.one(":Deployment", name).spec["template"]["spec"]
    sources = {volume["name"]: volume for volume in pod["volumes"]}
    return {
        mount["mountPath"]: (
            sources[mount["name"]].get("persistentVolumeClaim", {}).get("claimName"),
            mount.get("readOnly", False),
        )
        for mount in container(recording, name)["volumeMounts"]
    }


def test_navidrome_reads_the_music_and_writes_its_own_volume(recording: Recording[Any]) -> None:
    assert volumes(recording, "navidrome") == {
        "/music": (f"navidrome-music-{DIGEST}", True),
        "/data": ("navidrome-data", False),
        "/tmp": (None, False),  # noqa: S108 - in the pod
    }
    assert recording.one(":PersistentVolumeClaim", "navidrome-data").spec["storageClassName"] == "local-path-retain"
    nfs = recording.one(":PersistentVolume", f"navidrome-music-{DIGEST}-volume").spec["nfs"]
    assert nfs == {"server": "192.168.1.10", "path": "/export/media/music"}


def test_navidrome_believes_the_users_name_from_the_proxys_network_only(recording: Recording[Any]) -> None:
    found = environment(recording, "navidrome")
    assert found["ND_REVERSEPROXYWHITELIST"] == "10.42.0.0/16"
    assert found["ND_REVERSEPROXYUSERHEADER"] == "X-authentik-username"


def test_navidrome_scans_and_backs_up_as_configured(recording: Recording[Any]) -> None:
    found = environment(recording, "navidrome")
    assert found["ND_SCANNER_SCHEDULE"] == "@every 1h"
    assert found["ND_BACKUP_SCHEDULE"] == "30 3 * * *"
    assert found["ND_BACKUP_COUNT"] == "7"
    assert found["ND_BACKUP_PATH"].startswith(found["ND_DATAFOLDER"] + "/")


def test_navidromes_namespace_holds_data_and_is_protected(recording: Recording[Any]) -> None:
    assert recording.one("core/v1:Namespace", "navidrome").protect


def test_navidrome_is_behind_forward_auth_but_for_what_has_credentials_of_its_own(recording: Recording[Any]) -> None:
    exposure = catalog(recording)["navidrome"].exposure
    assert isinstance(exposure, TraefikRoute)
    assert (exposure.host, exposure.path) == (HOST, "/")
    assert isinstance(exposure.sign_in, ForwardAuth)
    assert exposure.sign_in.group == USERS
    assert set(exposure.sign_in.open_paths) == {"/rest/", "/share/"}


def test_file_browser_writes_into_the_same_folder_from_a_namespace_and_by_a_volume_of_its_own(
    recording: Recording[Any],
) -> None:
    assert recording.one(":Deployment", "filebrowser").object_name == "filebrowser/filebrowser"
    assert volumes(recording, "filebrowser") == {
        "/srv": (f"filebrowser-music-{DIGEST}", False),
        "/database": (None, False),
        "/config": (None, False),
    }
    own, navidromes = (
        recording.one(":PersistentVolume", f"{app}-music-{DIGEST}-volume") for app in ("filebrowser", "navidrome")
    )
    assert own.spec["nfs"] == navidromes.spec["nfs"]
    assert own.object_name != navidromes.object_name
    assert navidromes.protect
    assert not own.protect


def test_file_browser_shares_navidromes_host_and_its_sign_in(recording: Recording[Any]) -> None:
    exposure = catalog(recording)["filebrowser"].exposure
    assert exposure == TraefikRoute(host=HOST, path="/files", sign_in=ForwardAuth(group=USERS))
    assert set(FileBrowser.needs) == {"navidrome"}


def test_file_browser_answers_below_its_path_and_leaves_the_sign_in_to_the_gate(recording: Recording[Any]) -> None:
    found = environment(recording, "filebrowser")
    assert found["FB_BASEURL"] == "/files"
    assert found["FB_NOAUTH"] == "true"
    assert container(recording, "filebrowser")["readinessProbe"]["httpGet"]["path"] == "/files/health"


def test_neither_may_call_anyone_nor_be_called_by_anyone_yet(recording: Recording[Any]) -> None:
    assert policies(recording) == {}


def test_their_images_come_from_the_mirror_if_there_is_one() -> None:
    mirrored = deploy(NAVIDROME, FileBrowser(enabled=True), registry_mirror=MIRROR)
    for name in ("navidrome", "filebrowser"):
        assert container(mirrored, name)["image"].startswith(f"{MIRROR}/docker.io/")


def test_the_echo_server_does_not_show_its_environment() -> None:
    recording = deploy(EchoServer(host="echo.example.org", replicas=2))
    assert environment(recording, "echoserver") == {
        "PORT": "8080",
        "ENABLE__ENVIRONMENT": "false",
        "ENABLE__HOST": "false",
    }
    assert recording.one(":Deployment", "echoserver").spec["replicas"] == 2


def test_the_echo_server_is_reached_through_the_tunnel_by_everybody() -> None:
    entry = catalog(deploy(EchoServer(host="echo.example.org")))["echoserver"]
    assert isinstance(entry.exposure, TunnelIngress)
    assert entry.exposure.host == "echo.example.org"
    assert isinstance(entry.exposure.sign_in, Public)
    assert entry.endpoint is not None
    assert entry.endpoint.url == "http://echoserver.echoserver.svc:8080"


def test_without_the_music_server_file_browser_has_nothing_to_serve() -> None:
    with pytest.raises(KeyError, match="Navidrome"):
        deploy(FileBrowser(enabled=True))
