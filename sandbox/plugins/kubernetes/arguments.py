"""The provider's own arguments."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.kube import Client
from sandbox.plugins.server import Failure, ProviderError
from sandbox.plugins.wire import Properties, has_unknown, reveal

TEXTS: Final = frozenset({"kubeconfig", "context", "cluster", "clusterIdentifier", "namespace"})
FLAGS: Final = frozenset(
    {
        "deleteUnreachable",
        "enableConfigMapMutable",
        "enablePatchForce",
        "enableSecretMutable",
        "enableServerSideApply",
        "skipUpdateUnreachable",
        "suppressDeprecationWarnings",
        "suppressHelmHookWarnings",
        "upsertExistingObjects",
    }
)
MAPS: Final = frozenset({"kubeClientSettings", "helmReleaseSettings"})
"""Accepted and without effect: the client here has no rate limit of its own, and charts are not rendered."""
REFUSED: Final = {
    "cluster": "name a `context` instead",
    "alwaysRender": "rendering to a folder needs the published plugin",
    "renderYamlToDirectory": "rendering to a folder needs the published plugin",
    "deleteUnreachable": "it needs the published plugin",
    "skipUpdateUnreachable": "it needs the published plugin",
}
IGNORED: Final = frozenset({"version", "__internal"})
"""What the engine itself adds."""


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """How the cluster is reached and how objects are treated."""

    kubeconfig: str | None = None
    """A path, or the file's content."""
    context: str | None = None
    namespace: str | None = None
    """For namespaced objects that name no namespace."""
    patch_force: bool = False
    configmap_mutable: bool = False
    """Whether a ConfigMap's data is updated in place; otherwise a change replaces it, as in the published plugin."""
    secret_mutable: bool = False
    upsert: bool = False
    """Whether an object that exists already is taken over instead of refused."""


def parse(properties: Properties) -> tuple[Arguments, list[Failure]]:
    """The arguments, and what is wrong with them. Values that are no strings arrive as JSON text."""
    values: dict[str, Any] = {}
    failures = []
    for key, given in reveal(properties).items():
        if key in IGNORED or given is None:
            continue
        try:
            values[key] = _value(key, given)
        except ValueError as error:
            failures.append(Failure("", f"provider argument {key}: {error}"))
    if values.get("enableServerSideApply") is False:
        failures.append(Failure("", "provider argument enableServerSideApply: only true is served; drop it"))
    return (
        Arguments(
            kubeconfig=values.get("kubeconfig"),
            context=values.get("context"),
            namespace=values.get("namespace"),
            patch_force=bool(values.get("enablePatchForce")),
            configmap_mutable=bool(values.get("enableConfigMapMutable")),
            secret_mutable=bool(values.get("enableSecretMutable")),
            upsert=bool(values.get("upsertExistingObjects")),
        ),
        failures,
    )


def _value(key: str, given: Any) -> Any:
    """One argument in its own type; ValueError says what was expected. An unknown value counts as unset."""
    if has_unknown(given):
        return None
    if key in REFUSED and given not in (False, "false", ""):
        raise ValueError(REFUSED[key])
    if key in TEXTS:
        return _typed(given, str, "a string")
    if key in FLAGS:
        return _typed(_decoded(given), bool, "true or false")
    if key in MAPS:
        return _typed(_decoded(given), dict, "a map")
    if key in REFUSED:
        return None
    raise ValueError("not an argument of the kubernetes provider")


def _typed(value: Any, wanted: type, expected: str) -> Any:
    if not isinstance(value, wanted):
        raise ValueError(f"expected {expected}")
    return value


def _decoded(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        return None


def connect(properties: Properties) -> tuple[Arguments, Client | None]:
    """The arguments and a client for them; no client while the kubeconfig or context is not known yet."""
    arguments, failures = parse(properties)
    if failures:
        raise ProviderError(failures[0].reason)
    if any(has_unknown(properties.get(key)) for key in ("kubeconfig", "context")):
        return arguments, None
    return arguments, _client(arguments)


@dataclass(frozen=True, kw_only=True)
class Kubeconfig:
    """A kubeconfig's text, how messages call it, and where its relative paths start."""

    text: str
    source: str
    folder: Path | None = None

    @classmethod
    def of(cls, given: str | None) -> Kubeconfig:
        """What a path or text gives; without one, what kubectl would read. OSError if it cannot be read."""
        found = given or os.environ.get("KUBECONFIG") or str(Path("~/.kube/config").expanduser())
        if "\n" in found or found.lstrip().startswith("{"):
            return cls(text=found, source="the kubeconfig given as text")
        path = Path(found).expanduser()
        return cls(text=path.read_text(), source=f"kubeconfig {path}", folder=path.parent)


def _client(arguments: Arguments) -> Client:
    try:
        kubeconfig = Kubeconfig.of(arguments.kubeconfig)
    except OSError as error:
        problem = f"kubeconfig {error.filename} cannot be read ({error.strerror}); set the provider's `kubeconfig`"
        raise ProviderError(problem) from error
    try:
        return Client.from_text(kubeconfig.text, arguments.context, kubeconfig.folder)
    except (LookupError, TypeError, ValueError, OSError) as error:
        reason = str(error).strip("'\"").splitlines()[0] if str(error) else type(error).__name__
        raise ProviderError(f"{kubeconfig.source}, context {arguments.context or '(current)'}: {reason}") from error
