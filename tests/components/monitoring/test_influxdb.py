"""InfluxDB: what it keeps whatever happens, how it sets itself up, and who gets in past the sign-in."""

from __future__ import annotations

from typing import Any

import pytest

from components import versions
from components.kit import CatalogEntry, Folder, ForwardAuth, Foundation, MetricsTarget, TraefikRoute
from components.monitoring.influxdb import InfluxDb, InfluxDbArgs
from components.settings import InfluxDbSettings
from components.vocabulary import ADMINS
from tests.components.apps.support import environment, mounted
from tests.support.parts import base, container, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record

SETTINGS = InfluxDbSettings(size="70Gi", memory="3Gi", proxmox_days=30)
Built = tuple[InfluxDb, Foundation]


def recorded(**args: Any) -> Recording[Built]:
    def build() -> Built:
        found = base()
        given = InfluxDbArgs(
            base=found, namespace=namespace("temporis"), settings=SETTINGS, host="influxdb2.example.org", **args
        )
        return InfluxDb("influxdb", given), found

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[Built]:
    return recorded()


@pytest.fixture(scope="module")
def off() -> Recording[Built]:
    return recorded(on=False)


@pytest.fixture(scope="module")
def entry(recording: Recording[Built]) -> CatalogEntry:
    (only,) = recording.result[1].contributions.catalog.close()
    return only


def kept(recording: Recording[Built]) -> dict[str, tuple[bool, bool]]:
    """Whether what holds data, or opens it, is protected, and stays when it leaves the program."""
    volumes = [*recording.of(":PersistentVolume"), *recording.of(":PersistentVolumeClaim")]
    secrets = [item for item in recording.of(":Item") if "passwordRecipe" in item.inputs]
    return {item.urn: (item.protect, item.retain_on_delete) for item in (*volumes, *secrets)}


def test_its_data_is_on_a_nodes_own_disk_and_as_large_as_the_settings_say(recording: Recording[Built]) -> None:
    claim = recording.one(":PersistentVolumeClaim", "influxdb-data").spec
    assert claim["storageClassName"] == "local-path-retain"
    assert claim["resources"] == {"requests": {"storage": "70Gi"}}
    volumes = mounted(recording, "influxdb")
    assert volumes["/var/lib/influxdb2"] == {"name": "data", "persistentVolumeClaim": {"claimName": "influxdb-data"}}
    assert container(recording, "influxdb")["resources"]["limits"] == {"memory": "3Gi"}


def test_it_can_write_where_its_image_writes(recording: Recording[Built]) -> None:
    assert container(recording, "influxdb")["securityContext"]["readOnlyRootFilesystem"]
    volumes = mounted(recording, "influxdb")
    for path in ("/etc/influxdb2", "/tmp"):  # noqa: S108 - in the pod
        assert "emptyDir" in volumes[path]
    pod = recording.one(":Deployment", "influxdb").spec["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 1000


def test_it_sets_itself_up_with_a_password_and_a_token_of_the_vault(recording: Recording[Built]) -> None:
    found = environment(recording, "influxdb")
    prefix = "DOCKER_INFLUXDB_INIT_"
    setup = {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}
    assert setup["MODE"] == "setup"
    assert setup["ORG"] == "homelab"
    assert setup["PASSWORD"] == ("secret-influxdb", "admin-password")
    assert setup["ADMIN_TOKEN"] == ("secret-influxdb", "admin-token")
    # Its image does nothing unless all four are given.
    assert {"USERNAME", "PASSWORD", "ORG", "BUCKET"} <= setup.keys()
    assert found["INFLUXD_REPORTING_DISABLED"] == "true"


def test_what_is_written_by_it_and_what_opens_that_is_protected(recording: Recording[Built]) -> None:
    found = kept(recording)
    assert {True} == {protected and retained for protected, retained in found.values()}
    assert {"influxdb-admin-password", "influxdb-admin-token"} <= {urn.rpartition("::")[2] for urn in found}


def test_off_it_keeps_that_and_nothing_runs(recording: Recording[Built], off: Recording[Built]) -> None:
    assert kept(off) == kept(recording)
    for kind in (":Deployment", ":Job", ":CronJob", ":Service", ":RoleBinding"):
        assert off.of(kind) == []
    component, found = off.result
    assert component.service is None
    assert found.contributions.catalog.close() == ()
    assert found.contributions.metrics.close() == ()


def test_data_that_may_go_is_unprotected_with_what_opens_it() -> None:
    found = kept(recorded(unprotected_reason="the stack file says so"))
    assert {False} == {protected or retained for protected, retained in found.values()}


def test_its_folder_for_backups_is_handed_in_with_the_user_that_writes_there(recording: Recording[Built]) -> None:
    folders = recording.result[1].contributions.folders.close()
    assert folders == (Folder(path="/export/backups/influxdb", user=1000),)
    (volume,) = recording.of(":PersistentVolume")
    assert volume.spec["nfs"]["path"] == folders[0].path
    pod = recording.one(":CronJob", "influxdb-backup").spec["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == folders[0].user


def test_only_what_checks_a_token_is_let_past_the_sign_in(entry: CatalogEntry) -> None:
    assert isinstance(entry.exposure, TraefikRoute)
    sign_in = entry.exposure.sign_in
    assert isinstance(sign_in, ForwardAuth)
    assert sign_in.group == ADMINS
    assert set(sign_in.open_paths) == {"/api/v2/write", "/health"}


def test_what_asks_nobody_for_a_token_is_for_nobody_outside(entry: CatalogEntry) -> None:
    assert isinstance(entry.exposure, TraefikRoute)
    assert {"/metrics", "/debug"} <= set(entry.exposure.closed_paths)


def test_its_metrics_are_handed_in_at_a_port_that_it_has(recording: Recording[Built]) -> None:
    (target,) = recording.result[1].contributions.metrics.close()
    assert isinstance(target, MetricsTarget)
    assert target.name == "influxdb"
    assert target.port in {port["name"] for port in container(recording, "influxdb")["ports"]}
    assert target.pods.labels == recording.one(":Deployment", "influxdb").spec["selector"]["matchLabels"]


def test_who_sends_and_who_reads_get_a_token_each_of_which_waits_for_its_making(recording: Recording[Built]) -> None:
    service = recording.result[0].service
    assert service
    assert service.long_term.secret != service.reading.secret
    assert service.endpoint.url == "http://influxdb.temporis.svc:8086"


def test_its_buckets_are_kept_as_long_as_the_settings_say(recording: Recording[Built]) -> None:
    (job,) = recording.of(":Job")
    (prepare,) = job.spec["template"]["spec"]["initContainers"]
    script = prepare["command"][-1]
    assert "\nbucket prometheus 0 " in script
    assert "\nbucket proxmox 30d " in script
    assert prepare["image"] == container(recording, "influxdb")["image"] == versions.INFLUXDB.ref()


def test_programs_may_do_what_they_are_for_and_no_more(recording: Recording[Built]) -> None:
    (job,) = recording.of(":Job")
    script = job.spec["template"]["spec"]["initContainers"][0]["command"][-1]
    tokens = {words[1]: set(words[3:]) for line in script.splitlines() if (words := line.split())[:1] == ["token"]}
    assert tokens == {
        "bridge": {"write:prometheus"},
        "grafana": {"read:prometheus", "read:proxmox"},
        "proxmox": {"write:proxmox"},
    }


@pytest.mark.parametrize("kind", [":Job", ":CronJob"])
def test_what_speaks_to_it_does_so_as_its_operator_once_it_runs(recording: Recording[Built], kind: str) -> None:
    (job,) = recording.of(kind)
    template = (job.spec.get("jobTemplate", {}).get("spec") or job.spec)["template"]
    (influx,) = [
        item
        for item in (*template["spec"].get("initContainers", []), *template["spec"]["containers"])
        if item["name"] == "influx"
    ]
    values = {item["name"]: item.get("value") or item["valueFrom"]["secretKeyRef"] for item in influx["env"]}
    assert values["INFLUX_HOST"] == "http://influxdb.temporis.svc:8086"
    assert values["INFLUX_ORG"] == environment(recording, "influxdb")["DOCKER_INFLUXDB_INIT_ORG"]
    assert values["INFLUX_TOKEN"] == {"name": "secret-influxdb", "key": "admin-token"}
    called = policies(recording)[f"temporis/{job.name}-to-influxdb-ingress"]
    caller = peer("temporis", template["metadata"]["labels"])
    assert called["ingress"] == [{"from": [caller], "ports": [{"port": 8086, "protocol": "TCP"}]}]


def test_tokens_are_made_once_it_runs(recording: Recording[Built]) -> None:
    (job,) = recording.of(":Job")
    assert waits_for(recording, job, ":Deployment", "influxdb")
    assert waits_for(recording, job, ":Service", "influxdb")
