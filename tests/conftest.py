"""Fixtures for every test."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components import platform, settings
from components.platform import Platform
from components.settings import Configuration, Secrets
from tests.support.recorder import Recording, record

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def stack_values() -> dict[str, Any]:
    """The committed stack file's structured keys, without their namespace."""
    config = yaml.safe_load((REPOSITORY / "Pulumi.homelab.yaml").read_text())["config"]
    return {key.removeprefix("homelab:"): value for key, value in config.items() if key.startswith("homelab:")}


def configuration_of(values: dict[str, Any]) -> Configuration:
    """A configuration with stand-ins for its secrets; to be called inside a running program."""

    def stand_in(key: str) -> pulumi.Output[str]:
        return pulumi.Output.secret(f"{key}-value")

    return Configuration(
        settings=settings.parse(values),
        secrets=Secrets(
            cloudflare_api_token=stand_in("cloudflareApiToken"),
            cloudflare_dns_token=stand_in("cloudflareDnsToken"),
            cloudflare_tunnel_token=stand_in("cloudflareTunnelToken"),
            onepassword_service_account_token=stand_in("onepasswordServiceAccountToken"),
            onepassword_connect_credentials=stand_in("onepasswordConnectCredentials"),
            onepassword_connect_token=stand_in("onepasswordConnectToken"),
            authentik_token=stand_in("authentikToken"),
        ),
    )


@pytest.fixture(scope="session")
def homelab(stack_values: dict[str, Any]) -> Recording[Platform]:
    """Everything that the committed stack registers."""
    return record(lambda: platform.build(configuration_of(stack_values)))


def build_with(values: dict[str, Any], **changes: Any) -> Recording[Platform]:
    """What the stack registers with other values: keys are paths, `__` between their parts."""
    changed = copy.deepcopy(values)
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = changed
        for key in parents:
            place = place.setdefault(key, {})
        place[last] = value
    return record(lambda: platform.build(configuration_of(changed)))
