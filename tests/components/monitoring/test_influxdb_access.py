"""Buckets and tokens: what the Job is allowed, and what its script does, with a stand-in for InfluxDB's program."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.kit import SecretKey
from components.monitoring.influx_cli import Operator
from components.monitoring.influxdb_access import InfluxDbAccess, InfluxDbAccessArgs
from tests.components.monitoring.influx import installed
from tests.support.parts import done, endpoint, namespace, peer, policies, site, waits_for
from tests.support.recorder import Recording, record

TOKENS = {"reader": ["read:songs", "read:videos"], "writer": ["write:songs"]}
BUCKETS = {"songs": 0, "videos": 30}


def recorded(
    buckets: Mapping[str, int] = BUCKETS, tokens: Mapping[str, Sequence[str]] = TOKENS
) -> Recording[InfluxDbAccess]:
    def build() -> InfluxDbAccess:
        operator = Operator(
            endpoint=endpoint("influxdb", 8086),
            image="docker.io/library/influxdb:1.2.3",
            token=SecretKey(secret="secret-influxdb", key="admin-token", synced=done("operator-token")),
        )
        args = InfluxDbAccessArgs(
            site=site(),
            namespace=namespace("temporis"),
            operator=operator,
            influxdb=done("influxdb-runs"),
            buckets=buckets,
            tokens=tokens,
        )
        return InfluxDbAccess("access", args)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[InfluxDbAccess]:
    return recorded()


def job(recording: Recording[InfluxDbAccess]) -> Any:
    return recording.one(":Job", "access")


def pod(recording: Recording[InfluxDbAccess]) -> Any:
    return job(recording).spec["template"]["spec"]


def containers(recording: Recording[InfluxDbAccess]) -> tuple[Any, Any]:
    (influx,), (kubectl,) = pod(recording)["initContainers"], pod(recording)["containers"]
    return influx, kubectl


def test_each_token_has_a_secret_that_the_program_makes_without_a_value(recording: Recording[InfluxDbAccess]) -> None:
    made = recording.of("core/v1:Secret")
    assert {item.object_name.partition("/")[2] for item in made} == {
        key.secret for key in recording.result.tokens.values()
    }
    for item in made:
        assert {"data", "stringData"}.isdisjoint(item.inputs)
        assert waits_for(recording, job(recording), "core/v1:Secret", item.name)


def test_whoever_reads_a_token_waits_for_the_job(recording: Recording[InfluxDbAccess]) -> None:
    assert recording.result.tokens.keys() == TOKENS.keys()
    for key in recording.result.tokens.values():
        assert key.synced._name == "access"
        assert key.key == "token"


def test_the_job_may_change_these_secrets_and_read_none(recording: Recording[InfluxDbAccess]) -> None:
    (rule,) = recording.one(":Role", "access").inputs["rules"]
    assert rule["verbs"] == ["patch"]
    assert rule["resources"] == ["secrets"]
    assert set(rule["resourceNames"]) == {key.secret for key in recording.result.tokens.values()}
    binding = recording.one(":RoleBinding", "access").inputs
    assert binding["roleRef"]["name"] == recording.one(":Role", "access").inputs["metadata"]["name"]
    (subject,) = binding["subjects"]
    account = recording.one(":ServiceAccount", "access").inputs["metadata"]
    assert (subject["namespace"], subject["name"]) == (account["namespace"], account["name"])
    assert pod(recording)["serviceAccountName"] == account["name"]
    assert waits_for(recording, job(recording), ":RoleBinding", "access")
    # A pod that gets a token of the API server has to say why.
    notes = job(recording).spec["template"]["metadata"]["annotations"]
    assert pod(recording)["automountServiceAccountToken"]
    assert notes["homelab/exempt-no-service-account-token"]


def test_it_calls_influxdb_and_the_api_server_only(recording: Recording[InfluxDbAccess]) -> None:
    labels = job(recording).spec["template"]["metadata"]["labels"]
    leaving = {name: spec for name, spec in policies(recording).items() if name.startswith("temporis/")}
    assert leaving.keys() == {"temporis/access-to-influxdb-egress", "temporis/access-to-api-server-egress"}
    for spec in leaving.values():
        assert spec["podSelector"]["matchLabels"] == labels
    entering = policies(recording)["influxdb/access-to-influxdb-ingress"]["ingress"]
    assert entering == [{"from": [peer("temporis", labels)], "ports": [{"port": 8086, "protocol": "TCP"}]}]
    for name in ("access-to-influxdb-egress", "access-to-api-server-egress"):
        assert waits_for(recording, job(recording), ":NetworkPolicy", name)


def test_it_waits_for_influxdb_and_for_the_operators_token(recording: Recording[InfluxDbAccess]) -> None:
    for name in ("influxdb-runs", "operator-token"):
        assert waits_for(recording, job(recording), ":ConfigMap", name)


def test_both_containers_keep_to_the_standard_and_share_memory_and_nothing_else(
    recording: Recording[InfluxDbAccess],
) -> None:
    assert pod(recording)["securityContext"]["runAsNonRoot"]
    assert pod(recording)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for item in containers(recording):
        assert item["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert item["resources"]["limits"]["memory"]
    assert pod(recording)["volumes"] == [{"name": "tokens", "emptyDir": {"medium": "Memory"}}]


def test_the_one_that_speaks_to_the_api_server_has_no_token_of_influxdb(recording: Recording[InfluxDbAccess]) -> None:
    influx, kubectl = containers(recording)
    assert "env" not in kubectl
    (mount,) = kubectl["volumeMounts"]
    assert mount["readOnly"]
    assert f"--filename={mount['mountPath']}" in kubectl["args"]
    assert influx["volumeMounts"][0]["mountPath"] == mount["mountPath"]
    # Otherwise the API server would take the Job for the program, and its next update would take the value away.
    assert {"--server-side", "--field-manager=access"} <= set(kubectl["args"])


def test_another_wish_is_another_job_and_the_same_one_is_not() -> None:
    def name(**wish: Any) -> str:
        return str(job(recorded(**wish)).object_name)

    assert name() == name()
    assert name(buckets={**BUCKETS, "videos": 31}) != name()
    assert name(tokens={**TOKENS, "writer": ["write:videos"]}) != name()
    # The engine knows it by one name, so that the old one goes.
    assert job(recorded(buckets={"songs": 1}, tokens={})).name == job(recorded()).name


class Runs:
    """Runs a script against the stand-in's files."""

    def __init__(self, folder: Path) -> None:
        self.state, self.tokens = folder / "state", folder / "tokens"
        self._path = f"{installed(folder)}:{os.environ['PATH']}"
        self.state.mkdir()

    def __call__(self, script: str) -> dict[str, str]:
        """The value in each manifest that it leaves, by the name of the Secret."""
        self.tokens.mkdir(exist_ok=True)
        environment = {"PATH": self._path, "STATE": str(self.state)}
        text = script.replace("/tokens", str(self.tokens))
        subprocess.run(["bash", "-c", text], env=environment, check=True, timeout=60)
        manifests = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in self.tokens.iterdir()]
        assert {(item["apiVersion"], item["kind"]) for item in manifests} == {("v1", "Secret")}
        return {item["metadata"]["name"]: base64.b64decode(item["data"]["token"]).decode() for item in manifests}

    def rows(self, file: str) -> list[list[str]]:
        text = (self.state / file).read_text(encoding="utf-8")
        return [[cell for cell in line.split("\t") if cell] for line in text.splitlines()]


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def script(**wish: Any) -> str:
    return str(containers(recorded(**wish))[0]["command"][-1])


def test_it_makes_buckets_and_hands_on_the_tokens_that_were_made(runs: Runs) -> None:
    found = runs(script())
    assert found == {"access-reader": "token-0==", "access-writer": "token-1=="}
    assert [(row[1], row[2]) for row in runs.rows("buckets")] == [("songs", "0"), ("videos", "30d")]
    ids = {row[1]: row[0] for row in runs.rows("buckets")}
    rights = {row[1].partition(":")[0]: row[-1] for row in runs.rows("auths")}
    assert rights["reader"] == f"[--read-bucket {ids['songs']} --read-bucket {ids['videos']}]"
    assert rights["writer"] == f"[--write-bucket {ids['songs']}]"


def test_run_again_it_changes_nothing_and_hands_on_the_same(runs: Runs) -> None:
    first = runs(script())
    before = (runs.rows("buckets"), runs.rows("auths"))
    assert runs(script()) == first
    assert (runs.rows("buckets"), runs.rows("auths")) == before


def test_a_bucket_that_is_there_gets_the_days_that_it_is_to_have(runs: Runs) -> None:
    runs(script())
    runs(script(buckets={"songs": 0, "videos": 3}))
    assert {row[1]: row[2] for row in runs.rows("buckets")}["videos"] == "3d"


@pytest.mark.parametrize("days", [1, 2, 7, 179, 180, 365])
def test_no_bucket_has_pieces_that_are_longer_than_it_keeps(days: int) -> None:
    (line,) = [
        line for line in script(buckets={"songs": days}, tokens={}).splitlines() if line.startswith("bucket songs")
    ]
    keeps, piece = (int(word.removesuffix("d")) for word in line.split()[2:])
    assert piece <= keeps == days


def test_whoever_is_allowed_something_else_gets_another_token(runs: Runs) -> None:
    first = runs(script())
    second = runs(script(tokens={**TOKENS, "writer": ["write:videos"]}))
    assert second["access-writer"] != first["access-writer"]
    assert second["access-reader"] == first["access-reader"]


def test_a_bucket_that_nobody_makes_ends_it(runs: Runs) -> None:
    wrong = script(buckets={"songs": 0}, tokens={"reader": ["read:music"]})
    with pytest.raises(subprocess.CalledProcessError):
        runs(wrong)
