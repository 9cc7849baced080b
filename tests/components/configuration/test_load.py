"""The stack configuration as the engine hands it over: JSON text, with the list of keys that are encrypted."""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import json
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from components.apps import EchoServer, FileBrowser, Navidrome
from components.configuration import Configuration, SettingsError, load, parse
from components.settings import SECRET_KEYS, Acme, Secrets, Zone

STACK_FILE = Path(__file__).parents[3] / "Pulumi.homelab.yaml"
VALUES = {key: f"hunter2-{key}" for key in SECRET_KEYS} | {"onepasswordConnectCredentials": '{"verifier": "hunter2"}\n'}


def stack_file() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))["config"]
    ours = {key: value for key, value in config.items() if key.startswith("homelab:")}
    return ours | {f"homelab:{key}": value for key, value in VALUES.items()}


def loaded(config: dict[str, Any], *, encrypted: Iterable[str] = SECRET_KEYS) -> tuple[Configuration, dict[str, Any]]:
    """The configuration, and what its secrets hold."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}

    async def run() -> tuple[Configuration, dict[str, Any]]:
        pulumi.runtime.set_all_config(texts, [f"homelab:{key}" for key in encrypted])
        configuration = load()
        values = {}
        for name, output in vars(configuration.secrets).items():
            assert await output.is_secret()
            values[name] = await output.future()
        return configuration, values

    # in a context of its own, since the SDK keeps the configuration in a context variable
    return contextvars.copy_context().run(asyncio.run, run())


def problems(config: dict[str, Any], *, encrypted: Iterable[str] = SECRET_KEYS) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        loaded(config, encrypted=encrypted)
    header, *lines = str(refused.value).splitlines()
    assert header.startswith(f"Pulumi.{pulumi.get_stack()}.yaml: {len(lines)} problem")
    assert "hunter2" not in str(refused.value)
    return lines


def test_the_committed_stack_file_loads() -> None:
    configuration, secrets = loaded(stack_file())
    settings = configuration.settings
    assert secrets == {
        "cloudflare_api_token": "hunter2-cloudflareApiToken",
        "cloudflare_dns_token": "hunter2-cloudflareDnsToken",
        "cloudflare_tunnel_token": "hunter2-cloudflareTunnelToken",
        "onepassword_service_account_token": "hunter2-onepasswordServiceAccountToken",
        "onepassword_connect_credentials": '{"verifier": "hunter2"}\n',
        "onepassword_connect_token": "hunter2-onepasswordConnectToken",
        "authentik_token": "hunter2-authentikToken",
    }
    assert "hunter2" not in repr(configuration)
    assert list(settings.zones) == ["harvestasya.org", "suzutan.jp"]
    assert settings.hosts.authentik == "grathnode.harvestasya.org"
    assert settings.authentik_url == "https://grathnode.harvestasya.org"
    assert settings.apps.app(Navidrome).host == "navidrome.harvestasya.org"
    assert settings.cluster.node_addresses[0] == IPv4Address("192.168.1.11")
    assert settings.cluster.pod_cidr == (IPv4Network("10.42.0.0/16"),)
    assert (settings.availability, settings.replicas) == ("high", 2)
    assert settings.apps.app(FileBrowser).enabled


def test_a_program_error_is_printed_without_a_traceback() -> None:
    assert issubclass(SettingsError, pulumi.RunError)


def test_keys_of_other_namespaces_are_none_of_our_business() -> None:
    loaded(stack_file() | {"kubernetes:burst": "200", "pulumi:tags": "{}", "homelabs:zones": "x"})


def test_a_missing_secret_says_where_it_is_made_and_how_to_set_it() -> None:
    config = stack_file()
    del config["homelab:authentikToken"]
    (line,) = problems(config)
    assert line == (
        "homelab:authentikToken: missing; expected the API token of Authentik's first administrator, which this "
        "program both sets and signs in with (openssl rand -hex 32); set it with: pulumi config set --secret "
        "homelab:authentikToken"
    )


def test_a_secret_in_plain_text_is_refused_without_its_value() -> None:
    encrypted = set(SECRET_KEYS) - {"cloudflareDnsToken"}
    (line,) = problems(stack_file(), encrypted=encrypted)
    assert line == (
        "homelab:cloudflareDnsToken: stored in plain text; replace it where it was made, others may have read it, and "
        "set it with: pulumi config set --secret homelab:cloudflareDnsToken"
    )


@pytest.mark.parametrize(
    ("key", "value", "wrong"),
    [
        ("authentikToken", "", "empty"),
        ("authentikToken", " \n", "empty"),
        ("authentikToken", "hunter2 hunter2", "has white space in it (value not shown)"),
        ("cloudflareApiToken", "hunter2\n", "has white space in it (value not shown)"),
        ("onepasswordConnectCredentials", "aHVudGVyMg==", "not a JSON object (value not shown)"),
        ("onepasswordConnectCredentials", '"hunter2"', "in quotes, which are not part of it (value not shown)"),
        ("onepasswordConnectCredentials", "", "empty"),
    ],
)
def test_a_secret_that_cannot_be_one_is_refused_without_its_value(key: str, value: str, wrong: str) -> None:
    (line,) = problems(stack_file() | {f"homelab:{key}": value})
    assert line == (
        f"homelab:{key}: {wrong}; expected the {SECRET_KEYS[key]}; "
        f"set it with: pulumi config set --secret homelab:{key}"
    )


def test_an_encrypted_plain_key_is_refused_and_its_values_are_not_looked_at() -> None:
    config = stack_file() | {"homelab:cloudflare": {"accountId": "hunter2", "apiToken": "hunter2"}}
    (line,) = problems(config, encrypted=[*SECRET_KEYS, "cloudflare"])
    assert line == (
        "homelab:cloudflare: encrypted, in whole or in part; expected plain values, since manifests show them: set "
        "them without --secret, and keep secrets in the keys made for them, cloudflareApiToken, cloudflareDnsToken, "
        "cloudflareTunnelToken, onepasswordServiceAccountToken, onepasswordConnectCredentials, "
        "onepasswordConnectToken, authentikToken"
    )


def test_an_unknown_encrypted_key_is_unknown_first_of_all() -> None:
    (line,) = problems(stack_file() | {"homelab:authentikTokn": "hunter2"}, encrypted=[*SECRET_KEYS, "authentikTokn"])
    assert line.startswith("homelab:authentikTokn: unknown key; known here: access, acme, ")
    assert line.endswith("(did you mean authentikToken?)")


def test_plain_and_secret_problems_come_together() -> None:
    config = stack_file() | {"homelab:hosts": "hosts", "homelab:availability": "double", "homelab:authentikToken": ""}
    del config["homelab:cloudflareApiToken"]
    assert [line.partition(": ")[0] for line in problems(config)] == [
        "homelab:hosts",
        "homelab:availability",
        "homelab:cloudflareApiToken",
        "homelab:authentikToken",
    ]


def test_every_secret_has_a_key() -> None:
    assert [to_camel(field.name) for field in dataclasses.fields(Secrets)] == list(SECRET_KEYS)


def test_what_may_be_left_out_has_a_sensible_default() -> None:
    optional = {"apps", "authentik", "availability", "registryMirror"}
    values = {key.removeprefix("homelab:"): value for key, value in stack_file().items()}
    values = {key: value for key, value in values.items() if key not in optional | set(SECRET_KEYS)}
    del values["cluster"]["storageClasses"], values["cluster"]["context"]
    settings = parse(values)
    assert settings.cluster.context == "homelab"
    assert settings.cluster.kubeconfig is None
    assert settings.cluster.storage_classes.shared is None
    assert settings.registry_mirror is None
    assert settings.replicas == 1
    assert settings.apps.app(Navidrome).model_dump() == {
        "enabled": True,
        "data": "kept",
        "files": {"restores": {}, "serving": None},
        "host": "navidrome.harvestasya.org",
        "data_size": "5Gi",
        "music_size": "200Gi",
        "music_path": "media/music",
        "scan_interval": "1h",
        "backup_schedule": "30 3 * * *",
    }
    assert not settings.apps.app(FileBrowser).enabled
    assert settings.apps.app(EchoServer).replicas == 1


@pytest.mark.parametrize(
    ("key", "value", "read"),
    [
        ("registryMirror", "mirror.lan:5000/proxy", "mirror.lan:5000/proxy"),
        ("registryMirror", "192.168.1.10", "192.168.1.10"),
        ("authentik", {"url": "http://127.0.0.1:9000/"}, "http://127.0.0.1:9000"),
        ("authentik", {"url": "https://a.org/auth/"}, "https://a.org/auth"),
        ("authentik", {"url": None}, "https://grathnode.harvestasya.org"),
    ],
)
def test_good_values_are_read(key: str, value: object, read: str) -> None:
    values = {name.removeprefix("homelab:"): given for name, given in stack_file().items()}
    settings = parse({name: given for name, given in values.items() if name not in SECRET_KEYS} | {key: value})
    assert read == (settings.registry_mirror if key == "registryMirror" else settings.authentik_api_url)
    assert settings.authentik_url == "https://grathnode.harvestasya.org"


def test_settings_cannot_be_changed() -> None:
    settings = loaded(stack_file())[0].settings
    with pytest.raises(ValidationError, match="frozen"):
        settings.availability = "single"


def test_an_app_without_a_host_is_below_the_first_zone() -> None:
    values = {key.removeprefix("homelab:"): value for key, value in stack_file().items()}
    values = {key: value for key, value in values.items() if key not in SECRET_KEYS}
    values["zones"] = dict(reversed(values["zones"].items()))
    assert parse(values).apps.app(Navidrome).host == "navidrome.suzutan.jp"
    values["apps"]["navidrome"]["host"] = "music.harvestasya.org"
    assert parse(values).apps.app(Navidrome).host == "music.harvestasya.org"


def test_python_code_may_use_python_names_and_a_refusal_does_not_repeat_values() -> None:
    settings = loaded(stack_file())[0].settings
    assert type(settings)(**dict(settings)) == settings
    with pytest.raises(ValidationError) as refused:
        Acme(email="hunter2", issuer="staging")
    assert "hunter2" not in str(refused.value)
    assert Zone(id="0" * 32).model_dump() == {"id": "0" * 32}
