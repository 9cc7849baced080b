"""What all parts of the stack configuration are made of."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """What all parts have in common: immutable, unknown keys refused, camelCase in the stack file."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        populate_by_name=True,
        hide_input_in_errors=True,
    )


class Checked(Model):
    """A section whose values may each be good and still not go together."""

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together, by the keys that lead to it from here."""
        yield from ()
