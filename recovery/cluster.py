"""The cluster: objects by their names, releases by what Helm wrote of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from doctor import kube
from doctor.errors import DoctorError
from recovery.directory import Thing
from recovery.errors import RecoveryError
from recovery.state import HIDDEN, Resource

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
MANAGER: Final = "pulumi-kubernetes-"
"""What the names begin with under which the provider writes fields."""
MANAGER_OUTPUT: Final = "__fieldManager"
"""The output in which the provider keeps that name."""
C = TypeVar("C", bound=kube.Client)


class Releases(Protocol):
    """What is known of a chart's release."""

    def find(self, namespace: str, name: str) -> Thing | None:
        """The release, if there is one."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """The cluster of the state's provider."""

    client: kube.Client
    releases: Releases
    title: str = "cluster"
    patience: float = 120.0
    """Seconds that something which is being deleted may take to go."""

    def things(self, resource: Resource) -> Sequence[Thing]:
        """The object or release of that name, if this program made it."""
        with explained():
            if resource["type"] == RELEASE:
                inputs = resource["inputs"]
                found = self.releases.find(str(inputs.get("namespace") or "default"), str(inputs["name"]))
                return [found] if found else []
            return list(self._object(resource))

    def _object(self, resource: Resource) -> Iterator[Thing]:
        inputs = resource["inputs"]
        metadata = inputs.get("metadata") or {}
        name, kind = metadata.get("name"), inputs.get("kind", "")
        if not name or name in HIDDEN or str(resource["type"]).endswith("Patch"):
            return  # a patch adds fields to an object that is another's: to add them again changes nothing
        live = self._settled(inputs["apiVersion"], kind, name, metadata.get("namespace"))
        if live is None:
            return
        asked = (metadata.get("annotations") or {}).get("pulumi.com/patchFieldManager")
        managers = {entry["manager"] for entry in live["metadata"].get("managedFields", ())}
        own = sorted(manager for manager in managers if manager == asked or manager.startswith(MANAGER))
        if own:
            yield Thing(id=kube.name_of(live), outputs={MANAGER_OUTPUT: own[0]} if len(own) == 1 else {})

    def _settled(self, api_version: str, kind: str, name: str, namespace: str | None) -> kube.Object | None:
        """The object, once it is known whether it stays: who killed the update has not stopped its deletions."""
        give_up = time.monotonic() + self.patience
        while True:
            live = self.client.get(api_version, kind, name, namespace)
            if live is None or not live["metadata"].get("deletionTimestamp"):
                return live
            if time.monotonic() > give_up:
                what = f"{kind} {kube.name_of(live)} is being deleted and does not go"
                message = f"{what}: docs/runbooks/namespace-stuck.md says how to see why; nothing was changed"
                raise RecoveryError(message)
            time.sleep(0.2)


@contextmanager
def explained() -> Iterator[None]:
    """One line for a cluster that does not answer."""
    try:
        yield
    except (kube.ApiError, kube.NotReachableError, DoctorError, OSError) as error:
        message = f"the cluster cannot be asked: {' '.join(str(error).split())}: see that it runs, then try again"
        raise RecoveryError(message) from None


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a provider reaches its cluster."""

    kubeconfig: str
    """A file, or what would be in one."""
    context: str | None = None

    @classmethod
    def of(cls, provider: Resource) -> Access:
        """What the state says of the provider."""
        given: dict[str, Any] = provider.get("inputs") or {}
        kubeconfig = given.get("kubeconfig")
        if not isinstance(kubeconfig, str):
            kubeconfig = str(Path.home() / ".kube" / "config")
        return cls(kubeconfig=kubeconfig, context=given.get("context"))

    @property
    def file(self) -> Path | None:
        """The kubeconfig, if it is a file."""
        path = Path(self.kubeconfig).expanduser()
        return None if "\n" in self.kubeconfig else path

    def client(self, kind: type[C]) -> C:
        """A client of the cluster."""
        with explained():
            if self.file is None:
                return kind.from_text(self.kubeconfig, self.context)
            return kind.from_kubeconfig(self.file, self.context)
