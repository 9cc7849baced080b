"""The applications that people use."""

from __future__ import annotations

from typing import Any

import pytest

from components.apps import EchoServer, EchoServerArgs, FileBrowser, FileBrowserArgs, Navidrome, NavidromeArgs
from tests.support.parts import MIRROR, policies
from tests.support.recorder import Recording, record


def music(mirror: str | None = None) -> FileBrowser:
    navidrome = Navidrome(
        "navidrome",
        NavidromeArgs(
            nfs_server="192.168.1.10",
            music_path="/export/music",
            music_size="200Gi",
            data_size="5Gi",
            storage_class="local-path",
            proxies="10.42.0.0/16",
            scan_interval="1h",
            backup_schedule="30 3 * * *",
            registry_mirror=mirror,
        ),
    )
    args = FileBrowserArgs(namespace=navidrome.namespace, folder=navidrome.music, registry_mirror=mirror)
    return FileBrowser("filebrowser", args)


@pytest.fixture(scope="module")
def recording() -> Recording[FileBrowser]:
    return record(music)


def container(recording: Recording[Any], name: str) -> Any:
    (only,) = recording.one(":Deployment", name).spec["template"]["spec"]["containers"]
    return only


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
        "/music": ("navidrome-music", True),
        "/data": ("navidrome-data", False),
        "/tmp": (None, False),  # noqa: S108 - in the pod
    }
    assert recording.one(":PersistentVolumeClaim", "navidrome-data").spec["storageClassName"] == "local-path"
    nfs = recording.one(":PersistentVolume", "navidrome-music-volume").spec["nfs"]
    assert nfs == {"server": "192.168.1.10", "path": "/export/music"}


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


def test_file_browser_writes_into_the_same_folder_in_the_same_namespace(recording: Recording[Any]) -> None:
    assert recording.one(":Deployment", "filebrowser").object_name == "navidrome/filebrowser"
    assert volumes(recording, "filebrowser") == {
        "/srv": ("navidrome-music", False),
        "/database": (None, False),
        "/config": (None, False),
    }


def test_file_browser_answers_below_its_path_and_leaves_the_sign_in_to_the_gate(recording: Recording[Any]) -> None:
    found = environment(recording, "filebrowser")
    assert found["FB_BASEURL"] == "/files"
    assert found["FB_NOAUTH"] == "true"
    assert container(recording, "filebrowser")["readinessProbe"]["httpGet"]["path"] == "/files/health"


def test_neither_may_call_anyone_nor_be_called_by_anyone_yet(recording: Recording[Any]) -> None:
    assert policies(recording) == {}


def test_their_images_come_from_the_mirror_if_there_is_one() -> None:
    mirrored = record(lambda: music(MIRROR))
    for name in ("navidrome", "filebrowser"):
        assert container(mirrored, name)["image"].startswith(f"{MIRROR}/docker.io/")


def test_the_echo_server_does_not_show_its_environment() -> None:
    recording = record(lambda: EchoServer("echo", EchoServerArgs(replicas=2)))
    assert environment(recording, "echo") == {
        "PORT": "8080",
        "ENABLE__ENVIRONMENT": "false",
        "ENABLE__HOST": "false",
    }
    assert recording.one(":Deployment", "echo").spec["replicas"] == 2
    assert recording.result.endpoint.url == "http://echo.echo.svc:8080"
