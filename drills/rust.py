"""InfluxDB's language Flux is written in Rust, and whoever speaks it is linked to what Rust has made of it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.paths import cache
from sandbox.steps import Steps
from sandbox.tools import Program

CARGO: Final = """\
#!/bin/sh
cd flux && exec cargo "$@" --no-default-features --features cffi
"""
"""Flux as a library, without the feature that takes every warning for an error: newer compilers warn of more."""


class LinkedToFlux(Program):
    """A program that Go and Rust build together; Go finds Rust's part by a program that it asks for libraries."""

    def environment(self, steps: Steps) -> Mapping[str, str]:
        """The way from Go to Rust's compiler.

        Raises:
            SandboxError: Rust is not installed.
        """
        if shutil.which("cargo") is None:
            message = f"cargo: not found; install Rust, a part of {self.name} is written in it"
            raise SandboxError(message)
        finder = Program(
            name="pkg-config", module=self.module, package="github.com/influxdata/pkg-config", first_time="10 s"
        )
        return {
            "CGO_ENABLED": "1",
            "PKG_CONFIG": str(finder.ensure(steps)),
            "CARGO": str(_cargo()),
            # Flux names an old version that nobody has installed.
            "RUSTUP_TOOLCHAIN": "stable",
        }


def _cargo() -> Path:
    """What is called in the place of Rust's own command."""
    path = cache() / "cargo-for-flux"
    half = path.with_suffix(".half")
    half.write_text(CARGO)
    half.chmod(0o755)
    half.rename(path)
    return path
