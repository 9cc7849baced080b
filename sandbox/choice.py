"""Which Kubernetes plugin a sandbox runs with: our own, or the published one that the user has installed.

It is chosen in words and never found by accident, and a sandbox remembers it: the two keep different things in the
state, so that neither understands what the other has made.
"""

from __future__ import annotations

import os
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.paths import Sandbox

PLUGIN: Final = "HOMELAB_SANDBOX_PLUGIN"
"""Environment variable that names the plugin; `make up PLUGIN=real` sets it."""


class Plugin(StrEnum):
    """A Kubernetes plugin, by the word that chooses it."""

    OWN = "own"
    REAL = "real"


NAMES: Final = {Plugin.OWN: "the sandbox's own", Plugin.REAL: "the published"}


def chosen() -> Plugin:
    """What the environment asks for; without a word, our own.

    Raises:
        SandboxError: it asks for something that there is not.
    """
    word = os.environ.get(PLUGIN, "").strip()
    try:
        return Plugin(word or Plugin.OWN)
    except ValueError:
        known = " or ".join(Plugin)
        message = f"{PLUGIN}={word}: expected {known}, for example `make up PLUGIN={Plugin.REAL}`"
        raise SandboxError(message) from None


def settle(sandbox: Sandbox) -> Plugin:
    """The plugin that this sandbox runs with; it is remembered with the state.

    Raises:
        SandboxError: what is in the state was made by the other one.
    """
    wanted, made_by = chosen(), _made_by(sandbox)
    if made_by not in (None, wanted) and _has_objects(sandbox):
        message = (
            f"this sandbox's state was made by {NAMES[made_by]} Kubernetes plugin, which {NAMES[wanted]} one does not "
            f"understand: go on with PLUGIN={made_by}, or forget the sandbox with `make clean`"
        )
        raise SandboxError(message)
    sandbox.root.mkdir(parents=True, exist_ok=True)
    _record(sandbox).write_text(f"{wanted}\n")
    return wanted


def _record(sandbox: Sandbox) -> Path:
    return sandbox.root / "plugin"


def _made_by(sandbox: Sandbox) -> Plugin | None:
    """Who made the state; None for a sandbox that is new."""
    try:
        return Plugin(_record(sandbox).read_text().strip())
    except (FileNotFoundError, ValueError):
        pass
    # Sandboxes from before there was a record ran the published plugin through a link.
    linked = any(folder.is_symlink() for folder in plugins(sandbox).glob("resource-kubernetes-*"))
    if linked:
        return Plugin.REAL
    return Plugin.OWN if _has_objects(sandbox) else None


def _has_objects(sandbox: Sandbox) -> bool:
    """Whether there is an object of the cluster in the state of any of its stacks."""
    stacks = (sandbox.state / ".pulumi" / "stacks").rglob("*.json")
    # As bytes: a state that is damaged may hold anything.
    return any(
        b'"type": "kubernetes:' in text or b'"type":"kubernetes:' in text for text in map(Path.read_bytes, stacks)
    )


def plugins(sandbox: Sandbox) -> Path:
    """Where the sandbox's engine looks for plugins."""
    return sandbox.root / "pulumi" / "plugins"


def copy_published(sandbox: Sandbox, name: str) -> None:
    """Copy an installed plugin into the sandbox: Pulumi skips links, and what is linked could be written to.

    Raises:
        SandboxError: it is not installed.
    """
    target = plugins(sandbox) / name
    source = next((home / "plugins" / name for home in _homes(sandbox) if (home / "plugins" / name).is_dir()), None)
    if source is None:
        kind, _, version = name.removeprefix("resource-").rpartition("-v")
        message = (
            f"PLUGIN={Plugin.REAL}: {kind} {version} is not installed: get it with "
            f"`pulumi plugin install resource {kind} {version}`, in a shell that has not sourced the sandbox's `env`"
        )
        raise SandboxError(message)
    if not target.is_symlink() and _same(source, target):
        return
    discard(target)
    partial = target.with_name(f".{name}.partial")
    discard(partial)
    partial.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, partial)
    partial.rename(target)


def _homes(sandbox: Sandbox) -> list[Path]:
    """The user's own Pulumi homes: PULUMI_HOME, unless the shell has sourced a sandbox's `env`, then the default."""
    named = os.environ.get("PULUMI_HOME")
    own = Path(named).absolute() if named else None
    named_is_a_sandbox = own is not None and (own == sandbox.root / "pulumi" or (own.parent / "plugin").is_file())
    return [*([own] if own and not named_is_a_sandbox else []), Path.home() / ".pulumi"]


def _same(source: Path, target: Path) -> bool:
    """Whether the copy has the same files, of the same size and age."""

    def files(folder: Path) -> dict[str, tuple[int, int]]:
        found = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}

    return target.is_dir() and files(source) == files(target)


def discard(path: Path) -> None:
    """Remove a file, a link or a folder; never what a link leads to."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)
