"""A sandbox of a drill's own: real parts for some of its controllers, and what a drill needs in vault and settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from sandbox import lifecycle
from sandbox.engine import Engine
from sandbox.lifecycle import CONTROLLERS, Lifecycle
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.processes import Process
from sandbox.stackfile import structured

UP: Final = ("up", "--yes", "--skip-preview", "--suppress-outputs")
"""An update that asks nobody and shows nothing."""
GONE: Final[Mapping[str, Any]] = {"enabled": False, "data": "removed"}
"""A part of the platform that is not there."""


@contextmanager
def home(folder: Path, console: Console, *, without: Sequence[str] = (), checkpoints: bool = False) -> Iterator[Engine]:
    """A running sandbox's engine; everything in it ends with the block, and with this process.

    Without `checkpoints`, which take most of an update's time, a pulumi that is killed leaves nothing to go on from.
    """
    cycle = Lifecycle(
        sandbox=Sandbox(root=folder / ".sandbox"),
        console=console,
        bound=True,
        without=tuple(without),
        checkpoints=checkpoints,
    )
    try:
        with cycle.started() as engine:
            yield engine
    finally:
        cycle.stop_all()


def up(engine: Engine) -> None:
    """Bring the whole platform up.

    Raises:
        SandboxError: it does not come up; with what the engine said.
    """
    engine.read(*UP)


def restart_controllers(engine: Engine, *, without: Sequence[str]) -> None:
    """Have the simulated controllers of a running sandbox begin anew, but for some, by their names.

    Raises:
        SandboxError: they do not start.
    """
    Process(sandbox=engine.sandbox, name=CONTROLLERS).stop()
    lifecycle.start_controllers(engine, without)


def put_into_vault(engine: Engine, items: Mapping[str, Mapping[str, str]]) -> None:
    """Put items into the simulated vault, by their ids: the fields' values by label."""
    with Account(engine.sandbox.account("onepassword")).edit() as account:
        vault = next(iter(account["vaults"]))
        for uuid, fields in items.items():
            account["items"][uuid] = {
                "vault": vault,
                "title": f"{uuid} of the drill",
                "category": "secure_note",
                "version": 1,
                "fields": [
                    {"id": label, "label": label, "section": "", "type": "CONCEALED", "value": value}
                    for label, value in fields.items()
                ],
            }


def configure(engine: Engine, sections: Mapping[str, Any]) -> None:
    """Write whole sections of the stack file that the sandbox runs with, by their names."""
    entries = {f"homelab:{key}": structured(value) for key, value in sections.items()}
    engine.read("config", "set-all", "--config-file", str(engine.stack_file), "--json", json.dumps(entries))


def spare_monitoring(engine: Engine) -> None:
    """Have the stack do without monitoring, a third of its resources, where a drill is not about it."""
    configure(engine, {"monitoring": GONE})


def spare_most(engine: Engine, *kept: str) -> None:
    """Have it do without monitoring and without all applications but some: what there are many of, a few stand for."""
    apps = {name: given if name in kept else GONE for name, given in engine.plain("apps").items()}
    configure(engine, {"monitoring": GONE, "apps": apps})
