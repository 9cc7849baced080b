"""What one value of the stack configuration is checked by, and what a message says that it should have been."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

LONGEST_SHOWN: Final = 39
"""Characters of a value that a message repeats: every token of the platform's services is longer."""

_LONGEST_READ: Final = 100_000


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
    longest: int = 253
    """Characters that it may have; the default is what DNS and the API server allow of a name."""
    right_form: Callable[[str], str] = str
    """Turns text that is nearly of this kind into it, for the message; what it cannot help, it gives back as it is."""
    numbers: tuple[int | float, ...] = ()
    """Numbers that are taken for the texts that look like them: YAML makes a number of `4.2`."""
    hidden: bool = False
    """Whether messages leave the refused text out, because people paste a credential here by mistake."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Lets pydantic check a value by this kind alone."""
        as_text = core_schema.to_string_ser_schema(when_used="json")
        return core_schema.no_info_plain_validator_function(self.check, serialization=as_text)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Describes the kind to editors."""
        text = {
            "type": "string",
            "pattern": f"^({self.pattern})$",
            "patternErrorMessage": f"expected {self.expected}",
        }
        return {"anyOf": [text, {"enum": list(self.numbers)}]} if self.numbers else text

    def check(self, value: object) -> Any:
        """The setting's value.

        Raises:
            PydanticCustomError: the value is not of this kind; the error's context has what the message is made of.
        """
        if isinstance(value, IPv4Address | IPv4Network | IPv6Address | IPv6Network):
            value = str(value)  # a test that builds the models itself may pass what `parse` returns
        if isinstance(value, int | float) and not isinstance(value, bool) and value in self.numbers:
            value = f"{value:g}"
        detail = ""
        if isinstance(value, str):
            try:
                return self._read(value)
            except ValueError as error:
                detail = str(error) or self._hint(value)
        context = {"expected": self.expected, "detail": detail, "hidden": self.hidden}
        raise PydanticCustomError("text", "expected {expected}", context)

    def _read(self, text: str) -> Any:
        # A pattern takes its time over a megabyte.
        if len(text) > _LONGEST_READ or not re.fullmatch(self.pattern, text):
            raise ValueError
        if len(text) > self.longest:
            raise ValueError(f"longer than {self.longest} characters")
        return self.parse(text)

    def _hint(self, text: str) -> str:
        """How the text would be written, if it is short enough to be no credential and only its form is wrong."""
        if self.hidden or len(text) > LONGEST_SHOWN:
            return ""
        form = self.right_form(text)
        try:
            self._read(form)
        except ValueError:
            return ""
        return f"written {form}" if form != text else ""
