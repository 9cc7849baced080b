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

from doctor import examination
from sandbox.paths import REPOSITORY
from sandbox.plugins.accounts.account import objects
from tests.support.world import World

RUNBOOK: Final = REPOSITORY / "docs" / "runbooks" / "interrupted-update.md"
LIMIT_SECONDS: Final = 120
UPSERT: Final = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"
LOST: Final = {
    "cloudflare": "cloudflare:index/dnsRecord:DnsRecord",
    "onepassword": "onepassword:index/item:Item",
    "authentik": "authentik:index/policyBinding:PolicyBinding",
}
"""A kind of each account; which one of it does not matter, as long as nothing refers to it yet."""
KNOWN_BY: Final = {"name", "title", "slug", "type", "target", "policy", "order"}
"""Properties by which somebody finds on an account's pages what was made."""


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
    """Make the state as if the engine had been killed before it heard of one thing of each account; ids by account."""
    file = checkpoint(world)
    state = json.loads(file.read_text())
    latest = state["checkpoint"]["latest"]
    needed = {urn for item in latest["resources"] for urn in (*(item.get("dependencies") or []), item.get("parent"))}
    lost: dict[str, str] = {}
    for account, kind in LOST.items():
        gone = next(item for item in latest["resources"] if item["type"] == kind and item["urn"] not in needed)
        latest["resources"].remove(gone)
        lost[account] = gone["id"]
        note = {key: value for key, value in gone.items() if key not in {"id", "outputs", "protect"}}
        latest.setdefault("pending_operations", []).append({"resource": note, "type": "creating"})
    file.write_text(json.dumps(state))
    return lost


def delete_by_hand(world: World, account: str, identifier: str) -> None:
    """What somebody does on the account's own pages."""
    with world.account(account).edit() as data:
        kind = LOST[account].rpartition(":")[2]
        del objects(data, kind)[identifier.rpartition("/")[2]]


def delete_what_accounts_were_making(world: World) -> None:
    """The runbook's second step, for what an account was asked for in the very moment of the kill."""
    latest = json.loads(checkpoint(world).read_text())["checkpoint"]["latest"]
    for note in latest.get("pending_operations") or []:
        account, _, kind = note["resource"]["type"].partition(":")
        if account in LOST:
            wanted = {key: value for key, value in note["resource"]["inputs"].items() if key in KNOWN_BY}
            with world.account(account).edit() as data:
                made = objects(data, kind.rpartition(":")[2])
                for own in [own for own, item in made.items() if wanted and wanted.items() <= item.items()]:
                    del made[own]


def refused(world: World) -> str:
    """What an update says that meets things which exist already."""
    done = run(world, "pulumi up --yes --skip-preview --suppress-outputs")
    assert done.returncode != 0
    assert "interrupted while creating" in done.stdout, done.stdout
    return done.stdout


def test_a_release_whose_answer_was_lost_is_made_anew(world: World) -> None:
    def record(name: str) -> Any:
        return world.cluster.get("v1", "ConfigMap", f"sh.helm.release.sandbox.{name}", name)

    kill_while_creating(world, "kubernetes:helm.sh/v3:Release", lambda name: record(name) is not None)
    locked = run(world, "pulumi up --yes --skip-preview")
    assert "the stack is currently locked" in locked.stdout + locked.stderr
    works(world, documented("cancel") + " --yes")
    delete_what_accounts_were_making(world)
    assert re.search("already exists|cannot re-use a name that is still in use", refused(world))
    world.cluster.delete("v1", "ConfigMap", "sh.helm.release.sandbox.argocd", "argocd")
    give_up = time.monotonic() + LIMIT_SECONDS
    while record("argocd") is not None:
        assert time.monotonic() < give_up
        time.sleep(0.2)
    works(world, documented("--clear-pending-creates") + " --yes --skip-preview")
    assert not pending(world)


def test_objects_whose_answer_was_lost_are_taken_over(world: World) -> None:
    def exists(name: str) -> bool:
        return world.cluster.get("argoproj.io/v1alpha1", "Application", name, "argocd") is not None

    kill_while_creating(world, "kubernetes:argoproj.io/v1alpha1:Application", exists)
    works(world, documented("cancel") + " --yes")
    delete_what_accounts_were_making(world)
    assert re.search("already exists; if an interrupted update made it", refused(world))
    works(world, documented("--clear-pending-creates") + " --yes --skip-preview")
    assert not pending(world)
    works(world, documented("UPSERT") + " --yes --skip-preview")
    works(world, "pulumi up --yes --skip-preview")
    assert world.preview() == {}


def test_what_accounts_have_made_is_deleted_and_made_anew(world: World) -> None:
    lost = lose_answers(world)
    assert len(pending(world)) == len(lost)
    for account, identifier in lost.items():
        delete_by_hand(world, account, identifier)
    works(world, documented("--clear-pending-creates") + " --yes --skip-preview")
    works(world, documented("UPSERT") + " --yes --skip-preview")
    works(world, "pulumi up --yes --skip-preview")
    assert world.preview() == {}


def test_the_platform_is_whole(world: World) -> None:
    assert examination.run(world.sandbox.kubeconfig, None, world.engine.state()).healthy
