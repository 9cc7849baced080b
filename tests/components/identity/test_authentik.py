"""The Authentik server: the keys it starts with, and who reaches it."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.authentik import Authentik, AuthentikArgs
from components.settings import ClusterSettings
from tests.support.parts import MIRROR, chart_values, database, peer, policies, project, site, store, waits_for
from tests.support.recorder import Recording, Secret, record


def authentik(**changes: Any) -> Recording[Authentik]:
    return record(
        lambda: Authentik(
            "authentik",
            AuthentikArgs(
                site=site(**changes),
                project=project(),
                store=store(),
                database=database,
                database_settings=ClusterSettings(),
                bootstrap_token="token",
                administrator_email="admin@example.org",
            ),
        )
    )


@pytest.fixture(scope="module")
def recording() -> Recording[Authentik]:
    return authentik()


def values(recording: Recording[Any]) -> Any:
    return chart_values(recording, "authentik")


def test_its_keys_are_made_up_by_1password_except_the_token_that_this_program_knows(
    recording: Recording[Any],
) -> None:
    sections = recording.one(":Item", "authentik").inputs["sections"]
    assert isinstance(sections, Secret)
    assert {field["label"]: field["value"] for field in sections.value[0]["fields"]} == {
        "secret-key": "generated-authentik-secret-key",
        "bootstrap-password": "generated-authentik-bootstrap-password",
        "bootstrap-token": "token",
    }
    recipe = recording.one(":Item", "authentik-secret-key").inputs["passwordRecipe"]
    assert recipe["length"] == 50


def test_the_pods_read_them_by_reference_only(recording: Recording[Any]) -> None:
    env = values(recording)["global"]["env"]
    references = {item["name"]: item["valueFrom"]["secretKeyRef"] for item in env if "valueFrom" in item}
    assert references == {
        "AUTHENTIK_SECRET_KEY": {"name": "secret-authentik", "key": "secret-key"},
        "AUTHENTIK_POSTGRESQL__HOST": {"name": "authentik-db-app", "key": "host"},
        "AUTHENTIK_POSTGRESQL__PORT": {"name": "authentik-db-app", "key": "port"},
        "AUTHENTIK_POSTGRESQL__NAME": {"name": "authentik-db-app", "key": "dbname"},
        "AUTHENTIK_POSTGRESQL__USER": {"name": "authentik-db-app", "key": "username"},
        "AUTHENTIK_POSTGRESQL__PASSWORD": {"name": "authentik-db-app", "key": "password"},
        "AUTHENTIK_BOOTSTRAP_PASSWORD": {"name": "secret-authentik", "key": "bootstrap-password"},
        "AUTHENTIK_BOOTSTRAP_TOKEN": {"name": "secret-authentik", "key": "bootstrap-token"},
    }
    plain = {item["name"]: item["value"] for item in env if "value" in item}
    assert plain == {
        "AUTHENTIK_BOOTSTRAP_EMAIL": "admin@example.org",
        "AUTHENTIK_DISABLE_UPDATE_CHECK": "true",
        "AUTHENTIK_DISABLE_STARTUP_ANALYTICS": "true",
        "AUTHENTIK_ERROR_REPORTING__ENABLED": "false",
    }
    assert waits_for(recording, recording.one(":Application", "authentik"), ":OnePasswordItem", "authentik")


def test_its_database_is_no_longer_the_charts(recording: Recording[Any]) -> None:
    assert values(recording)["postgresql"] == {"enabled": False}
    assert waits_for(recording, recording.one(":Application", "authentik"), ":ConfigMap", "authentik-db")


def test_its_namespace_holds_the_database_and_is_protected(recording: Recording[Any]) -> None:
    namespace = recording.one("core/v1:Namespace", "authentik")
    assert namespace.protect
    assert namespace.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_its_pods_satisfy_the_restricted_standard(recording: Recording[Any]) -> None:
    found = values(recording)
    assert found["global"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "runAsGroup": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    for part in ("server", "worker"):
        assert found[part]["containerSecurityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }


def part(component: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": component}


def test_server_and_workers_call_the_database_and_only_the_workers_the_api_server(recording: Recording[Any]) -> None:
    found = policies(recording)
    leaving = {name: spec["podSelector"]["matchLabels"] for name, spec in found.items() if "egress" in spec}
    assert leaving == {
        "authentik/authentik-worker-to-api-server-egress": part("worker"),
        "authentik/authentik-server-to-database-egress": part("server"),
        "authentik/authentik-worker-to-database-egress": part("worker"),
    }
    for component in ("server", "worker"):
        entering = found[f"authentik/authentik-{component}-to-database-ingress"]
        assert entering["podSelector"]["matchLabels"] == {"cnpg.io/cluster": "authentik-db"}
        assert entering["ingress"] == [
            {"from": [peer("authentik", part(component))], "ports": [{"port": 5432, "protocol": "TCP"}]}
        ]


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_server_and_worker_are_doubled(replicas: int, *, budget: bool) -> None:
    found = values(authentik(replicas=replicas))
    for part in ("server", "worker"):
        assert found[part]["replicas"] == replicas
        assert found[part]["pdb"] == {"enabled": budget, "maxUnavailable": 1}


def test_server_and_outpost_come_from_the_mirror() -> None:
    found = values(authentik(registry_mirror=MIRROR))
    assert found["global"]["image"]["repository"] == f"{MIRROR}/ghcr.io/goauthentik/server"
    outposts = found["authentik"]["outposts"]["container_image_base"]
    assert outposts == f"{MIRROR}/ghcr.io/goauthentik/%(type)s:%(version)s"


def test_the_endpoint_is_the_server_and_not_a_worker(recording: Recording[Authentik]) -> None:
    endpoint = recording.result.endpoint
    assert (endpoint.url, endpoint.pod_port) == ("http://authentik-server.authentik.svc:80", 9000)
    assert endpoint.pods == {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server"}
