"""The simulated 1Password account.

It stands for 1Password as the provider reaches it with `serviceAccountToken` (through the `op` command) or with
`url` and `token` (through a Connect server). Which of the two it is matters: `op` generates the password of a login or
password item only, so a recipe elsewhere is refused with a service account, where the real provider (1.2.1, built on
terraform-provider-onepassword 2.1) leaves the field empty without a word. Connect generates every recipe.

The file: `tokens` {`service_account`: [...], `connect`: [...]}, `vaults` {id: {`name`, `description`}}, `items`
{id: {`vault`, `title`, `category`, `tags`, `urls`, `version`, `sections` [{`id`, `label`}], `fields` [{`id`, `label`,
`purpose`, `type`, `value`, `section`, `recipe`}]}}. A field's `section` is its section's label, empty for the built-in
fields, whose labels are those of the real service (`username`, `password`, `notesPlain`, ...).

An item that was deleted or moved by hand can neither be read nor changed nor deleted, as with the real provider before
its version 3: a refresh of the whole stack fails at it. Whether an archived item can still be read by its id is not
verified: the sandbox has no archive.

An account in trouble is asked once: the provider tries again after a conflict (409) only, which the sandbox has not.
How long `op` itself waits for an answer, and what it says then, is not verified.

Not covered: files, SSH keys, documents, one-time codes, item sharing, reading through the desktop app, a Connect
server's own reachability.
"""

from __future__ import annotations

from typing import Final

from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.faults import Request, Trouble
from sandbox.plugins.accounts.onepassword.items import Item
from sandbox.plugins.accounts.onepassword.lookups import LOOKUPS
from sandbox.plugins.accounts.provider import AccountProvider
from sandbox.plugins.accounts.schema import text
from sandbox.plugins.interface import Failure, ProviderError
from sandbox.plugins.wire import Properties

VERSION = "1.2.1"
"""The SDK's version: the engine asks for a plugin of it."""
SAYS: Final = {
    Trouble.LIMITED: "(429) Too Many Requests: You've reached the maximum number of this type of requests this service "
    "account is allowed to make. Please retry later or try other requests.",
    Trouble.BROKEN: "(500) Internal Server Error",
    Trouble.SILENT: "context deadline exceeded",
    Trouble.LOST: "EOF",
}
"""What `op` says."""
ASKED: Final = {
    "create": "1Password Item create error: Error creating 1Password item, got error",
    "read": "1Password Item read error: Could not get item '{uuid}' from vault '{vault}', got error:",
    "update": "1Password Item update error: Could not update item '{uuid}' from vault '{vault}', got error:",
    "delete": "1Password Item delete error: Could not delete item '{uuid}' from vault '{vault}', got error:",
    "invoke": "Client Error: Unable to read {thing}, got error:",
}
"""What the provider says before it."""


class OnePassword(AccountProvider):
    """1Password, as a provider."""

    def __init__(self, account: Account) -> None:
        """Serve the account in this file."""
        super().__init__(
            account=account,
            title="1Password",
            arguments={"serviceAccountToken": text(secret=True), "url": text(), "token": text(secret=True)},
            kinds=[Item(self._by_connect)],
            lookups=LOOKUPS,
        )

    def _by_connect(self) -> bool:
        return bool(self.config.get("url"))

    def check_config(self, news: Properties) -> list[Failure]:
        """Judge the provider's own arguments: one way in, and a whole one."""
        found = super().check_config(news)
        account, url, token = (bool(news.get(key)) for key in ("serviceAccountToken", "url", "token"))
        if account and (url or token):
            found.append(Failure("", "provider arguments: give serviceAccountToken, or url and token, not both"))
        elif not account and not (url and token):
            found.append(Failure("", "provider arguments: give serviceAccountToken, or both url and token"))
        return found

    def complaint(self, trouble: Trouble, request: Request) -> str:
        """The provider's words, and those of `op` or of the Connect server."""
        asked = ASKED[request.operation].format(
            thing=request.kind.removeprefix("get").lower(),
            uuid=request.id.rpartition("/")[2],
            vault=request.given.get("vault", ""),
        )
        if self._by_connect():
            said = f"status {trouble.status.replace(' ', ': ', 1)}" if trouble.status else SAYS[trouble]
            return f"{asked} {said}"
        return f"{asked} op error: {SAYS[trouble]}"

    def authenticate(self, data: Data) -> None:
        """Refuse a token that the account did not hand out."""
        tokens = data.get("tokens", {})
        if self._by_connect():
            if self.config.get("token") not in tokens.get("connect", ()):
                raise ProviderError("status 401: Invalid bearer token (1Password Connect): check the argument token")
        elif self.config.get("serviceAccountToken") not in tokens.get("service_account", ()):
            raise ProviderError(
                "op error: Unauthorized: the service account token is invalid or was revoked: check the argument "
                "serviceAccountToken"
            )
