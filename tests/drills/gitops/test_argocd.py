"""The real Argo CD's parts get what the live objects say, and addresses of the drill's."""

from __future__ import annotations

import base64
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from drills.gitops import argocd as argocd_parts
from drills.gitops.argocd import WORKLOADS, ArgoCd
from sandbox.paths import Sandbox
from tests.support.kubernetes_api import FakeApi

SPACE = "/api/v1/namespaces/argocd"
WORKLOAD: dict[str, Any] = {
    "spec": {
        "template": {
            "spec": {
                "serviceAccountName": "argocd-server",
                "containers": [
                    {
                        "name": "server",
                        "env": [
                            {"name": "PLAIN", "value": "as it is"},
                            {"name": "SETTING", "valueFrom": {"configMapKeyRef": {"name": "params", "key": "level"}}},
                            {"name": "UNSET", "valueFrom": {"configMapKeyRef": {"name": "params", "key": "none"}}},
                            {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "redis", "key": "auth"}}},
                            {"name": "HOME", "value": "/home/argocd"},
                            {"name": "KUBECACHEDIR", "value": f"{argocd_parts.POD_TMP}kubecache"},
                        ],
                    }
                ],
            }
        }
    }
}


def secret(**data: str) -> dict[str, Any]:
    return {"data": {key.replace("_", "."): base64.b64encode(value.encode()).decode() for key, value in data.items()}}


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def argocd(api: FakeApi, tmp_path: Path) -> ArgoCd:
    sandbox = Sandbox(root=tmp_path / ".sandbox")
    made = ArgoCd(sandbox=sandbox, tools={"helm": Path("/tools/helm"), "git": Path("/usr/bin/git")})
    made.__dict__["cluster"] = api.client()
    made.folder.mkdir(parents=True)
    config = {
        "contexts": [{"name": "homelab", "context": {"cluster": "homelab", "user": "admin"}}],
        "users": [{"name": "admin", "user": {"token": "the-token"}}],
    }
    sandbox.kubeconfig.write_text(yaml.safe_dump(config))
    return made


def test_settings_come_from_the_live_workload_and_what_it_refers_to(argocd: ArgoCd, api: FakeApi) -> None:
    api.answer("GET", f"{SPACE}/configmaps/params", {"data": {"level": "debug"}})
    api.answer("GET", f"{SPACE}/secrets/redis", secret(auth="the password"))
    environment = argocd._environment("server", WORKLOAD)
    assert (environment["PLAIN"], environment["SETTING"], environment["PASSWORD"]) == (
        "as it is",
        "debug",
        "the password",
    )
    assert "UNSET" not in environment


def test_what_a_part_writes_is_in_the_sandbox(argocd: ArgoCd, api: FakeApi) -> None:
    api.answer("GET", f"{SPACE}/configmaps/params", {"data": {}})
    api.answer("GET", f"{SPACE}/configmaps/argocd-ssh-known-hosts-cm", {"data": {"ssh_known_hosts": "a host's key"}})
    environment = argocd._environment("server", WORKLOAD)
    for name in (
        *("HOME", "TMPDIR", "KUBECACHEDIR", "HELM_CACHE_HOME"),
        *("ARGOCD_TLS_DATA_PATH", "ARGOCD_SSH_DATA_PATH", "ARGOCD_ASK_PASS_SOCK"),
    ):
        assert Path(environment[name]).is_relative_to(argocd.sandbox.root)
    assert (Path(environment["ARGOCD_SSH_DATA_PATH"]) / "ssh_known_hosts").read_text() == "a host's key"


def test_a_part_acts_under_the_name_of_its_pods_account(argocd: ArgoCd) -> None:
    file = Path(argocd._environment("server", WORKLOAD)["KUBECONFIG"])
    config = yaml.safe_load(file.read_text())
    assert config["users"][0]["user"]["as"] == "system:serviceaccount:argocd:argocd-server"
    assert config["contexts"][0]["context"]["namespace"] == "argocd"
    assert file.stat().st_mode & 0o077 == 0


def test_what_the_workload_says_is_said_to_the_program_and_the_programs_name_is_not() -> None:
    container = {"command": ["/bin/argocd-server"], "args": ["--port=8080", "--secret-name=ours"]}
    workload = {"spec": {"template": {"spec": {"containers": [container]}}}}
    assert argocd_parts._words(workload) == ["--port=8080", "--secret-name=ours"]


def test_every_part_has_arguments_and_listens_on_loopback_alone(argocd: ArgoCd) -> None:
    for part in WORKLOADS:
        arguments = list(argocd._arguments(part))
        addresses = [value for flag, value in pairwise(arguments) if flag.endswith("-addr")]
        assert arguments
        assert all(address.startswith("127.0.0.1:") for address in addresses)
    assert len(set(argocd.ports.values())) == len(argocd.ports)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("in plain", "in plain"), ("$argocd-webhook:github", "from the vault"), ("$own", "beside it"), ("", "")],
)
def test_the_webhooks_secret_is_found_where_argo_cd_looks_for_it(
    value: str, expected: str, argocd: ArgoCd, api: FakeApi
) -> None:
    api.answer("GET", f"{SPACE}/secrets/argocd-secret", secret(webhook_github_secret=value, own="beside it"))
    api.answer("GET", f"{SPACE}/secrets/argocd-webhook", secret(github="from the vault"))
    assert argocd.webhook_secret() == expected


def test_there_may_be_no_secret_for_webhooks(argocd: ArgoCd) -> None:
    assert argocd.webhook_secret() == ""


def test_the_errors_of_a_part_are_lines_of_its_log(argocd: ArgoCd) -> None:
    errors = ['time="now" level=error msg="failed to execute when condition"', '{"level":"fatal","msg":"gone"}']
    log = argocd.process("server").log
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("\n".join(['time="now" level=info msg="level of errors: none"', *errors, ""]))
    assert argocd.errors("server") == errors
