"""A database: what is asked for by whoever needs one, and what it is known by once it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.kit.namespace import Namespace
from components.kit.network import Endpoint
from components.kit.secret import SecretKey
from components.settings import ClusterSettings
from components.versions import Image

KEYS: Final = ("username", "password", "dbname", "host", "port")
"""What is known of every database; a user and a database called as their owner, at the primary."""

CLUSTER_KEYS: Final = (*KEYS, "user", "pgpass", "uri", "jdbc-uri", "fqdn-uri", "fqdn-jdbc-uri")
"""What is known of one in a cluster of its own: the keys of the Secret that CloudNativePG makes."""


@dataclass(frozen=True, kw_only=True)
class DatabaseRequest:
    """A database wanted, for a user of its own who owns it and nothing else."""

    name: str
    """Whose it is: database and user are called so, and a cluster of its own `<name>-db`."""
    namespace: Namespace
    """Where it is used; a cluster of its own is there."""
    settings: ClusterSettings
    shared: bool = False
    """Whether it lies in the shared cluster, whose settings count then."""
    image: Image | None = None
    """With extensions that PostgreSQL's own image has not; None is that one."""
    preload: Sequence[str] = ()
    """Libraries that PostgreSQL loads at its start."""
    after_init: Sequence[str] = ()
    """SQL that a superuser runs once in the new database."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of PostgreSQL that differ from the operator's."""
    unprotected_reason: str = ""
    """Why an update may delete it; nothing means that it is protected."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database that will exist."""

    name: str
    endpoint: Endpoint
    """Its primary: whoever uses it has to be allowed to call it."""
    ready: pulumi.Resource
    """Done when it takes connections."""
    values: Mapping[str, pulumi.Input[str] | SecretKey]
    """What is known of it, by `KEYS` or `CLUSTER_KEYS`: texts, and keys of a Secret in the namespace that asked."""

    def value(self, key: str) -> pulumi.Input[str] | SecretKey:
        """What an environment variable is set to.

        Raises:
            KeyError: there is nothing of that name.
        """
        if key not in self.values:
            message = f"database {self.name!r} has no key {key!r}; it has: {', '.join(sorted(self.values))}"
            raise KeyError(message)
        return self.values[key]
