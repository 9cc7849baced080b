"""Namespaces of a drill's own, where the kernel permits it: its network, and its processes.

Ports are then free, nobody outside can call in, and the kernel ends what a drill has left behind. They have no names:
with the last process they are gone. Root needs nothing for it, anybody else a kernel with user namespaces. Where there
is neither, a drill runs on the machine's loopback.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Final

UNSHARE: Final = ("unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child=SIGTERM")
"""If `unshare` itself is killed, the drill inside is asked to end, and ends what it has started."""
AS_ROOT: Final = ("--user", "--map-root-user")
DIES_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL")
POD_NETWORK: Final = (
    ("link", "set", "lo", "up"),
    ("link", "add", "pods", "type", "bridge"),
    ("address", "add", "10.99.0.1/24", "dev", "pods"),
    ("link", "set", "pods", "up"),
    # Nobody is there; but without a default route kube-apiserver does not start.
    ("route", "add", "default", "via", "10.99.0.254", "dev", "pods"),
)
"""Arguments of `ip`: a loopback, and a bridge on which pods can have addresses."""


def prefix() -> list[str]:
    """What to put before a command so that it runs in namespaces of its own; empty if that cannot be had."""
    for unshare in (UNSHARE, (*UNSHARE, *AS_ROOT)):
        command = [*DIES_WITH_PARENT, *unshare]
        if _succeeds([*command, "ip", *POD_NETWORK[0]]):
            return command
    return []


def inside() -> bool:
    """Whether this process is in namespaces of a drill's own: there it is the first."""
    return os.getpid() == 1


def furnish() -> None:
    """Make the network of the namespace that this process is in."""
    for arguments in POD_NETWORK:
        subprocess.run(["ip", *arguments], check=True, capture_output=True)


def run(command: Sequence[str]) -> int:
    """Run a command in its namespaces to its end; its exit code.

    It is told by `--held N` of a pipe that it keeps open as long as it runs: an interrupt is passed on, and waited for.
    """
    ours, theirs = os.pipe()
    try:
        with subprocess.Popen([*command, "--held", str(theirs)], pass_fds=(theirs,)) as child:
            os.close(theirs)
            try:
                return child.wait()
            except BaseException:
                child.kill()
                os.read(ours, 1)
                raise
    finally:
        os.close(ours)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False
