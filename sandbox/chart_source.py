"""Where the sandbox's charts come from: its own stand-ins, a folder of packages, or the charts' own repositories.

It is chosen in words and never found by accident, and a sandbox remembers it. One may go from one to the other at any
time: what they render are ordinary objects, which the simulated Argo CD and Helm bring up to date.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from components import versions
from sandbox import golang
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox, cache
from sandbox.rendering import helm
from sandbox.steps import Steps

CHARTS: Final = "HOMELAB_SANDBOX_CHARTS"
"""Environment variable that names the source; `make up CHARTS=...` sets it."""
STAND_IN: Final = "stand-in"
REAL: Final = "real"


def settle(sandbox: Sandbox, steps: Steps) -> bool:
    """Remember what the environment asks for, if it asks for anything; whether that is another source than before.

    Raises:
        SandboxError: as `folder` has it.
    """
    word = os.environ.get(CHARTS, "").strip()
    if not word:
        return False
    before, wanted = sandbox.packages(), folder(word, steps)
    if before == wanted:
        return False
    sandbox.root.mkdir(parents=True, exist_ok=True)
    sandbox.charts.unlink(missing_ok=True)
    if wanted is not None:
        sandbox.charts.symlink_to(wanted)
    return True


def folder(word: str, steps: Steps) -> Path | None:
    """The folder of packages that a word stands for; None for the stand-ins.

    Raises:
        SandboxError: there is no such folder, it holds no chart, or a repository does not give its chart.
    """
    if word == STAND_IN:
        return None
    if word == REAL:
        return _pulled(steps)
    path = Path(word).absolute()
    if not any(path.glob("*.tgz")):
        message = (
            f"CHARTS={word}: expected `{REAL}`, `{STAND_IN}`, or a folder with packages of charts as `helm package` "
            f"and `helm pull` write them (argo-cd-9.1.4.tgz); {path} has none"
        )
        raise SandboxError(message)
    return path


def _pulled(steps: Steps) -> Path:
    """The pinned charts, each fetched once from its repository."""
    target = cache() / "charts"
    pins = [pin for pin in versions.pins().values() if isinstance(pin, versions.Chart)]
    missing = [pin for pin in pins if not (target / f"{pin.name}-{pin.version}.tgz").exists()]
    for pin in missing:
        with steps.step(f"Fetch chart {pin.name} {pin.version} (once)"), golang.locked(target):
            _pull(pin, target)
    return target


def _pull(pin: versions.Chart, target: Path) -> None:
    with tempfile.TemporaryDirectory(dir=target) as half:
        try:
            helm.run(["pull", pin.name, "--repo", pin.repository, "--version", pin.version, "--destination", half])
        except helm.HelmError as error:
            message = (
                f"CHARTS={REAL}: {pin.repository} does not give chart {pin.name} {pin.version}: {error}; "
                f"CHARTS=<folder> takes packages that you have, and CHARTS={STAND_IN} the sandbox's stand-ins"
            )
            raise SandboxError(message) from error
        for file in Path(half).iterdir():
            file.rename(target / file.name)
