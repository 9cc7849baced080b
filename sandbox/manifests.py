"""Manifests that come out of Go modules: the controllers' CRDs, and how kwok's nodes and pods live."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import golang, yaml_text
from sandbox.controllers.stages import gate
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, Sandbox, cache
from sandbox.steps import Steps

WRITTEN: Final = REPOSITORY / "sandbox" / "crds_written"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Manifests of one module."""

    name: str
    module: str
    """Folder below `tools/` that pins the module."""
    path: str
    """The module's own path."""
    patterns: tuple[str, ...]
    """Files inside the module."""
    kind: str
    """Only files that hold this kind are taken."""
    change: Callable[[str], str] = str

    def ensure(self, steps: Steps) -> Path:
        """Folder with the manifests, extracted once."""
        folder = cache() / f"{self.name}-manifests-{golang.key(self.module, *self.patterns, _source(self.change))}"
        whole = folder / "whole"
        if not whole.exists():
            with steps.step(f"Fetch the manifests of {self.name} (once)"), golang.locked(folder):
                files = list(self._files(golang.module_folder(self.module, self.path)))
                if not files:
                    message = f"{self.path}: no {self.kind} in {', '.join(self.patterns)}; correct sandbox/manifests.py"
                    raise SandboxError(message)
                for file in files:
                    (folder / f"{file.parent.name}-{file.name}").write_text(self.change(file.read_text()))
                whole.touch()
        return folder

    def _files(self, module: Path) -> Iterator[Path]:
        for pattern in self.patterns:
            for file in sorted(module.glob(pattern)):
                if any(document and document.get("kind") == self.kind for document in _documents(file)):
                    yield file


def _source(change: Callable[[str], str]) -> str:
    """What a change does, for the cache's key; a manifest that is taken as it is has none."""
    return "" if change is str else inspect.getsource(inspect.getmodule(change) or change)


def _documents(file: Path) -> list[dict[str, object] | None]:
    return [document if isinstance(document, dict) else None for document in yaml_text.documents(file.read_text())]


CRDS: Final = (
    Bundle(
        name="argo-cd",
        module="crds-argo-cd",
        path="github.com/argoproj/argo-cd/v3",
        patterns=("manifests/crds/*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="cert-manager",
        module="crds-cert-manager",
        path="github.com/cert-manager/cert-manager",
        patterns=("deploy/crds/*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="cloudnative-pg",
        module="crds-cloudnative-pg",
        path="github.com/cloudnative-pg/cloudnative-pg",
        patterns=("config/crd/bases/*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="plugin-barman-cloud",
        module="crds-plugin-barman-cloud",
        path="github.com/cloudnative-pg/plugin-barman-cloud",
        patterns=("config/crd/bases/*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="prometheus-operator",
        module="crds-prometheus-operator",
        path="github.com/prometheus-operator/prometheus-operator",
        patterns=("example/prometheus-operator-crd/*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="traefik",
        module="crds-traefik",
        path="github.com/traefik/traefik/v3",
        patterns=("docs/content/reference/dynamic-configuration/traefik.io_*.yaml",),
        kind="CustomResourceDefinition",
    ),
    Bundle(
        name="volsync",
        module="crds-volsync",
        path="github.com/backube/volsync",
        patterns=("config/crd/bases/*.yaml",),
        kind="CustomResourceDefinition",
    ),
)
STAGES: Final = Bundle(
    name="kwok",
    module="kwok",
    path="sigs.k8s.io/kwok",
    patterns=tuple(f"kustomize/stage/{part}/*.yaml" for part in ("node/fast", "node/heartbeat-with-lease", "pod/fast")),
    kind="Stage",
    # A pod becomes ready only when what it refers to exists, as with a real kubelet.
    change=gate,
)


def install_crds(sandbox: Sandbox, steps: Steps) -> None:
    """Put every controller's CRDs where the simulated controllers look for them: a chart brings its own."""
    sandbox.crds.mkdir(parents=True, exist_ok=True)
    for name, folder in {**{bundle.name: bundle.ensure(steps) for bundle in CRDS}, "onepassword": WRITTEN}.items():
        link = sandbox.crds / name
        link.unlink(missing_ok=True)
        link.symlink_to(folder)
