"""A bucket outside the house: an S3 gateway over a folder."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import urllib3

from drills.errors import DrillError
from sandbox.cluster import free_ports

ACCESS_KEY: Final = "drill"
SECRET_KEY: Final = "drillsecretkey0000"  # noqa: S105 - of a gateway on loopback that ends with the drill
START_SECONDS: Final = 20.0


@contextmanager
def serving(program: Path, folder: Path, bucket: str) -> Iterator[str]:
    """Its `host:port`, while the block runs; the bucket is there.

    Raises:
        DrillError: it does not answer in time.
    """
    (folder / bucket).mkdir(parents=True)
    (port,) = free_ports(1)
    address = f"127.0.0.1:{port}"
    # Without extended attributes: not every disk that a drill runs on has them, and restic asks for none.
    command = [str(program), "--port", address, "--health", "/health", "posix", "--nometa", str(folder)]
    keys = {"ROOT_ACCESS_KEY_ID": ACCESS_KEY, "ROOT_SECRET_ACCESS_KEY": SECRET_KEY}
    with (
        (folder.parent / "gateway.log").open("w") as log,
        subprocess.Popen(command, env=keys, stdout=log, stderr=subprocess.STDOUT) as process,
    ):
        try:
            _wait(process, address)
            yield address
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib3.request("GET", f"http://{address}/health", timeout=2.0, retries=False)
        except urllib3.exceptions.HTTPError:
            time.sleep(0.1)
        else:
            return
    message = f"the S3 gateway does not answer at {address}: ended with {process.poll()}"
    raise DrillError(message)
