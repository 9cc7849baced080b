"""What one value of the stack configuration is checked by, and what a message says that it should have been."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Says in an annotation what a value should be, for the messages about one that is missing or malformed."""

    expected: str


@dataclass(frozen=True, kw_only=True)
class Text(Expected):
    """A kind of text, to be put into an annotation: what `pattern` and `parse` do not accept is refused."""

    pattern: str
    """Regular expression of the whole text. The JSON Schema carries it too, so it keeps to what ECMAScript knows."""
    parse: Callable[[str], Any] = str
    """Turns text of that pattern into the setting's value; its ValueError says in a few words what is wrong."""
    hidden: bool = False
    """Whether messages leave the refused text out, because people paste a credential here by mistake."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Lets pydantic check a value by this kind alone."""
        as_text = core_schema.to_string_ser_schema(when_used="json")
        return core_schema.no_info_plain_validator_function(self.check, serialization=as_text)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describes the kind to editors."""
        return {
            "type": "string",
            "pattern": f"^({self.pattern})$",
            "patternErrorMessage": f"expected {self.expected}",
        }

    def check(self, value: object) -> Any:
        """The setting's value.

        Raises:
            PydanticCustomError: the value is not of this kind; the error's context has what the message is made of.
        """
        if isinstance(value, IPv4Address | IPv4Network | IPv6Address | IPv6Network):
            value = str(value)  # a test that builds the models itself may pass what `parse` returns
        detail = ""
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            try:
                return self.parse(value)
            except ValueError as error:
                detail = str(error)
        context = {"expected": self.expected, "detail": detail, "hidden": self.hidden}
        raise PydanticCustomError("text", "expected {expected}", context)
