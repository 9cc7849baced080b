"""The cluster that a provider works on, and the parts that work on it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sandbox.kube import Client, NoSuchKindError, NotReachableError
from sandbox.plugins.host import Host
from sandbox.plugins.kubernetes.arguments import Arguments
from sandbox.plugins.kubernetes.identity import DEFAULT_NAMESPACE
from sandbox.plugins.kubernetes.waiting import Waiter
from sandbox.plugins.server import ProviderError, Subject


@dataclass
class Cluster:
    """What every resource of one provider shares."""

    arguments: Arguments = field(default_factory=Arguments)
    client: Client | None = None
    """None while a preview does not know the kubeconfig yet."""
    host: Host = field(default_factory=Host)
    stopped: threading.Event = field(default_factory=threading.Event)
    _warned: bool = False

    @property
    def connected(self) -> Client:
        """The client; an error if there is none."""
        if self.client is None:
            raise ProviderError("the provider's kubeconfig is not known yet")
        return self.client

    @property
    def namespace(self) -> str:
        """For namespaced objects that name no namespace."""
        return self.arguments.namespace or (self.client.namespace if self.client else DEFAULT_NAMESPACE)

    def waiter(self, subject: Subject) -> Waiter:
        """Waits for objects on behalf of a resource."""
        return Waiter(
            client=self.connected, stopped=self.stopped, tell=lambda message: self.host.status(subject.urn, message)
        )

    def is_namespaced(self, api_version: str, kind: str) -> bool:
        """Whether the server says so; a kind that it does not know yet, or cannot be asked about, is not."""
        if self.client is None:
            return False
        try:
            return self.client.kind(api_version, kind).namespaced
        except (NoSuchKindError, NotReachableError):
            return False

    def warn_unreachable(self, subject: Subject, error: NotReachableError) -> None:
        """Tell once that a preview goes on without the cluster."""
        if not self._warned:
            self._warned = True
            self.host.warn(subject.urn, f"the preview shows what the program says only: {error}")
