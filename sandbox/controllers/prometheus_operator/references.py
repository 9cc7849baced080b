"""Secrets and storage classes that a spec refers to: the operator looks them up before it makes anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import decoded
from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.errors import ConfigurationError


def secret_value(hub: Hub, namespace: str, selector: Mapping[str, Any]) -> str:
    """The value of a Secret's key.

    Raises:
        ConfigurationError: there is no such Secret, or it has no such key.
    """
    name, key = selector.get("name", ""), selector.get("key", "")
    secret = hub.get(*names.SECRET, name, namespace)
    if secret is None:
        raise ConfigurationError(f'unable to get secret "{name}": secrets "{name}" not found')
    value = decoded(secret, key)
    if value is None:
        raise ConfigurationError(f'key "{key}" in secret "{name}" not found')
    return value


def secret_url(hub: Hub, namespace: str, selector: Mapping[str, Any]) -> str:
    """The URL in a Secret's key.

    Raises:
        ConfigurationError: as `secret_value` has it, or it is no URL. It is not repeated, as it opens something.
    """
    value = secret_value(hub, namespace, selector).strip()
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https"):
        raise ConfigurationError("validate url from string failed with error: unsupported scheme for URL")
    if not parts.netloc:
        raise ConfigurationError("validate url from string failed with error: missing host for URL")
    return value


def check_storage(hub: Hub, storage: Mapping[str, Any] | None) -> None:
    """Look for the storage class of a volume.

    Raises:
        ConfigurationError: there is none of that name.
    """
    claim = ((storage or {}).get("volumeClaimTemplate") or {}).get("spec") or {}
    name = claim.get("storageClassName")
    if name and hub.get(*names.STORAGE_CLASS, name) is None:
        raise ConfigurationError(f'storage class "{name}" does not exist')
