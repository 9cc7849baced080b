"""What tests of the sandbox share: a set of keys, which take a moment to make, and interrupts that arrive."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from sandbox import interrupts
from sandbox.cluster import Cluster
from sandbox.paths import Sandbox


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    """A sandbox with keys, which take a moment to make, and a kubeconfig. To be read only."""
    sandbox = Sandbox(root=tmp_path_factory.mktemp("made"))
    maker = Cluster(sandbox=sandbox, tools={}, stages=sandbox.root)
    maker._make_keys()
    maker._write_kubeconfig(6443)
    return sandbox


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Interrupts arrive, in the test and in what it starts.

    Tests that run in the background of a script, or under `nohup`, have some ignored, and a shell cannot even trap one
    that it inherits so.
    """
    with interrupts.kept():
        for number in interrupts.INTERRUPTS:
            signal.signal(number, signal.default_int_handler)
        yield
