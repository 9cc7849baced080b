"""A PostgreSQL database as something that an application uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from components.kit.database import DatabaseRequest
from components.kit.uses import Bound, Consumer
from components.settings import DatabaseSettings
from components.versions import Image


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A database of the application's own: in a cluster of its own, or in the shared one, as its settings say.

    While the application is off it stays and is backed up.
    """

    kept: ClassVar = True

    settings: DatabaseSettings
    environment: Mapping[str, str]
    """What the application reads of it: keys (`host`, `port`, `dbname`, `username`, `password`; of a cluster of its own
    also `uri` and the like) by the names of the variables."""
    image: Image | None = None
    """With extensions that PostgreSQL's own image has not; in a cluster of its own only."""
    preload: Sequence[str] = ()
    """Libraries that PostgreSQL loads at its start; in a cluster of its own only."""
    after_init: Sequence[str] = ()
    """SQL that a superuser runs once in the new database; in a cluster of its own only."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """Parameters of PostgreSQL; of a cluster of its own only."""

    @property
    def holds_data(self) -> bool:
        """What is in the shared cluster is protected there."""
        return self.settings.where == "own"

    def bind(self, consumer: Consumer) -> Bound:
        """The database, and the one call that is allowed to it.

        Raises:
            SharedDatabaseError: it needs what a shared cluster cannot have.
        """
        request = DatabaseRequest(
            name=consumer.name,
            namespace=consumer.namespace,
            settings=self.settings,
            shared=self.settings.where == "shared",
            image=self.image,
            preload=self.preload,
            after_init=self.after_init,
            parameters=self.parameters,
            unprotected_reason=consumer.unprotected_reason,
        )
        database = consumer.platform.database(request, consumer.parent)
        return Bound(
            environment={variable: database.value(key) for variable, key in self.environment.items()},
            calls={"database": database.endpoint},
            wait_for=[database.ready],
        )
