"""Keys take a moment to make: one set for every test that only reads them."""

from __future__ import annotations

import pytest

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
