"""What a person does in 1Password, and the command `op` over the simulated vault."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.paths import REPOSITORY
from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.onepassword.generating import item_id

PASSWORD: Final = "password"  # noqa: S105 a label
ELSEWHERE: Final = "another vault"


@dataclass(frozen=True, kw_only=True)
class Vault:
    """The simulated vault, by hand."""

    account: Account

    def items(self) -> Data:
        """What is in it, by id."""
        found: Data = self.account.read()["items"]
        return found

    @contextmanager
    def holding(self, title: str, fields: Mapping[str, str]) -> Iterator[str]:
        """Keep something there of a person's own while the block runs; its id."""
        own = item_id()
        with self.account.edit() as data:
            data["items"][own] = _made(next(iter(data["vaults"])), title, fields)
        try:
            yield own
        finally:
            with self.account.edit() as data:
                data["items"].pop(own, None)

    def count(self, title: str) -> int:
        """How many items of a title it has."""
        return sum(item["title"] == title for item in self.items().values())

    def of(self, title: str) -> tuple[str, Data]:
        """The id and the content of the only item of a title.

        Raises:
            ValueError: there are several, or none.
        """
        return _only(self.account.read(), title)

    def value(self, title: str, label: str) -> str:
        """A field of it."""
        _, item = self.of(title)
        return next(str(field["value"]) for field in item["fields"] if field["label"] == label)

    @contextmanager
    def edited(self, title: str) -> Iterator[Data]:
        """Change an item, as 1Password's own pages do."""
        with self.account.edit() as data:
            _, item = _only(data, title)
            yield item
            item["version"] += 1

    def take(self, title: str) -> tuple[str, Data]:
        """Archive or delete an item: nobody finds it under its id any more."""
        with self.account.edit() as data:
            own, item = _only(data, title)
            del data["items"][own]
        return own, item

    def move(self, title: str) -> str:
        """Move an item to another vault, where it has another id; the old one."""
        own, item = self.take(title)
        with self.account.edit() as data:
            data["vaults"].setdefault(item_id(), {"name": ELSEWHERE, "description": ""})
            other = next(key for key, vault in data["vaults"].items() if vault["name"] == ELSEWHERE)
            data["items"][item_id()] = {**item, "vault": other}
        return own

    def forget_elsewhere(self) -> None:
        """Empty the other vault, and delete it."""
        with self.account.edit() as data:
            for key in [key for key, vault in data["vaults"].items() if vault["name"] == ELSEWHERE]:
                del data["vaults"][key]
                data["items"] = {own: item for own, item in data["items"].items() if item["vault"] != key}


def install_op(account: Account, home: Path) -> None:
    """Put the command `op` where a person's own programs are."""
    script = home / "bin" / "op"
    script.parent.mkdir(parents=True, exist_ok=True)
    python = f"PYTHONPATH={shlex.quote(str(REPOSITORY))} exec {shlex.quote(sys.executable)}"
    script.write_text(f'#!/bin/sh\n{python} -m drills.chaos.vault {shlex.quote(str(account.path))} "$@"\n')
    script.chmod(0o755)


def op(account: Account, arguments: list[str]) -> str:
    """What `op read op://<vault>/<item>/[<section>/]<field>` prints, and the id of what `op item create` makes.

    Raises:
        ValueError: it is asked for something else, or there is no such thing.
    """
    if arguments[0] == "read":
        vault, which, *_, label = arguments[1].removeprefix("op://").split("/")
        for own, item in account.read()["items"].items():
            if item["vault"] == vault and which in (own, item["title"]):
                return next(str(field["value"]) for field in item["fields"] if field["label"] == label)
        message = f'"{which}" isn\'t an item in the "{vault}" vault.'
        raise ValueError(message)
    if arguments[:4] != ["item", "create", "--category", PASSWORD]:
        message = f"op {' '.join(arguments[:2])} is not covered"
        raise ValueError(message)
    given: dict[str, str] = dict(zip(arguments[4:-1:2], arguments[5:-1:2], strict=True))
    label, _, value = arguments[-1].partition("=")
    own = item_id()
    with account.edit() as data:
        data["items"][own] = _made(given["--vault"], given["--title"], {label: value})
    return own


def _made(vault: str, title: str, fields: Mapping[str, str]) -> Data:
    """A password item as a person makes one."""
    field = {"section": "", "purpose": "PASSWORD", "type": "CONCEALED"}
    return {
        "vault": vault,
        "title": title,
        "category": PASSWORD,
        "tags": [],
        "urls": [],
        "sections": [],
        "fields": [{"id": label, "label": label, **field, "value": value} for label, value in fields.items()],
        "version": 1,
    }


def _only(data: Data, title: str) -> tuple[str, Data]:
    found = [(own, item) for own, item in data["items"].items() if item["title"] == title]
    if len(found) != 1:
        message = f"{len(found)} items of the vault are called {title!r}"
        raise ValueError(message)
    return found[0]


if __name__ == "__main__":
    print(op(Account(Path(sys.argv[1])), sys.argv[2:]))
