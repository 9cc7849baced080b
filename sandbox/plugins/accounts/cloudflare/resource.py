"""What Cloudflare's types share: the permission that they need, and how they are imported."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.accounts.kind import Kind
from sandbox.plugins.interface import ProviderError


class Resource(Kind):
    """A type of Cloudflare. Its id is the object's own; it is imported by the path to it."""

    import_form: ClassVar[str]
    """The path, for example `<zone_id>/<dns_record_id>`."""

    def imported(self, asked: str) -> str:
        """The last part of the path, if there are as many as there should be."""
        parts = asked.split("/")
        if len(parts) != self.import_form.count("/") + 1 or not all(parts):
            raise ProviderError(f"invalid ID: expected {self.import_form}, was given {asked}")
        return parts[-1]

    def absent(self, own: str, operation: str) -> str:
        """The provider passes the API's refusal to delete it on."""
        if operation == "read":
            return ""
        return f"404 Not Found: {self.schema.short} {own} does not exist: run `pulumi refresh`, which forgets it"
