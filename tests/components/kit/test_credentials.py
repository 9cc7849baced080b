"""Files with secrets in them, and secrets that must not be lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.kit import (
    DeployedApp,
    DeployedAppArgs,
    Exposure,
    Generated,
    Internal,
    Oidc,
    OidcFile,
    PlainFile,
    TraefikRoute,
    Use,
    VaultFile,
    VaultSecret,
    WebApp,
)
from components.versions import Image
from components.vocabulary import USERS
from tests.support.parts import AUTHENTIK_URL, app_platform, container, waits_for
from tests.support.recorder import Recording, Secret, record

ROUTE = TraefikRoute(host="app.example.org", sign_in=Oidc(callback="/back", groups=[USERS]))
KEYS = VaultSecret(name="keys", environment={"KEY": Generated()})
OIDC_FILE = OidcFile(path="/etc/app/sign-in.conf", text=lambda issuer, name, secret: f"{issuer} {name} {secret}")
VAULT_FILE = VaultFile(
    name="access",
    path="/etc/app/access.json",
    secrets={"password": Generated(length=30)},
    text=lambda secrets: json.dumps(dict(secrets)),
)


def using(use: Use, exposure: Exposure | None = None, reason: str = "") -> Recording[None]:
    def program() -> None:
        app = WebApp(
            image=Image("example/app", "1"), port=80, health_path="/", exposure=exposure or Internal(), uses=[use]
        )
        args = DeployedAppArgs(title="App", app=app, platform=app_platform(), unprotected_reason=reason)
        DeployedApp("app", args)

    return record(program)


def volume(recording: Recording[Any], path: str) -> Any:
    """What is mounted as a file at that path, read-only."""
    (mount,) = [item for item in container(recording, "app")["volumeMounts"] if item["mountPath"] == path]
    assert mount["readOnly"] is True
    assert path.endswith(f"/{mount['subPath']}")
    volumes = recording.one(":Deployment", "app").spec["template"]["spec"]["volumes"]
    return next(item for item in volumes if item["name"] == mount["name"])


def text(recording: Recording[Any], item: str) -> str:
    sections = recording.one(":Item", item).inputs["sections"]
    assert isinstance(sections, Secret)
    return str(sections.value[0]["fields"][0]["value"])


@pytest.mark.parametrize(
    ("use", "exposure", "item", "path"),
    [
        (OIDC_FILE, ROUTE, "app-configuration", "/etc/app/sign-in.conf"),
        (VAULT_FILE, Internal(), "app-access-file", "/etc/app/access.json"),
    ],
    ids=lambda item: type(item).__name__,
)
def test_a_file_with_secrets_is_one_key_of_a_secret_that_the_vault_has_whole(
    use: Use, exposure: Exposure, item: str, path: str
) -> None:
    recording = using(use, exposure)
    source = volume(recording, path)["secret"]
    name = path.rpartition("/")[2]
    assert source == {
        "secretName": f"secret-{item}",
        "items": [{"key": name, "path": name}],
        "defaultMode": 0o440,
    }
    assert waits_for(recording, recording.one(":Deployment", "app"), ":OnePasswordItem", item)
    written = text(recording, item)
    assert not any(written in json.dumps(made.inputs, default=str) for made in recording.objects())


def test_a_file_for_sign_in_has_the_issuer_and_the_clients_credentials() -> None:
    issuer, name, secret = text(using(OIDC_FILE, ROUTE), "app-configuration").split()
    assert issuer == f"{AUTHENTIK_URL}/application/o/app/"
    assert (name, secret) == ("generated-app-oidc-client-id", "generated-app-oidc-client-secret")


def test_a_file_for_sign_in_needs_a_sign_in() -> None:
    with pytest.raises(TypeError, match=r"^app uses OidcFile: expected the sign-in Oidc\(\.\.\.\) for it$"):
        using(OIDC_FILE)


def test_its_secrets_are_made_up_once_and_people_find_them_by_their_own_name() -> None:
    recording = using(VAULT_FILE)
    assert recording.one(":Item", "app-access-password").inputs["passwordRecipe"]["length"] == 30
    assert json.loads(text(recording, "app-access-file")) == {"password": "generated-app-access-password"}


def test_a_file_without_secrets_is_a_config_map_whose_change_starts_the_pods_anew() -> None:
    def source(content: str) -> Any:
        return volume(using(PlainFile(name="rules", path="/etc/rules.txt", text=content)), "/etc/rules.txt")

    assert source("one")["configMap"]["name"] != source("two")["configMap"]["name"]


def test_what_data_cannot_be_read_without_is_protected_as_the_data_is() -> None:
    lasting = VaultSecret(name="keys", environment={"KEY": Generated(lasting=True)})
    for use, reason, kept in ((KEYS, "", False), (lasting, "", True), (lasting, "it may go", False)):
        made = using(use, reason=reason).one(":Item", "app-keys-KEY")
        assert (made.protect, made.retain_on_delete) == (kept, kept)
        # Another recipe would be another key.
        assert ("passwordRecipe" in made.ignored) is kept
