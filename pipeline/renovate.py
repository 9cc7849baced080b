"""Renovate itself, run over a clean checkout of what is committed. It needs neither an account nor a network.

It is installed into the cache once, from `tools/renovate/package.json`, with the Node that it needs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from pipeline import extraction, pinned
from pipeline.errors import PipelineError
from sandbox import golang
from sandbox.paths import REPOSITORY, cache
from sandbox.steps import Steps

PACKAGE: Final = REPOSITORY / "tools" / "renovate" / "package.json"
KEPT: Final = ("PATH", "LANG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""Of the caller's environment: Renovate gets no token and no account, whatever the caller has."""
INSTALL_SECONDS: Final = 1200
RUN_SECONDS: Final = 600


def check(console: Console) -> bool:
    """Validate renovate.json, let Renovate look, and hold what it found against the pins; whether all is well.

    Raises:
        PipelineError: Renovate cannot be installed or does not run.
    """
    steps = Steps(console)
    programs = _installed(steps)
    if _git("status", "--porcelain"):
        console.print("Something is not committed: Renovate looks at the last commit only.")
    with tempfile.TemporaryDirectory(prefix="homelab-renovate-") as folder:
        checkout, report = Path(folder) / "checkout", Path(folder) / "report.json"
        _git("clone", "--quiet", str(REPOSITORY), str(checkout))
        environment = _environment(programs, Path(folder))
        with steps.step("Validate renovate.json"):
            _run(
                [programs / "renovate-config-validator", "--strict", "--no-global", "renovate.json"],
                checkout,
                environment,
            )
        with steps.step("Let Renovate look for what is pinned"):
            given = {**environment, "RENOVATE_REPORT_TYPE": "file", "RENOVATE_REPORT_PATH": str(report)}
            _run([programs / "renovate", "--platform=local", "--dry-run=extract"], checkout, given)
        found, complaints = extraction.read(_json(report))
        return extraction.show(extraction.compare(pinned.of(checkout), found), complaints, console)


def _installed(steps: Steps) -> Path:
    """Folder of its programs."""
    folder = cache() / f"renovate-{hashlib.sha256(PACKAGE.read_bytes()).hexdigest()[:12]}"
    programs = folder / "node_modules" / ".bin"
    whole = folder / "whole"
    if not whole.exists():
        with steps.step("Install Renovate (once; about 3 min, 560 MB)"), golang.locked(folder):
            if not whole.exists():
                shutil.copyfile(PACKAGE, folder / PACKAGE.name)
                # Scripts of packages are left out, but for the one that puts the Node of this machine in its place.
                quiet = ("--no-audit", "--no-fund", "--loglevel=error")
                _run(["npm", "install", "--ignore-scripts", *quiet], folder, dict(os.environ), INSTALL_SECONDS)
                _run(["npm", "rebuild", "node", "--loglevel=error"], folder, dict(os.environ), INSTALL_SECONDS)
                whole.touch()
    return programs


def _environment(programs: Path, home: Path) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    node = programs.parent / "node" / "bin"
    return {
        **kept,
        "PATH": f"{node}{os.pathsep}{kept.get('PATH', '')}",
        "HOME": str(home),
        "RENOVATE_BASE_DIR": str(home / "base"),
        "LOG_LEVEL": "warn",
    }


def _run(command: list[str | Path], folder: Path, environment: Mapping[str, str], seconds: float = RUN_SECONDS) -> None:
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=seconds
        )
    except FileNotFoundError:
        message = f"{name}: not found; `make renovate` needs npm (of Node 20 or newer)"
        raise PipelineError(message) from None
    except subprocess.TimeoutExpired:
        message = f"{name}: not done after {seconds:.0f} s; try again when the machine has less to do"
        raise PipelineError(message) from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip() or f"it ended with code {done.returncode} and said nothing"
        raise PipelineError(f"{name}: {said}")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = " ".join(done.stderr.split())
        message = f"git {arguments[0]}: {reason}; `make renovate` looks at a checkout of Git's"
        raise PipelineError(message)
    return done.stdout


def _json(file: Path) -> Mapping[str, Any]:
    try:
        report: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        message = "renovate: it ended without a report; run it by hand: docs/pull-requests.md says how"
        raise PipelineError(message) from None
    return report
