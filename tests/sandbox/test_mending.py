"""A sandbox's interrupted update: where its things are looked up, and who sees to it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from recovery import RecoveryError, Report, Thing
from recovery.cluster import Access
from recovery.helm import Helm
from recovery.kinds import KINDS
from sandbox import mending
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle
from sandbox.mending import _Releases, _Simulated
from sandbox.paths import ENV, REPOSITORY, Sandbox
from sandbox.plugins.accounts.account import Account
from tests.recovery.conftest import item, resource
from tests.support.accounts import ACCOUNT, VAULT, ZONE, seeded
from tests.support.kubernetes_api import FakeApi

RECORD = "cloudflare:index/dnsRecord:DnsRecord"
TUNNEL = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
CONFIG_MAP = "/api/v1/namespaces/argocd/configmaps/sh.helm.release.sandbox.argocd"


def simulated(sandbox: Sandbox, name: str) -> _Simulated:
    return _Simulated(title=name, account=Account(sandbox.account(name)))


def test_things_are_found_in_an_accounts_file(tmp_path: Path) -> None:
    sandbox = seeded(tmp_path)
    own = {"zoneId": ZONE, "name": "a.example.org", "type": "A"}
    with Account(sandbox.account("cloudflare")).edit() as data:
        data["objects"] = {"DnsRecord": {"r1": {**own, "content": "192.0.2.1"}}}
    asked = resource(RECORD, "a", own)
    found = simulated(sandbox, "cloudflare").things(asked)
    assert [thing.id for thing in KINDS[RECORD].matching(asked, found)] == ["r1"]


def test_a_deleted_tunnel_is_none(tmp_path: Path) -> None:
    sandbox = seeded(tmp_path)
    with Account(sandbox.account("cloudflare")).edit() as data:
        tunnels = {"t1": {"accountId": ACCOUNT, "name": "home", "deletedAt": "2026-11-26"}, "t2": {"name": "home"}}
        data["objects"] = {"ZeroTrustTunnelCloudflared": tunnels}
    found = simulated(sandbox, "cloudflare").things(resource(TUNNEL, "home", {"accountId": ACCOUNT}))
    assert [thing.id for thing in found] == ["t2"]


def test_items_are_those_of_the_vault(tmp_path: Path) -> None:
    sandbox = seeded(tmp_path)
    with Account(sandbox.account("onepassword")).edit() as data:
        data["items"] = {"i1": {"vault": VAULT, "title": "app"}, "i2": {"vault": "other", "title": "app"}}
    asked = item("app")
    asked["inputs"]["vault"] = VAULT
    found = simulated(sandbox, "onepassword").things(asked)
    assert [thing.id for thing in found] == [f"vaults/{VAULT}/items/i1"]


def test_a_damaged_account_is_one_line(tmp_path: Path) -> None:
    sandbox = seeded(tmp_path)
    sandbox.account("onepassword").write_text("{")
    with pytest.raises(RecoveryError, match="is not JSON"):
        simulated(sandbox, "onepassword").things(item("app"))


def releases(api: FakeApi) -> _Releases:
    client = api.client()
    return _Releases(client, Helm(client=client, access=Access(kubeconfig="/none")))


def test_a_release_that_came_up_is_taken_over() -> None:
    api = FakeApi()
    api.answer("GET", CONFIG_MAP, {"data": {"status": "deployed"}})
    assert releases(api).find("argocd", "argocd") == Thing(id="argocd/argocd")


def test_one_that_did_not_is_uninstalled() -> None:
    api = FakeApi()
    for _ in range(2):
        api.answer("GET", CONFIG_MAP, {"data": {"status": "pending-install"}})
    api.answer("DELETE", CONFIG_MAP, {})
    found = releases(api).find("argocd", "argocd")
    assert found is not None
    assert (found.unfinished, api.sent("DELETE")) == ("pending-install", [])
    api.refuse("GET", CONFIG_MAP, 404, "not found")
    assert found.undo is not None
    found.undo()
    assert len(api.sent("DELETE")) == 1


def test_a_release_of_the_published_plugin_is_helms() -> None:
    api = FakeApi()
    labels = {"owner": "helm", "version": "1", "status": "deployed"}
    api.answer("GET", "/api/v1/namespaces/argocd/secrets", {"items": [{"metadata": {"labels": labels}}]})
    assert releases(api).find("argocd", "argocd") == Thing(id="argocd/argocd")


@dataclass
class FakeEngine:
    """Runs updates that end as a test says."""

    sandbox: Sandbox
    noted: bool = False
    fails: bool = False
    ran: list[tuple[str, ...]] = field(default_factory=list)

    @property
    def backend(self) -> FakeEngine:
        return self

    def notes(self) -> list[dict[str, Any]]:
        return [{"type": "creating"}] if self.noted else []

    def run(self, *arguments: str, then: str, log: Path) -> None:
        assert log.parent == self.sandbox.root
        self.ran.append(arguments)
        if self.fails:
            raise SandboxError(then)


@pytest.fixture
def recovered(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether what is without a note was adopted, for each time that something was brought back."""
    times: list[bool] = []

    def recover(_: Any, *, adopt: bool, force: bool) -> Report:
        assert not force
        times.append(adopt)
        return Report()

    monkeypatch.setattr(mending, "recover", recover)
    return times


def update(engine: FakeEngine) -> None:
    cycle = Lifecycle(sandbox=engine.sandbox, console=Console(file=StringIO()))
    cycle._update(cast("Engine", engine), "up", then="go on")


def test_an_update_after_a_good_one_looks_nothing_up(tmp_path: Path, recovered: list[bool]) -> None:
    engine = FakeEngine(Sandbox(root=tmp_path))
    update(engine)
    update(engine)
    assert recovered == []
    assert [arguments[0] for arguments in engine.ran] == ["up", "up"]


def test_an_update_after_one_that_failed_adopts_what_that_made(tmp_path: Path, recovered: list[bool]) -> None:
    sandbox = Sandbox(root=tmp_path)
    with pytest.raises(SandboxError, match="go on"):
        update(FakeEngine(sandbox, fails=True))
    assert recovered == []
    update(FakeEngine(sandbox))
    update(FakeEngine(sandbox))
    assert recovered == [True]


def test_notes_are_settled_whoever_left_them(tmp_path: Path, recovered: list[bool]) -> None:
    update(FakeEngine(Sandbox(root=tmp_path), noted=True))
    assert recovered == [True]


@pytest.mark.parametrize(
    ("sandboxed", "words", "runs"),
    [
        (False, [], "-m recovery"),
        (False, ["ADOPT=1", "FORCE=1"], "-m recovery --adopt --force"),
        (True, ["ADOPT=1"], "-m sandbox recover --adopt"),
    ],
)
def test_make_recovers_the_stack_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, sandboxed: bool, words: Sequence[str], runs: str
) -> None:
    monkeypatch.delenv(ENV, raising=False)
    if sandboxed:
        monkeypatch.setenv(ENV, "/somewhere")
    ready = ["-o", "requirements.lock", "-o", ".venv/.ready"]
    done = subprocess.run(
        ["make", "-n", *ready, "recover", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert " ".join(done.stdout.split()).endswith(runs)
