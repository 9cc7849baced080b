"""n8n: who reaches what of it, and the key that must never be lost."""

from __future__ import annotations

from typing import Any

import pytest

from components.apps import N8n
from components.kit import AppPlatform
from components.vocabulary import ADMINS
from tests.components.apps.support import deployed, environment, guarded, internet_ports, mounted
from tests.support.recorder import Recording

HOST = "reyvateils.example.org"
KEY = "n8n-encryption-N8N_ENCRYPTION_KEY"


@pytest.fixture(scope="module")
def recording() -> Recording[AppPlatform]:
    return deployed(N8n(host=HOST))


def test_the_editor_is_for_administrators_and_only_what_others_call_is_open(recording: Recording[AppPlatform]) -> None:
    _, sign_in = guarded(recording)
    assert sign_in.group == ADMINS
    assert set(sign_in.open_paths) == {
        "/webhook/",
        "/webhook-waiting/",
        "/form/",
        "/form-waiting/",
        "/rest/oauth1-credential/callback",
        "/rest/oauth2-credential/callback",
    }


def test_its_metrics_are_for_nobody_outside() -> None:
    route, sign_in = guarded(deployed(N8n(host=HOST)))
    assert "/metrics" in route.closed_paths
    assert not any("/metrics".startswith(path) for path in sign_in.open_paths)


def test_it_names_the_host_that_people_and_services_call(recording: Recording[Any]) -> None:
    found = environment(recording, "n8n")
    for variable in ("WEBHOOK_URL", "N8N_EDITOR_BASE_URL"):
        assert found[variable] == f"https://{HOST}/"
    # Cloudflare and Traefik.
    assert found["N8N_PROXY_HOPS"] == "2"


def test_it_reads_its_database_from_the_secret_of_its_cluster(recording: Recording[Any]) -> None:
    found = environment(recording, "n8n")
    read = {variable: value for variable, value in found.items() if variable.startswith("DB_POSTGRESDB_")}
    assert {value[0] for value in read.values()} == {"n8n-db-app"}
    assert {value[1] for value in read.values()} == {"host", "port", "dbname", "username", "password"}


def test_its_encryption_key_is_kept_whatever_happens(recording: Recording[Any]) -> None:
    key = recording.one(":Item", KEY)
    assert (key.protect, key.retain_on_delete) == (True, True)
    assert key.ignored == {"passwordRecipe"}
    assert environment(recording, "n8n")["N8N_ENCRYPTION_KEY"] == ("secret-n8n-encryption", "N8N_ENCRYPTION_KEY")


def test_switched_off_it_keeps_the_key_with_the_data() -> None:
    off = deployed(N8n(host=HOST, enabled=False))
    assert off.one(":Item", KEY).protect
    assert off.of(":Deployment") == []


def test_the_key_goes_with_data_that_may_go() -> None:
    assert not deployed(N8n(host=HOST, data="removable")).one(":Item", KEY).protect


def test_its_settings_are_on_a_volume_of_its_own(recording: Recording[Any]) -> None:
    assert mounted(recording, "n8n")["/home/node/.n8n"]["persistentVolumeClaim"]["claimName"] == "n8n-data"


@pytest.mark.parametrize("ports", [(443,), (443, 587), ()])
def test_workflows_call_the_internet_where_they_are_let(ports: tuple[int, ...]) -> None:
    found = deployed(N8n(host=HOST, internet_ports=ports))
    assert internet_ports(found, "n8n/n8n-to-internet-egress") == list(ports)
