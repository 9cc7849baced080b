"""Every path of one clone's sandbox, in one place."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
"""The clone that this package belongs to."""

ENV = "HOMELAB_SANDBOX"
"""Environment variable by which plugins and controllers are told the sandbox's folder."""


CACHE_ENV = "HOMELAB_SANDBOX_CACHE"
"""Environment variable that names another folder for what is built once."""


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The folder that holds everything of one running sandbox."""

    root: Path

    @classmethod
    def of_clone(cls) -> Sandbox:
        """The sandbox of this clone: the folder that the environment names, or `.sandbox` beside the program."""
        return cls(root=Path(os.environ.get(ENV, REPOSITORY / ".sandbox")).absolute())

    @property
    def kubeconfig(self) -> Path:
        """Admin credentials of the sandbox's API server."""
        return self.root / "kubeconfig"

    @property
    def env(self) -> Path:
        """Shell file to be sourced: afterwards plain `pulumi` and `kubectl` talk to the sandbox."""
        return self.root / "env"

    @property
    def bin(self) -> Path:
        """Executables put first on PATH: the pulumi wrapper and the provider plugins."""
        return self.root / "bin"

    @property
    def state(self) -> Path:
        """Pulumi's file backend."""
        return self.root / "state"

    @property
    def unfinished(self) -> Path:
        """Is there while an update has begun and has not ended well."""
        return self.root / "unfinished"

    @property
    def project(self) -> Path:
        """The stack configuration that the sandbox runs with: the committed one plus stand-ins for secrets."""
        return self.root / "project"

    @property
    def logs(self) -> Path:
        """One log per process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """One pid file per process."""
        return self.root / "run"

    @property
    def pki(self) -> Path:
        """Certificates and keys of the control plane."""
        return self.root / "pki"

    @property
    def etcd(self) -> Path:
        """Etcd's data."""
        return self.root / "etcd"

    @property
    def crds(self) -> Path:
        """One folder per controller with the CRD manifests that its chart brings."""
        return self.root / "crds"

    @property
    def charts(self) -> Path:
        """A link to the folder of packages that charts are taken from; without it they are the stand-ins."""
        return self.root / "charts"

    def packages(self) -> Path | None:
        """The folder of packages that charts are taken from, if they are not the stand-ins."""
        return self.charts.readlink() if self.charts.is_symlink() else None

    def account(self, name: str) -> Path:
        """The file of the simulated account `name` (cloudflare, authentik, onepassword)."""
        return self.root / "accounts" / f"{name}.json"


def cache() -> Path:
    """Folder for what is built once and reused by every clone of this user."""
    base = os.environ.get(CACHE_ENV)
    if base:
        return Path(base).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "homelab-sandbox"
