"""What a person does in the simulated vault, by hand and by 1Password's command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from drills.chaos import vault
from drills.chaos.vault import Vault
from sandbox.plugins.accounts.account import Account, Data


def item(title: str, **values: str) -> Data:
    fields = [{"label": label, "section": "", "value": value} for label, value in values.items()]
    return {"vault": "v", "title": title, "version": 1, "fields": fields}


@pytest.fixture
def account(tmp_path: Path) -> Account:
    made = Account(tmp_path / "onepassword.json")
    made.create({"vaults": {"v": {"name": "Homelab"}}, "items": {"one": item("first", secret="a"), "two": item("b")}})
    return made


def op(account: Account, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    vault.install_op(account, home)
    environment = {**os.environ, "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(["op", *arguments], env=environment, check=False, capture_output=True, text=True)


@pytest.mark.parametrize("reference", ["op://v/first/secret", "op://v/one/section/secret"])
def test_op_reads_a_field_by_title_and_by_id(account: Account, tmp_path: Path, reference: str) -> None:
    assert op(account, tmp_path, "read", reference).stdout == "a\n"


def test_op_makes_an_item_and_prints_its_id(account: Account, tmp_path: Path) -> None:
    words = ("--category", "password", "--vault", "v", "--title", "a new one", "password=x=y")
    own = op(account, tmp_path, "item", "create", *words).stdout.strip()
    assert Vault(account=account).of("a new one")[0] == own
    assert Vault(account=account).value("a new one", "password") == "x=y"


@pytest.mark.parametrize("words", [("read", "op://v/nobody/secret"), ("item", "edit", "one"), ("item", "create", "x")])
def test_op_refuses_what_it_does_not_know(account: Account, tmp_path: Path, words: tuple[str, ...]) -> None:
    before = account.read()
    assert op(account, tmp_path, *words).returncode != 0
    assert account.read() == before


def test_every_edit_is_another_version(account: Account) -> None:
    with Vault(account=account).edited("first") as found:
        found["title"] = "renamed"
    assert Vault(account=account).of("renamed") == ("one", {**item("renamed", secret="a"), "version": 2})


def test_an_item_that_is_moved_has_another_id_elsewhere_and_can_be_forgotten_there(account: Account) -> None:
    own = Vault(account=account)
    assert own.move("first") == "one"
    uuid, moved = own.of("first")
    assert uuid != "one"
    assert moved["vault"] != "v"
    own.forget_elsewhere()
    assert own.count("first") == 0
    assert set(account.read()["vaults"]) == {"v"}


def test_an_item_that_is_archived_is_not_there(account: Account) -> None:
    own = Vault(account=account)
    assert own.take("first")[0] == "one"
    with pytest.raises(ValueError, match="0 items of the vault are called 'first'"):
        own.of("first")


def test_what_a_person_keeps_there_goes_again(account: Account) -> None:
    own = Vault(account=account)
    with own.holding("passphrase", {"password": "p"}) as key:
        assert own.value("passphrase", "password") == "p"
        assert key in own.items()
    assert own.count("passphrase") == 0
