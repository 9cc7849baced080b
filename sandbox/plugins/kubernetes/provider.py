"""The provider: each call goes to what serves the resource's type."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sandbox.kube import ApiError, NoSuchKindError, NotReachableError
from sandbox.plugins.host import Host
from sandbox.plugins.kubernetes import arguments, reconfiguring
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Objects
from sandbox.plugins.kubernetes.release import Releases
from sandbox.plugins.server import Diff, Failure, Live, ProviderError, Subject
from sandbox.plugins.wire import Properties

RELEASE: Final = "kubernetes:helm.sh/v3:Release"


class KubernetesProvider:
    """Objects and releases of one cluster."""

    def __init__(self) -> None:
        self.cluster = Cluster()

    def attach(self, host: Host) -> None:
        """Take the way to the user."""
        self.cluster.host = host

    def parameterize(self, name: str, version: str) -> None:
        """Refused: this provider serves one package."""
        raise ProviderError(f"the kubernetes provider takes no parameters; it was given {name} {version}")

    def check_config(self, news: Properties) -> list[Failure]:
        """Judge the provider's own arguments."""
        return arguments.parse(news)[1]

    def diff_config(self, olds: Properties, news: Properties) -> Diff:
        """How the provider's own arguments differ, and whether they mean another cluster."""
        return reconfiguring.compare(olds, news)

    def configure(self, args: Properties) -> None:
        """Read the kubeconfig; the cluster itself is called when there is something to ask."""
        self.cluster.arguments, self.cluster.client = arguments.connect(args)

    def cancel(self) -> None:
        """End every wait soon."""
        self.cluster.stopped.set()

    def check(self, subject: Subject, olds: Properties, news: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs with defaults filled in, and what is wrong with them."""
        del olds
        with self._explained(subject):
            return self._of(subject).check(news)

    def diff(self, subject: Subject, old_inputs: Properties, olds: Properties, news: Properties) -> Diff:
        """How the new inputs differ from the old ones; after a refresh those are the live ones."""
        del olds
        return self._of(subject).diff(subject, old_inputs, news)

    def create(self, subject: Subject, news: Properties, timeout: float, preview: bool) -> tuple[str, Properties]:
        """Make it, or say in a preview what would be made."""
        with self._explained(subject):
            target = self._of(subject)
            return target.preview_create(subject, news) if preview else target.create(subject, news, timeout)

    def read(self, subject: Subject, inputs: Properties, state: Properties) -> Live | None:
        """The live resource, or None if it is gone."""
        with self._explained(subject):
            return self._of(subject).read(subject, inputs, state)

    def update(self, subject: Subject, olds: Properties, news: Properties, timeout: float, preview: bool) -> Properties:
        """Change it, or say in a preview what it would become."""
        with self._explained(subject):
            target = self._of(subject)
            if preview:
                return target.preview_update(subject, olds, news)
            return target.update(subject, olds, news, timeout)

    def delete(self, subject: Subject, olds: Properties, timeout: float) -> None:
        """Delete it and wait until it is gone."""
        with self._explained(subject):
            self._of(subject).delete(subject, olds, timeout)

    def invoke(self, token: str, args: Properties) -> Properties:
        """Refused: the program looks nothing up in the cluster."""
        del args
        raise ProviderError(f"{token}: this kubernetes provider answers no lookups; it needs the published plugin")

    def _of(self, subject: Subject) -> Objects | Releases:
        return Releases(self.cluster) if subject.type == RELEASE else Objects(self.cluster)

    @contextmanager
    def _explained(self, subject: Subject) -> Iterator[None]:
        """Turns trouble with the cluster itself into a line for the user."""
        what = f"{subject.type.rpartition(':')[2]} of resource {subject.name}"
        try:
            yield
        except NotReachableError as error:
            raise ProviderError(f"{what}: {error}; check the provider's kubeconfig and context") from error
        except NoSuchKindError as error:
            raise ProviderError(f"{what}: {error}: its CRD is missing on the server") from error
        except ApiError as error:
            message = " ".join(str(error).split()) or f"HTTP {error.status}"
            raise ProviderError(f"{what}: the API server refuses the call: {message}") from error
