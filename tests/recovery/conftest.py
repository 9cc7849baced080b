"""A pulumi that has a state and nothing else, and accounts that hold what a test puts there."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from recovery import Directory, Thing
from recovery.engine import Engine
from recovery.state import Resource, State

STACK = "urn:pulumi:homelab::homelab::"
ITEM = "onepassword:index/item:Item"
PROVIDER = f"{STACK}pulumi:providers:onepassword::onepassword"


def resource(kind: str, name: str, inputs: Mapping[str, Any], **more: Any) -> Resource:
    """A custom resource as a note has it."""
    package = kind.partition(":")[0]
    provider = f"{STACK}pulumi:providers:{package}::{package}::p"
    whole = {"urn": f"{STACK}{kind}::{name}", "custom": True, "type": kind, "inputs": dict(inputs)}
    return {**whole, "provider": provider, **more}


def item(title: str, **more: Any) -> Resource:
    """An item of the vault `v`, of the name of its title."""
    return resource(ITEM, title, {"vault": "v", "title": title}, **more)


def providers(*packages: str) -> list[Resource]:
    return [
        {
            "urn": f"{STACK}pulumi:providers:{package}::{package}",
            "custom": True,
            "id": "p",
            "type": f"pulumi:providers:{package}",
        }
        for package in packages
    ]


@dataclass
class FakePulumi:
    """Keeps a state, and remembers what it was told to do."""

    resources: list[Resource] = field(default_factory=list)
    notes: list[tuple[str, Resource]] = field(default_factory=list)
    creates: list[Resource] = field(default_factory=list)
    locked: str = ""
    """What it says as long as the stack is locked."""
    preview_fails: str = ""
    refresh_fails: str = ""
    called: list[tuple[str, ...]] = field(default_factory=list)

    def said(self, *arguments: str) -> tuple[int, str, str]:
        self.called.append(arguments)
        return getattr(self, arguments[0])(*arguments[1:])  # type: ignore[no-any-return]

    def stack(self, what: str, *arguments: str) -> tuple[int, str, str]:
        if what == "export":
            pending = [{"type": operation, "resource": each} for operation, each in self.notes]
            notes = {"pending_operations": pending} if pending else {}
            return 0, json.dumps({"version": 3, "deployment": {"resources": self.resources, **notes}}), ""
        if self.locked:
            return 255, "", f"error: {self.locked}\n"
        self.resources = json.loads(Path(arguments[-1]).read_text())["deployment"]["resources"]
        self.notes = []  # as the real one does, whatever it is given
        return 0, "Import complete.\n", ""

    def cancel(self, *_: str) -> tuple[int, str, str]:
        self.locked = ""
        return 0, "", ""

    def refresh(self, *_: str) -> tuple[int, str, str]:
        return int(bool(self.refresh_fails)), "", f"error: {self.refresh_fails}"

    def preview(self, *_: str) -> tuple[int, str, str]:
        known = {each["urn"] for each in self.resources}
        steps = [{"op": "create", "newState": each} for each in self.creates if each["urn"] not in known]
        diagnostics = [{"severity": "error", "message": self.preview_fails}] if self.preview_fails else []
        return int(bool(self.preview_fails)), json.dumps({"steps": steps, "diagnostics": diagnostics}), ""

    @property
    def refreshed(self) -> list[str]:
        """Names of all that was read anew."""
        asked = [arguments for arguments in self.called if arguments[0] == "refresh"]
        return [word for arguments in asked for word in arguments if word.startswith("urn:")]

    def at(self, urn: str) -> list[Resource]:
        return [each for each in self.resources if each["urn"] == urn]


@dataclass
class Shelf:
    """A directory that holds what is put on it."""

    held: list[Thing] = field(default_factory=list)
    title: str = "account"
    asked: list[str] = field(default_factory=list)

    def things(self, resource: Resource) -> Sequence[Thing]:
        self.asked.append(resource["urn"])
        return list(self.held)


@dataclass
class Shelves:
    """Every account, by its package."""

    shelf: Shelf = field(default_factory=Shelf)

    def __call__(self, state: State, engine: Engine) -> Mapping[str, Directory]:
        del state, engine
        return dict.fromkeys(("onepassword", "kubernetes", "cloudflare", "authentik"), self.shelf)


@pytest.fixture
def pulumi() -> FakePulumi:
    return FakePulumi(resources=copy.deepcopy(providers("onepassword", "kubernetes", "cloudflare", "authentik")))


@pytest.fixture
def shelves() -> Shelves:
    return Shelves()
