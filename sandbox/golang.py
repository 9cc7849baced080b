"""The Go toolchain: builds programs from modules, and hands out what lies in a module.

Every module is pinned by a `go.mod` and a `go.sum` of its own below `tools/`, so what is built and read is what was
committed, checked by its hash. A module whose command is none that can be had brings a `main` of its own beside them.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sandbox import pins
from sandbox.errors import SandboxError
from sandbox.pins import TOOLS

ATTEMPTS: Final = 4
"""A download that times out is worth another try; the module cache keeps what came through."""
RETRY_SECONDS: Final = 5.0
PASSING: Final = ("timeout", "timed out", "connection reset", "unexpected EOF", "TLS handshake")
ENVIRONMENT: Final = {
    "CGO_ENABLED": "0",
    # A toolchain of another version is not fetched: the one that is installed has to do.
    "GOTOOLCHAIN": "local",
    "GOFLAGS": "-mod=readonly",
    "GOWORK": "off",
}


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Two clones that make the same thing take turns, and the second finds it done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def key(module: str, *more: str) -> str:
    """Names what the committed module and the arguments determine, for use in a cache."""
    digest = hashlib.sha256()
    for path in (TOOLS / module / "go.mod", TOOLS / module / "go.sum", *sorted((TOOLS / module).glob("*.go"))):
        digest.update(path.read_bytes())
    digest.update("\0".join(more).encode())
    return digest.hexdigest()[:12]


def build(
    module: str,
    package: str,
    ldflags: str,
    output: Path,
    log: Path,
    *,
    tags: str = "",
    environment: Mapping[str, str] | None = None,
) -> None:
    """Build a package of the module `tools/<module>`; `output` appears only when it is whole.

    `tags` are separated by commas; `environment` is what the build needs beside Go's own.

    Raises:
        SandboxError: no Go, or the build failed; names the log.
    """
    half = output.with_suffix(".half")
    tagged = ["-tags", tags] if tags else []
    command = ["go", "build", "-trimpath", *tagged, "-ldflags", f"-s -w {ldflags}".strip(), "-o", str(half), package]
    _go(command, TOOLS / module, f"building {output.name}", log, environment)
    half.rename(output)


def module_folder(module: str, path: str) -> Path:
    """Where the module cache has the module `path`, a requirement of `tools/<module>`; downloaded if need be."""
    printed = _go(["go", "mod", "download", "-json", path], TOOLS / module, f"downloading {path}", None)
    return Path(json.loads(printed)["Dir"])


def _go(
    command: Sequence[str], folder: Path, what: str, log: Path | None, environment: Mapping[str, str] | None = None
) -> str:
    for attempt in range(1, ATTEMPTS + 1):
        done = _run(command, folder, environment or {})
        if done.returncode == 0:
            return done.stdout
        said = done.stderr.strip() or _error_of(done.stdout)
        if log:
            log.write_text(said)
        if attempt < ATTEMPTS and any(word in said for word in PASSING):
            time.sleep(RETRY_SECONDS)
            continue
        last = (said or "it printed nothing").splitlines()[-1]
        message = f"{what}: {last[:300]}" + (f" (log: {log})" if log else "")
        raise SandboxError(message)
    raise AssertionError(what)


def _error_of(printed: str) -> str:
    """The reason in what `go mod download -json` printed: it says nothing on standard error."""
    try:
        return str(json.loads(printed).get("Error", ""))
    except ValueError:
        return printed.strip()


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **ENVIRONMENT, **environment}
    try:
        return subprocess.run(command, cwd=folder, env=whole, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        message = f"go: not found; install Go {pins.go()} or newer, which the sandbox's tools are built with"
        raise SandboxError(message) from None
