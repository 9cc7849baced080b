"""The stack outputs: what people look up, and nothing that is secret."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components import outputs, versions
from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    Folder,
    Internal,
    Namespace,
    NamespaceArgs,
    Oidc,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.outputs import Outputs, Service
from tests.support.recorder import Recording, record

OIDC = Oidc(callback="/callback", groups=["admins"])
PUBLIC = Public(reason="it shows nothing")
NOT_ON_THE_TABLE = "none (internal)"


@pytest.fixture(scope="module")
def stack(homelab: Recording[Outputs]) -> Outputs:
    return homelab.result


def test_every_route_has_its_row(homelab: Recording[Outputs], stack: Outputs) -> None:
    routed = {
        f"https://{match}{path}"
        for item in homelab.of(":IngressRoute")
        for match, path in re.findall(
            r"^Host\(`([^`]+)`\)(?: && PathPrefix\(`(/files)`\))?", item.spec["routes"][0]["match"]
        )
    }
    routed |= {f"https://{rule['host']}" for item in homelab.of("v1:Ingress") for rule in item.spec["rules"]}
    routed |= {f"https://{item.inputs['domain']}" for item in homelab.of(":ZeroTrustAccessApplication")}
    assert {service.url for service in stack.services} == routed


def test_the_services_of_the_description_are_where_it_says(stack: Outputs) -> None:
    def row(name: str, host: str, exposure: str, sign_in: str, namespace: str) -> Service:
        url = f"https://{host}.harvestasya.org"
        return Service(name=name, url=url, exposure=exposure, sign_in=sign_in, namespace=namespace)

    forward_auth = "Authentik (forward auth)"
    for expected in (
        row("authentik", "grathnode", "traefik", "none (public)", "authentik"),
        row("argocd", "argocd", "traefik", "Authentik (OIDC)", "argocd"),
        row("traefik", "traefik", "traefik", forward_auth, "traefik"),
        row("ssh.harvestasya.org", "ssh", "access", "Authentik (Cloudflare Access)", "access-tunnel"),
        row("navidrome", "navidrome", "traefik", forward_auth, "navidrome"),
        row("echoserver", "echoserver", "tunnel", "none (public)", "echoserver"),
    ):
        assert expected in stack.services


def test_secrets_are_named_with_their_keys_and_never_shown(homelab: Recording[Outputs], stack: Outputs) -> None:
    synced = {item.object_name for item in homelab.of(":OnePasswordItem")}
    assert {f"{item.namespace}/{item.name}" for item in stack.secrets} == synced
    keys = {item.name: list(item.keys) for item in stack.secrets}
    assert keys["secret-argocd-oidc"] == ["client-id", "client-secret"]
    assert keys["secret-access-tunnel"] == ["tunnel-token"]


def test_versions_are_those_of_the_pins(stack: Outputs) -> None:
    assert len(stack.versions) == len(versions.pins())
    assert stack.versions["traefik"] == versions.TRAEFIK.version
    assert stack.versions["deluan/navidrome"] == versions.NAVIDROME.tag


def test_databases_say_where_they_are_and_what_can_be_restored(stack: Outputs) -> None:
    (row,) = [item for item in stack.databases if item.name == "authentik"]
    assert (row.cluster, row.service) == ("authentik-db", "authentik-db-rw.authentik.svc:5432")
    assert (row.schedule, row.retention, row.others) == ("15 2 * * *", "30d", [])


def test_every_folder_that_is_mounted_from_nfs_is_listed_once_with_who_writes_there(
    homelab: Recording[Outputs], stack: Outputs
) -> None:
    mounted = {item.spec["nfs"]["path"] for item in homelab.of(":PersistentVolume") if "nfs" in item.spec}
    # The driver makes a folder there for each volume.
    assert [folder.path for folder in stack.folders] == sorted({*mounted, "/export/homelab/volumes"})
    users = {folder.path: folder.users for folder in stack.folders}
    assert users["/export/homelab/backups/databases/authentik"] == [1000]
    # Navidrome reads it, File Browser writes.
    assert users["/export/homelab/media/music"] == [1000]


def test_a_folder_that_is_only_read_has_no_user() -> None:
    (folder,) = outputs.folders([Folder(path="/export/music", user=None)])
    assert folder.users == []


def test_what_is_exported_is_plain_json(stack: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    exported: dict[str, Any] = {}
    monkeypatch.setattr("pulumi.export", exported.__setitem__)
    stack.export()
    assert list(exported) == ["services", "secrets", "databases", "folders", "gitops", "versions"]
    assert json.loads(json.dumps(exported)) == exported
    assert "https://grathnode.harvestasya.org" in {service["url"] for service in exported["services"]}
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
            AccessIngress(host="a.example.org", sign_in=Access(group="admins"), tunnel_id="a-tunnel"),
            "https://a.example.org",
            "access",
            "Authentik (Cloudflare Access)",
        ),
        (Internal(), "", "internal", NOT_ON_THE_TABLE),
    ],
)
def test_each_exposure_has_its_row(exposure: Exposure, url: str, way: str, sign_in: str) -> None:
    def program() -> Service:
        namespace = Namespace("space", NamespaceArgs())
        entry = CatalogEntry(name="app", title="App", namespace=namespace, endpoint=None, exposure=exposure)
        return outputs.service(entry)

    assert record(program).result == Service(name="app", url=url, exposure=way, sign_in=sign_in, namespace="space")
