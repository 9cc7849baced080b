"""The programs that the sandbox runs, built once from Go modules and shared by every clone.

A build that is interrupted goes on where it was: Go keeps what it has compiled, and a program appears in the cache only
when it is whole.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import golang, pins
from sandbox.paths import cache
from sandbox.steps import Steps

SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
PULUMI_VERSION: Final = pins.go_module("pulumi", "github.com/pulumi/pulumi/pkg/v3")
HELM_VERSION: Final = pins.go_module("helm", "helm.sh/helm/v3")
KUBERNETES_VERSION: Final = pins.go_module("kubernetes", "k8s.io/kubernetes")
QUIET: Final = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
"""Keeps a pulumi that is only asked for its version from writing what it finds out into the user's own folder."""
LAUNCHER: Final = "pulumi-language-python-exec"
"""The script by which the language host starts a Python program."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program and where its source is."""

    name: str
    module: str
    """Folder below `tools/`."""
    package: str
    first_time: str
    """About how long two cores need for it when nothing is compiled yet."""
    ldflags: str = ""
    tags: str = ""
    """What of it is built, where it leaves that to be chosen; separated by commas."""

    def ensure(self, steps: Steps) -> Path:
        """The built program."""
        folder = cache() / f"{self.name}-{self._key()}"
        path = folder / self.name
        if not path.exists():
            environment = self.environment(steps)
            with steps.step(f"Build {self.name} (once; about {self.first_time})"), golang.locked(folder):
                if not path.exists():
                    log = folder / "build.log"
                    golang.build(
                        self.module, self.package, self.ldflags, path, log, tags=self.tags, environment=environment
                    )
        return path

    def environment(self, steps: Steps) -> Mapping[str, str]:
        """What its build needs beside Go itself; made here, if it has to be made."""
        del steps
        return {}

    def _key(self) -> str:
        tags = (self.tags,) if self.tags else ()
        return golang.key(self.module, self.package, self.ldflags, *tags)


_VERSIONED = f"-X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"
CONTROL_PLANE: Final = (
    Program(name="etcd", module="etcd", package="go.etcd.io/etcd/server/v3", first_time="20 s"),
    Program(
        name="kube-apiserver",
        module="kubernetes",
        package="k8s.io/kubernetes/cmd/kube-apiserver",
        first_time="3 min",
        ldflags=_VERSIONED,
    ),
    Program(
        name="kube-controller-manager",
        module="kubernetes",
        package="k8s.io/kubernetes/cmd/kube-controller-manager",
        first_time="1 min",
        ldflags=_VERSIONED,
    ),
    Program(
        name="kube-scheduler",
        module="kubernetes",
        package="k8s.io/kubernetes/cmd/kube-scheduler",
        first_time="10 s",
        ldflags=_VERSIONED,
    ),
    Program(name="kwok", module="kwok", package="sigs.k8s.io/kwok/cmd/kwok", first_time="1 min"),
)
KUBECTL: Final = Program(
    name="kubectl",
    module="kubernetes",
    package="k8s.io/kubernetes/cmd/kubectl",
    first_time="30 s",
    ldflags=f"{_VERSIONED} -X k8s.io/client-go/pkg/version.gitVersion={KUBERNETES_VERSION}",
)
"""For the sandbox's shell, in which every command of the documents is there."""
PULUMI: Final = Program(
    name="pulumi",
    module="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    first_time="4 min",
    ldflags=f"-X {SDK}/go/common/version.Version={PULUMI_VERSION}",
)
LANGUAGE_HOST: Final = Program(
    name="pulumi-language-python",
    module="pulumi-language-python",
    package=f"{SDK}/python/cmd/pulumi-language-python",
    first_time="20 s",
)
HELM: Final = Program(
    name="helm",
    module="helm",
    package="helm.sh/helm/v3/cmd/helm",
    first_time="1 min",
    ldflags=f"-X helm.sh/helm/v3/internal/version.version={HELM_VERSION}",
)
PROMTOOL: Final = Program(
    name="promtool",
    module="prometheus",
    package="github.com/prometheus/prometheus/cmd/promtool",
    first_time="3 min",
)
"""Checks and tests rules; built when a test asks for it."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """Where everything is."""

    pulumi: Path
    """The engine's command line; the Python language host is beside it."""
    bin: Mapping[str, Path]
    """The control plane's programs by name."""
    commands: Mapping[str, Path]
    """What the sandbox's shell has besides pulumi, by name."""
    helm: Path
    """Renders charts."""


def ensure(steps: Steps) -> Tools:
    """Every program, built if it is missing; an installed pulumi of the right version is used as it is."""
    control_plane = {program.name: program.ensure(steps) for program in CONTROL_PLANE}
    commands = {KUBECTL.name: KUBECTL.ensure(steps)}
    helm = HELM.ensure(steps)
    return Tools(pulumi=engine(steps), bin=control_plane, commands=commands, helm=helm)


def engine(steps: Steps) -> Path:
    """The engine's command line: an installed one that will do, or our own, built if it is missing."""
    return installed_pulumi() or _engine(PULUMI.ensure(steps), LANGUAGE_HOST.ensure(steps))


def _engine(pulumi: Path, host: Path) -> Path:
    """The engine with its language host beside it, which is where it looks: the pair has a folder of its own."""
    folder = cache() / f"engine-{pulumi.parent.name[-12:]}-{host.parent.name[-12:]}"
    with golang.locked(folder):
        if not (folder / PULUMI.name).exists():
            # The launcher is of the engine's version: that of the older host does not know the program's newer SDK.
            launcher = golang.module_folder("pulumi", SDK) / "python" / "cmd" / LAUNCHER
            # The engine last: where it is, the others are.
            for source in (launcher, host, pulumi):
                half = folder / f"{source.name}.half"
                shutil.copyfile(source, half)
                half.chmod(0o755)
                half.rename(folder / source.name)
    return folder / PULUMI.name


def installed_pulumi() -> Path | None:
    """A pulumi on PATH, with its language host beside it, at least as new as the SDK that the program pins."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = Path(folder) / "pulumi"
        # A sandbox's shell has that sandbox's wrapper on its PATH.
        if ".sandbox" in path.parts or not os.access(path, os.X_OK) or not path.with_name(LANGUAGE_HOST.name).exists():
            continue
        version = pins.numbers(_printed([path, "version"]))
        pinned = pins.numbers(pins.python_package("pulumi"))
        if version[:1] == pinned[:1] and version >= pinned:
            return path
    return None


def _printed(command: list[str | Path]) -> str:
    try:
        return subprocess.run(command, env={**os.environ, **QUIET}, check=False, capture_output=True, text=True).stdout
    except OSError:
        return ""
