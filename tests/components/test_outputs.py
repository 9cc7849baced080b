"""The stack outputs: what people look up, and nothing that is secret."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any

import pytest
from pydantic import TypeAdapter

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
from components.outputs import Outputs
from components.summaries import Place, Summary
from tests.conftest import REPOSITORY
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
    found = {
        (service.name, service.url, service.exposure, service.sign_in, service.namespace) for service in stack.services
    }

    def row(name: str, host: str, exposure: str, sign_in: str, namespace: str) -> tuple[str, str, str, str, str]:
        return (name, f"https://{host}.harvestasya.org", exposure, sign_in, namespace)

    forward_auth = "Authentik (forward auth)"
    for expected in (
        row("authentik", "grathnode", "traefik", "none (public)", "authentik"),
        row("argocd", "argocd", "traefik", "Authentik (OIDC)", "argocd"),
        row("traefik", "traefik", "traefik", forward_auth, "traefik"),
        row("ssh.harvestasya.org", "ssh", "access", "Authentik (Cloudflare Access)", "access-tunnel"),
        row("navidrome", "navidrome", "traefik", forward_auth, "navidrome"),
        row("echoserver", "echoserver", "tunnel", "none (public)", "echoserver"),
    ):
        assert expected in found


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
    assert list(exported) == [field.name for field in fields(Summary)]
    # What is read back is what was exported: `pages` has it from the state.
    assert Outputs(**vars(TypeAdapter(Summary).validate_python(exported))) == stack
    assert json.loads(json.dumps(exported)) == exported
    assert "https://grathnode.harvestasya.org" in {service["url"] for service in exported["services"]}
    assert "-value" not in json.dumps(exported)
    assert "generated-" not in json.dumps(exported)


def test_whatever_a_page_may_name_is_there(extended: Recording[Outputs]) -> None:
    stack = extended.result
    pages = {page for service in stack.services for page in service.runbooks}
    assert pages
    assert [page for page in pages if not (REPOSITORY / page).is_file()] == []
    assert all(service.title and service.description.endswith(".") for service in stack.services)


def test_every_claim_of_the_program_is_a_volume_of_the_outputs(extended: Recording[Outputs]) -> None:
    claims = {item.object_name for item in extended.of(":PersistentVolumeClaim")}
    known = {f"{item.namespace}/{item.claim}" for item in extended.result.volumes}
    assert claims == known


def test_every_volume_that_is_backed_up_says_when_and_where(extended: Recording[Outputs]) -> None:
    sources = {
        f"{item.inputs['metadata']['namespace']}/{item.spec['sourcePVC']}": item.spec["trigger"]["schedule"]
        for item in extended.of(":ReplicationSource")
    }
    backups = {f"{item.namespace}/{item.claim}": item.schedule for item in extended.result.backups}
    assert sources
    assert sources.items() <= backups.items()
    node = {f"{item.namespace}/{item.claim}" for item in extended.result.volumes if item.place == Place.NODE}
    # But for the copy outside, which is one of everything on the NFS server.
    assert {name for name in backups if not name.startswith("outside/")} <= node


def test_figures_have_names_of_their_own(extended: Recording[Outputs]) -> None:
    names = [figure.name for figure in extended.result.figures]
    assert len(names) == len(set(names))


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
    def program() -> CatalogEntry:
        namespace = Namespace("space", NamespaceArgs())
        return CatalogEntry(
            name="app", title="App", description="", namespace=namespace, endpoint=None, exposure=exposure
        )

    made = outputs.service(record(program).result)
    assert (made.name, made.url, made.exposure, made.sign_in, made.namespace) == ("app", url, way, sign_in, "space")
