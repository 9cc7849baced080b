"""Fixtures for every test."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pydantic.alias_generators import to_snake

from components import configuration, platform
from components.apps import APPS
from components.configuration import Configuration
from components.kit import App
from components.outputs import Outputs
from components.settings import SECRET_KEYS, Secrets
from tests.support import examples
from tests.support.other_home import other_home_values
from tests.support.recorder import Recording, record

REPOSITORY = Path(__file__).parent.parent
SECRETS = {key: f"{key}-value" for key in SECRET_KEYS} | {
    # A file in JSON, as 1Password hands it out.
    "onepasswordConnectCredentials": '{"verifier": "onepasswordConnectCredentials-value"}'
}
"""Stand-ins for the encrypted part of a stack file."""


def committed_stack(name: str = "homelab") -> dict[str, Any]:
    """A committed stack file's structured keys, without their namespace."""
    config = yaml.safe_load((REPOSITORY / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.removeprefix("homelab:"): value for key, value in config.items() if key.startswith("homelab:")}


@pytest.fixture(scope="session")
def stack_values() -> dict[str, Any]:
    """The committed stack file's structured keys, without their namespace."""
    return committed_stack()


def configuration_of(values: dict[str, Any], apps: Sequence[type[App]] = APPS) -> Configuration:
    """A configuration with stand-ins for its secrets; to be called inside a running program."""
    stand_ins = {to_snake(key): pulumi.Output.secret(value) for key, value in SECRETS.items()}
    return Configuration(settings=configuration.parse(values, apps), secrets=Secrets(**stand_ins))


@pytest.fixture(scope="session")
def homelab(stack_values: dict[str, Any]) -> Recording[Outputs]:
    """Everything that the committed stack registers."""
    return record(lambda: platform.build(configuration_of(stack_values)))


@pytest.fixture(scope="session")
def extended(stack_values: dict[str, Any]) -> Recording[Outputs]:
    """The committed stack with the guide's application, one that uses everything, and one that shares a database.

    What holds for every part of the platform is asked of this one: it has one of each.
    """
    return extended_platform(stack_values)


@pytest.fixture(scope="session")
def other_home(stack_values: dict[str, Any]) -> Recording[Outputs]:
    """The committed stack in a home that differs from it in whatever may differ (`tests.support.other_home`)."""
    return record(lambda: platform.build(configuration_of(other_home_values(stack_values))))


def extended_platform(values: dict[str, Any]) -> Recording[Outputs]:
    """What the fixture `extended` is, registered anew."""
    with extending(values) as program:
        return record(program)


@contextmanager
def extending(values: dict[str, Any]) -> Iterator[Callable[[], Outputs]]:
    """The program of the fixture `extended`."""
    with examples.guide_app() as memos:
        apps: list[type[App]] = [*APPS, memos, examples.Everything, examples.Sharing]
        whole = {
            **values,
            "gitops": examples.GITOPS,
            "backups": examples.BACKUPS,
            "monitoring": {**values.get("monitoring", {}), **examples.MONITORING},
        }
        restored = {"restores": {examples.RESTORED: {}}, "serving": examples.RESTORED}
        off_by_default = {name: {"enabled": True} for name in ("archisteamfarm",)}
        files = {"navidrome": {**values["apps"]["navidrome"], "files": restored}}
        whole["apps"] = {**values["apps"], **files, **off_by_default}
        yield lambda: platform.build(configuration_of(whole, apps))


def build_with(values: dict[str, Any], **changes: Any) -> Recording[Outputs]:
    """What the stack registers with other values: keys are paths, `__` between their parts."""
    changed = copy.deepcopy(values)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = changed
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    return record(lambda: platform.build(configuration_of(changed)))
