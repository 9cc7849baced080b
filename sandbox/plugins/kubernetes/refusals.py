"""The API server's refusals as lines for the user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.kube import ApiError
from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.server import ProviderError
from sandbox.plugins.wire import Secret, reveal

KUBECTL: Final = ("kubectl", "before-first-apply")
"""Managers whose fields are taken back without asking, as the published plugin does: they edited by hand."""
CONFLICT: Final = re.compile(r'conflicts? with "(?P<manager>[^"]+)"')
HIDDEN_FROM: Final = 4
"""Length in characters from which a secret is blotted out of messages; shorter ones occur in plain words."""


def translate(error: ApiError, identity: Identity, inputs: Mapping[str, Any]) -> ProviderError:
    """What the user is told when the server refuses an object; secrets in the server's text are blotted out."""
    message = _without_secrets(" ".join(error.args[0].split()), inputs) or f"HTTP {error.status}"
    if error.status == 401:
        return ProviderError(f"{identity}: the API server does not accept the credentials of the provider's kubeconfig")
    if is_conflict(error):
        return ProviderError(
            f"{identity}: another field manager owns what this program sets: {message}; give the field up, or take it "
            'over with the annotation pulumi.com/patchForce: "true"'
        )
    if is_gone(error):
        return ProviderError(f"{identity}: it is no longer the object in the state ({message}); run `pulumi refresh`")
    if is_namespace_missing(error, identity):
        return ProviderError(f"{identity}: namespace {identity.namespace} does not exist; create it first: {message}")
    return ProviderError(f"{identity}: the API server refuses it: {message}")


def is_conflict(error: ApiError) -> bool:
    """Whether another field manager is in the way."""
    return error.status == 409 and CONFLICT.search(str(error)) is not None


def is_by_kubectl(error: ApiError) -> bool:
    """Whether a conflict is only with what somebody edited by kubectl."""
    managers = CONFLICT.findall(str(error))
    return bool(managers) and all(manager.startswith(KUBECTL) for manager in managers)


def is_gone(error: ApiError) -> bool:
    """Whether the object that an update expected is not there, or is another one by now."""
    return error.status == 409 and "uid" in str(error).lower()


def is_namespace_missing(error: ApiError, identity: Identity) -> bool:
    """Whether the object's namespace does not exist."""
    return error.status == 404 and f'namespaces "{identity.namespace}" not found' in str(error)


def is_immutable(error: ApiError) -> bool:
    """Whether the server says of a field that it may not be changed, in the words that the published plugin knows.

    A dry run of a replacement meets this while the old object is there. A kind that says it in other words, such as a
    storage class, cannot be previewed so by either.
    """
    return error.status == 422 and "field is immutable" in str(error)


def _without_secrets(text: str, inputs: Mapping[str, Any]) -> str:
    for secret in sorted(_secrets(inputs), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return text


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, Secret):
        yield from _texts(reveal(value))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets(item)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and len(value) >= HIDDEN_FROM:
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
