"""Secrets by name: all of them, each with whoever reads it, and no value."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from pages.book import made
from pages.secrets import read_by, secrets
from tests.pages.conftest import Running

HIDDEN = "do-not-show-me"


def rows(text: str) -> dict[tuple[str, str], list[str]]:
    cells = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {(row[0].strip("`"), row[1].strip("`")): row for row in cells}


def named_by_pods(spec: dict[str, Any]) -> Iterator[str]:
    """The Secrets that a pod reads, as the API has them."""
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        for variable in container.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield variable["valueFrom"]["secretKeyRef"]["name"]
        for source in container.get("envFrom", []):
            if "secretRef" in source:
                yield source["secretRef"]["name"]
    for volume in spec.get("volumes", []):
        if "secret" in volume:
            yield volume["secret"]["secretName"]


@pytest.mark.parametrize("name", ["committed", "whole"])
def test_every_synced_secret_is_there_with_the_pods_that_read_it(name: str, request: pytest.FixtureRequest) -> None:
    running: Running = request.getfixturevalue(name)
    found = rows(secrets(running.platform))
    for item in running.summary.secrets:
        assert item.keys
        row = found[item.namespace, item.name]
        assert row[2] == ", ".join(f"`{key}`" for key in item.keys)
    read = 0
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        for owner in running.healthy.all(kind):
            place = owner["metadata"]["namespace"]
            for secret in named_by_pods(owner["spec"]["template"]["spec"]):
                if (place, secret) in found:
                    assert f"`{kind} {place}/{owner['metadata']['name']}`" in found[place, secret][3]
                    read += 1
    assert read > len(running.summary.secrets) / 2


def test_what_an_operators_object_names_is_read_by_it(committed: Running) -> None:
    snapshot = committed.healthy.snapshot()
    assert "ObjectStore n8n/n8n-archive" in read_by(snapshot, "n8n", "secret-n8n-archive")
    assert "ReplicationSource n8n/n8n-data" in read_by(snapshot, "n8n", "secret-n8n-data-backup")
    assert "ClusterIssuer letsencrypt-production" in read_by(snapshot, "cert-manager", "secret-cert-manager-cloudflare")
    assert "ConfigMap argocd/argocd-cm" in read_by(snapshot, "argocd", "secret-argocd-oidc")


def test_a_name_that_is_no_reference_is_none(running: Running) -> None:
    running.healthy.get("Deployment", "navidrome", "navidrome")["spec"]["template"]["spec"]["containers"][0]["name"] = (
        "secret-navidrome-data-backup"
    )
    assert "Deployment navidrome/navidrome" not in read_by(
        running.healthy.snapshot(), "navidrome", "secret-navidrome-data-backup"
    )


def test_no_page_shows_what_is_in_a_secret(running: Running) -> None:
    for secret in running.healthy.all("Secret"):
        secret["data"] = {key: base64.b64encode(f"{HIDDEN} {key}".encode()).decode() for key in secret.get("data", {})}
    for item in running.healthy.resources:
        if item["type"].endswith(":Item"):
            item["outputs"]["password"] = HIDDEN
    encoded = base64.b64encode(HIDDEN.encode()).decode().rstrip("=")[:-1]
    for path, text in made(running.platform).items():
        assert HIDDEN not in text, path
        assert encoded not in text, path
