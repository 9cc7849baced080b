"""An update whose engine was killed, and the way back: the commands are those of the runbook."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from doctor import examination
from sandbox.paths import REPOSITORY
from tests.support.world import World

RUNBOOK: Final = REPOSITORY / "docs" / "runbooks" / "interrupted-update.md"
LIMIT_SECONDS: Final = 120
UPSERT: Final = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"
LOST: Final = (
    "cloudflare:index/dnsRecord:DnsRecord",
    "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",
    "onepassword:index/item:Item",
    "authentik:index/group:Group",
)
"""A kind of each account; which one of it does not matter."""


def documented(part: str) -> str:
    """The one command of the runbook that has `part` in it."""
    commands: list[str] = re.findall(r"^ {7}((?:PULUMI_\w+=\w+ )?pulumi .*)$", RUNBOOK.read_text(), re.MULTILINE)
    found = [command for command in commands if part in command]
    assert len(found) == 1, commands
    return found[0]


def run(world: World, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as in a shell that has sourced the sandbox's `env`, without its questions."""
    quiet = {"PULUMI_SKIP_CONFIRMATIONS": "true"}
    return subprocess.run(
        ["sh", "-c", f'. "{world.sandbox.env}"; {command}'],
        cwd=world.engine.program,
        env={**os.environ, **quiet},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def works(world: World, command: str) -> str:
    done = run(world, command)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def checkpoint(world: World) -> Path:
    return world.sandbox.state / ".pulumi" / "stacks" / "homelab" / "homelab.json"


def pending(world: World) -> list[str]:
    """URNs of what the state says was interrupted; what is being written at this moment says nothing."""
    try:
        latest = json.loads(checkpoint(world).read_text())["checkpoint"]["latest"] or {}
    except (FileNotFoundError, ValueError):
        return []
    return [note["resource"]["urn"] for note in latest.get("pending_operations") or []]


def kill_while_creating(world: World, kind: str, exists: Any) -> str:
    """Update, and kill the engine while it waits for something of that kind that is there already; its URN."""
    command = ["sh", "-c", f'. "{world.sandbox.env}"; export {UPSERT}=true; exec pulumi up --yes --skip-preview']
    log = world.sandbox.logs / "killed.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=world.engine.program, stdout=output, stderr=output, start_new_session=True
        ) as update,
    ):
        give_up = time.monotonic() + LIMIT_SECONDS
        try:
            while True:
                assert update.poll() is None, log.read_text()
                assert time.monotonic() < give_up
                noted = next((urn for urn in pending(world) if f"${kind}::" in urn), None)
                if noted and exists(noted.rpartition("::")[2]):
                    break
                time.sleep(0.02)
        finally:
            with suppress(ProcessLookupError):
                os.kill(update.pid, signal.SIGKILL)
    plugins_end(update.pid)
    return noted


def plugins_end(session: int) -> None:
    """Nobody interrupts the plugins of a killed engine: they find out by themselves."""
    give_up = time.monotonic() + 10
    while left := [command for command in commands_of(session) if "sandbox.plugins" in command]:
        assert time.monotonic() < give_up, left
        time.sleep(0.1)


def commands_of(session: int) -> list[str]:
    done = subprocess.run(["ps", "-o", "args=", "-s", str(session)], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def lose_answers(world: World) -> dict[str, str]:
    """Make the state as if the engine had been killed before it heard of one thing of each account; ids by URN."""
    file = checkpoint(world)
    state = json.loads(file.read_text())
    latest = state["checkpoint"]["latest"]
    lost: dict[str, str] = {}
    for kind in LOST:
        parents = {item.get("parent") for item in latest["resources"]}
        gone = next(item for item in latest["resources"] if item["type"] == kind and item["urn"] not in parents)
        latest["resources"].remove(gone)
        lost[gone["urn"]] = gone["id"]
        note = {key: value for key, value in gone.items() if key not in {"id", "outputs", "protect"}}
        latest.setdefault("pending_operations", []).append({"resource": note, "type": "creating"})
    for item in latest["resources"]:
        item["dependencies"] = [urn for urn in item.get("dependencies") or [] if urn not in lost]
        needs = item.get("propertyDependencies") or {}
        item["propertyDependencies"] = {
            key: [urn for urn in urns or [] if urn not in lost] for key, urns in needs.items()
        }
    for note in latest["pending_operations"]:
        for key in ("dependencies", "propertyDependencies"):
            note["resource"].pop(key, None)
    file.write_text(json.dumps(state))
    return lost


def given(urn: str, identifier: str) -> str:
    return (
        documented("--import-pending-creates").replace("<urn>", urn).replace("<id>", identifier)
        + " --yes --skip-preview"
    )


def refused(world: World) -> str:
    """What an update says that meets things which exist already."""
    done = run(world, "pulumi up --yes --skip-preview --suppress-outputs")
    assert done.returncode != 0
    assert "interrupted while creating" in done.stdout, done.stdout
    return done.stdout


def test_a_release_whose_answer_was_lost_is_handed_to_the_state(world: World) -> None:
    def exists(name: str) -> bool:
        return world.cluster.get("v1", "ConfigMap", f"sh.helm.release.sandbox.{name}", name) is not None

    urn = kill_while_creating(world, "kubernetes:helm.sh/v3:Release", exists)
    locked = run(world, "pulumi up --yes --skip-preview")
    assert "the stack is currently locked" in locked.stdout + locked.stderr
    works(world, documented("cancel") + " --yes")
    assert re.search("already exists|cannot re-use a name that is still in use", refused(world))
    works(world, given(urn, "argocd/argocd"))
    assert urn not in pending(world)


def test_objects_whose_answer_was_lost_are_taken_over(world: World) -> None:
    def exists(name: str) -> bool:
        return world.cluster.get("argoproj.io/v1alpha1", "Application", name, "argocd") is not None

    kill_while_creating(world, "kubernetes:argoproj.io/v1alpha1:Application", exists)
    works(world, documented("cancel") + " --yes")
    assert re.search("already exists; if an interrupted update made it", refused(world))
    works(world, documented("--clear-pending-creates") + " --yes --skip-preview")
    assert not pending(world)
    works(world, documented("UPSERT") + " --yes --skip-preview")
    works(world, "pulumi up --yes --skip-preview")
    assert world.preview() == {}


def test_what_accounts_have_made_is_handed_to_the_state(world: World) -> None:
    lost = lose_answers(world)
    assert set(pending(world)) == set(lost)
    command = documented("--import-pending-creates").replace("'<urn>' --import-pending-creates '<id>'", "")
    pairs = " ".join(
        f"--import-pending-creates '{urn}' --import-pending-creates '{identifier}'" for urn, identifier in lost.items()
    )
    works(world, f"{command.removesuffix('--import-pending-creates ')} {pairs} --yes --skip-preview")
    assert not pending(world)
    works(world, "pulumi up --yes --skip-preview")
    assert world.preview() == {}


@pytest.mark.parametrize("kind", LOST)
def test_nothing_was_made_twice(world: World, kind: str) -> None:
    found = [item["id"] for item in world.engine.state()["deployment"]["resources"] if item["type"] == kind]
    assert len(found) == len(set(found))


def test_the_platform_is_whole(world: World) -> None:
    assert examination.run(world.sandbox.kubeconfig, None, world.engine.state()).healthy
