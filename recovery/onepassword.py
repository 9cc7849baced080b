"""1Password, by its command line: a service account has no other way in."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from recovery.directory import Thing
from recovery.errors import RecoveryError
from recovery.state import Resource

ADVICE: Final = "see that the token homelab:onepasswordServiceAccountToken is valid; nothing was changed by it"


@dataclass(frozen=True, kw_only=True)
class OnePassword:
    """The items of a vault; values are not asked for."""

    token: str = field(repr=False)
    title: str = "1Password"

    def things(self, resource: Resource) -> Sequence[Thing]:
        """The items of the resource's vault."""
        vault = resource["inputs"]["vault"]
        where = f"1Password cannot be asked for the items of vault {vault}"
        command = ["op", "item", "list", "--vault", vault, "--format", "json"]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, "OP_SERVICE_ACCOUNT_TOKEN": self.token},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            message = f"{where}: the command `op` is not found, which the provider needs, too: install it"
            raise RecoveryError(message) from None
        if done.returncode:
            message = f"{where}: {' '.join(done.stderr.split())}: {ADVICE}"
            raise RecoveryError(message)
        return [item_of(vault, item["id"], item["title"]) for item in json.loads(done.stdout or "[]")]


def item_of(vault: str, uuid: str, title: str) -> Thing:
    """An item as its provider knows it."""
    own = f"vaults/{vault}/items/{uuid}"
    return Thing(id=own, properties={"vault": vault, "title": title}, outputs={"id": own, "uuid": uuid, "vault": vault})
