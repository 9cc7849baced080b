"""Programs of the system's: installed where this may be done, and otherwise named with the way to get them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.steps import Steps

UNATTENDED: Final = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
"""No questions, and (by the run level of a machine with one user) no service that is started with its installation."""


def ensure(packages: Mapping[str, str], steps: Steps) -> dict[str, Path]:
    """Where each program is, by name; the mapping says which Debian package has it.

    Raises:
        SandboxError: a package is missing and cannot be installed.
    """
    if missing := _missing(packages):
        if os.geteuid() == 0 and shutil.which("apt-get"):
            with steps.step(f"Install {' '.join(missing)} (a package of the system's)"):
                _install(missing)
        missing = _missing(packages)
    if missing:
        raise SandboxError(f"needs packages of the system's: `apt-get install {' '.join(missing)}`")
    return {name: Path(path) for name in packages if (path := shutil.which(name))}


def _missing(packages: Mapping[str, str]) -> list[str]:
    return sorted({package for name, package in packages.items() if shutil.which(name) is None})


def _install(packages: list[str]) -> None:
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    # A list of packages that is missing or old has names that are gone.
    for command in (install, ["apt-get", "update", "--quiet"], install):
        done = subprocess.run(command, env={**os.environ, **UNATTENDED}, check=False, capture_output=True)
        if command is install and done.returncode == 0:
            return
