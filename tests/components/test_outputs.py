"""The stack outputs: what people look up, and nothing that is secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components import outputs, versions
from components.identity import oidc_sign_in
from components.kit import Access, AccessExposure, Exposure, Internal, Oidc, Public, TraefikRoute, TunnelIngress
from components.outputs import Outputs, Service
from components.platform import Platform
from tests.support.recorder import Recording

OIDC = Oidc(client=oidc_sign_in("app", url="https://auth.example.org", callback="https://app.example.org/callback"))
PUBLIC = Public(reason="it shows nothing")
NOT_ON_THE_TABLE = "none (internal)"


@pytest.fixture(scope="module")
def stack(homelab: Recording[Platform]) -> Outputs:
    return homelab.result.outputs


def test_every_service_says_where_it_is_and_how_one_signs_in(stack: Outputs) -> None:
    def row(name: str, host: str, exposure: str, sign_in: str, namespace: str) -> Service:
        url = f"https://{host}"
        return Service(name=name, url=url, exposure=exposure, sign_in=sign_in, namespace=namespace)

    domain = "harvestasya.org"
    forward_auth = "Authentik (forward auth)"
    assert list(stack.services) == [
        row("authentik", f"grathnode.{domain}", "traefik", "none (public)", "authentik"),
        row("argocd", f"argocd.{domain}", "traefik", "Authentik (OIDC)", "argocd"),
        row("traefik", f"traefik.{domain}", "traefik", forward_auth, "traefik"),
        row("ssh", f"ssh.{domain}", "access", "Authentik (Cloudflare Access)", "access-tunnel"),
        row("navidrome", f"navidrome.{domain}", "traefik", forward_auth, "navidrome"),
        row("filebrowser", f"navidrome.{domain}/files", "traefik", forward_auth, "navidrome"),
        row("echoserver", f"echoserver.{domain}", "tunnel", "none (public)", "echoserver"),
    ]


def test_secrets_are_named_with_their_keys_and_never_shown(homelab: Recording[Platform], stack: Outputs) -> None:
    synced = {item.object_name for item in homelab.of(":OnePasswordItem")}
    assert {f"{item.namespace}/{item.name}" for item in stack.secrets} == synced
    keys = {item.name: list(item.keys) for item in stack.secrets}
    assert keys["secret-argocd-oidc"] == ["client-id", "client-secret"]
    assert keys["secret-access-tunnel"] == ["tunnel-token"]


def test_versions_are_those_of_the_pins(stack: Outputs) -> None:
    assert len(stack.versions) == len(versions.pins())
    assert stack.versions["traefik"] == versions.TRAEFIK.version
    assert stack.versions["deluan/navidrome"] == versions.NAVIDROME.tag


def test_what_is_exported_is_plain_json(stack: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr("pulumi.export", exported.__setitem__)
    stack.export()
    assert list(exported) == ["services", "secrets", "databases", "dashboards", "versions"]
    assert json.loads(json.dumps(exported)) == exported
    assert exported["services"][0]["url"] == "https://grathnode.harvestasya.org"
    assert "-value" not in json.dumps(exported)
    assert "generated-" not in json.dumps(exported)


@pytest.mark.parametrize(
    ("exposure", "url", "way", "sign_in"),
    [
        (TraefikRoute(host="a.example.org", sign_in=OIDC), "https://a.example.org", "traefik", "Authentik (OIDC)"),
        (
            TraefikRoute(host="a.example.org", sign_in=PUBLIC, path="/files/"),
            "https://a.example.org/files",
            "traefik",
            "none (public)",
        ),
        (TunnelIngress(host="a.example.org", sign_in=PUBLIC), "https://a.example.org", "tunnel", "none (public)"),
        (
            AccessExposure(host="a.example.org", sign_in=Access(group="admins")),
            "https://a.example.org",
            "access",
            "Authentik (Cloudflare Access)",
        ),
        (Internal(), "", "internal", NOT_ON_THE_TABLE),
    ],
)
def test_each_exposure_has_its_row(exposure: Exposure, url: str, way: str, sign_in: str) -> None:
    found = outputs.service("app", "space", exposure)
    assert found == Service(name="app", url=url, exposure=way, sign_in=sign_in, namespace="space")
