"""Grafana: who gets in as what, what it asks, and what it shows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.kit import CatalogEntry, Foundation, Oidc, OidcRegistration, RelyingParty, SecretKey, TraefikRoute
from components.monitoring.grafana import Grafana, GrafanaArgs
from components.monitoring.names import ALERTMANAGER_SOURCE, INFLUXDB_SOURCE, LONG_TERM, ORGANISATION, THANOS_SOURCE
from components.vocabulary import ADMINS, USERS
from tests.components.apps.support import environment, internet_ports, mounted
from tests.support.parts import (
    AUTHENTIK_URL,
    app_platform,
    container,
    done,
    endpoint,
    namespace,
    peer,
    policies,
    waits_for,
)
from tests.support.recorder import Recording, record

HOST = "grafana.example.org"
DASHBOARDS = {"overview": '{"uid": "overview"}', "nodes": '{"uid": "nodes"}'}
OAUTH = "GF_AUTH_GENERIC_OAUTH_"
Built = tuple[Grafana, Foundation, RelyingParty]


@pytest.fixture(scope="module")
def recording() -> Recording[Built]:
    def build() -> Built:
        platform = app_platform()
        parties: list[RelyingParty] = []

        def register(registration: OidcRegistration, parent: Any) -> Any:
            parties.append(registration.party)
            return platform.register(registration, parent)

        grafana = Grafana("grafana", given(base=platform.base, register=register))
        (party,) = parties
        return grafana, platform.base, party

    return record(build)


def given(**changes: Any) -> GrafanaArgs:
    args: dict[str, Any] = {
        "namespace": namespace("temporis"),
        "host": HOST,
        "thanos": endpoint("thanos-query", 10902),
        "alertmanager": endpoint("alertmanager-operated", 9093),
        "influxdb": endpoint("influxdb", 8086),
        "token": SecretKey(secret="influxdb-access-grafana", key="token", synced=done("tokens")),
        "dashboards": DASHBOARDS,
        "home": "overview",
    }
    return GrafanaArgs(**{**args, **changes})


@pytest.fixture(scope="module")
def entry(recording: Recording[Built]) -> CatalogEntry:
    (only,) = recording.result[1].contributions.catalog.close()
    return only


@pytest.fixture(scope="module")
def settings(recording: Recording[Built]) -> dict[str, Any]:
    return environment(recording, "grafana")


def file(recording: Recording[Built], path: str) -> str:
    """What the container reads there."""
    name = mounted(recording, "grafana")[path]["configMap"]["name"]
    (found,) = (item for item in recording.of(":ConfigMap") if item.inputs["metadata"]["name"] == name)
    return str(found.inputs["data"][path.rpartition("/")[2]])


def sources(recording: Recording[Built]) -> dict[str, Any]:
    text = file(recording, "/etc/grafana/provisioning/datasources/datasources.yaml")
    return {source["uid"]: source for source in json.loads(text)["datasources"]}


def test_people_sign_in_at_authentik_with_a_proof_that_the_code_is_theirs(settings: dict[str, Any]) -> None:
    assert settings[f"{OAUTH}ENABLED"] == settings[f"{OAUTH}USE_PKCE"] == "true"
    for key in ("AUTH_URL", "TOKEN_URL"):
        assert settings[f"{OAUTH}{key}"].startswith(f"{AUTHENTIK_URL}/application/o/")
    assert settings[f"{OAUTH}CLIENT_SECRET"] == ("secret-grafana-oidc", "client-secret")
    assert settings[f"{OAUTH}CLIENT_ID"] == ("secret-grafana-oidc", "client-id")
    # Groups and roles come with `profile`.
    assert {"openid", "profile", "email"} == set(settings[f"{OAUTH}SCOPES"].split())


def test_authentik_sends_them_back_to_where_grafana_listens(
    recording: Recording[Built], settings: dict[str, Any], entry: CatalogEntry
) -> None:
    party = recording.result[2]
    assert party.redirect_uri == f"{settings['GF_SERVER_ROOT_URL']}login/generic_oauth"
    assert isinstance(entry.exposure, TraefikRoute)
    assert isinstance(entry.exposure.sign_in, Oidc)
    assert entry.exposure.sign_in.callback == party.callback
    assert set(entry.exposure.sign_in.groups) == set(party.groups) == {ADMINS, USERS}


@pytest.mark.parametrize(
    ("groups", "role"),
    [({ADMINS}, "Admin"), ({USERS}, "Viewer"), ({USERS, ADMINS}, "Admin"), ({"guests"}, ""), (set(), "")],
)
def test_a_role_is_by_group_and_whoever_has_none_does_not_get_in(
    settings: dict[str, Any], groups: set[str], role: str
) -> None:
    alternatives = settings[f"{OAUTH}ROLE_ATTRIBUTE_PATH"].split(" || ")
    found = [re.fullmatch(r"contains\(groups\[\*\], '([\w-]+)'\) && '(\w+)'", item) for item in alternatives]
    assert all(found)
    assert next((item[2] for item in found if item and item[1] in groups), "") == role
    assert settings[f"{OAUTH}ROLE_ATTRIBUTE_STRICT"] == "true"
    assert settings[f"{OAUTH}ALLOW_ASSIGN_GRAFANA_ADMIN"] == "false"


def test_an_administrator_gets_in_without_authentik(recording: Recording[Built], settings: dict[str, Any]) -> None:
    assert settings["GF_SECURITY_ADMIN_PASSWORD"] == ("secret-grafana", "admin-password")
    assert recording.one(":Item", "grafana-admin-password").inputs["passwordRecipe"]
    assert "GF_AUTH_DISABLE_LOGIN_FORM" not in settings
    assert "GF_AUTH_BASIC_ENABLED" not in settings


def test_its_database_is_not_written_with_the_key_that_everybody_knows(settings: dict[str, Any]) -> None:
    assert settings["GF_SECURITY_SECRET_KEY"] == ("secret-grafana", "secret-key")


def test_a_session_lasts_longer_than_authentiks_token_and_no_longer_than_a_day(settings: dict[str, Any]) -> None:
    assert settings[f"{OAUTH}USE_REFRESH_TOKEN"] == "false"
    assert settings["GF_AUTH_LOGIN_MAXIMUM_LIFETIME_DURATION"] == "1d"


def test_dashboards_find_their_datasources_by_uids_that_stay(recording: Recording[Built]) -> None:
    found = sources(recording)
    assert {uid: (source["type"], source["url"]) for uid, source in found.items()} == {
        THANOS_SOURCE: ("prometheus", "http://thanos-query.thanos-query.svc:10902"),
        INFLUXDB_SOURCE: ("influxdb", "http://influxdb.influxdb.svc:8086"),
        ALERTMANAGER_SOURCE: ("alertmanager", "http://alertmanager-operated.alertmanager-operated.svc:9093"),
    }
    assert [uid for uid, source in found.items() if source.get("isDefault")] == [THANOS_SOURCE]
    assert not any(source["editable"] for source in found.values())


def test_influxdb_is_asked_in_flux_with_a_token_that_only_the_pod_knows(recording: Recording[Built]) -> None:
    source = sources(recording)[INFLUXDB_SOURCE]
    assert source["jsonData"] == {"version": "Flux", "organization": ORGANISATION, "defaultBucket": LONG_TERM}
    variable = re.fullmatch(r"\$__env\{(\w+)\}", source["secureJsonData"]["token"])
    assert variable
    assert environment(recording, "grafana")[variable[1]] == ("influxdb-access-grafana", "token")
    assert waits_for(recording, recording.one(":Deployment", "grafana"), ":ConfigMap", "tokens")


def test_each_dashboard_is_a_file_that_nobody_changes_on_its_pages(recording: Recording[Built]) -> None:
    (provider,) = json.loads(file(recording, "/etc/grafana/provisioning/dashboards/dashboards.yaml"))["providers"]
    folder = provider["options"]["path"]
    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)
    assert {name: file(recording, f"{folder}/{name}.json") for name in DASHBOARDS} == DASHBOARDS


def test_people_see_the_one_first_that_they_are_to_see(recording: Recording[Built], settings: dict[str, Any]) -> None:
    assert file(recording, settings["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]) == DASHBOARDS["overview"]


def test_a_dashboard_that_is_not_there_cannot_be_the_first() -> None:
    with pytest.raises(ValueError, match=r"GrafanaArgs\.home: expected one of nodes, overview; got 'others'"):
        record(lambda: given(base=app_platform().base, register=app_platform().register, home="others"))


def test_nothing_in_it_outlives_a_pod_and_all_else_is_read_only(recording: Recording[Built]) -> None:
    volumes = mounted(recording, "grafana")
    written = {path for path, volume in volumes.items() if "emptyDir" in volume}
    assert written == {"/var/lib/grafana", "/tmp"}  # noqa: S108 - in the pod
    assert container(recording, "grafana")["securityContext"]["readOnlyRootFilesystem"]
    assert recording.of(":PersistentVolumeClaim") == []
    # Each pod would have users and sessions of its own.
    assert recording.one(":Deployment", "grafana").spec["replicas"] == 1


def test_it_tells_nobody_and_fetches_nothing(settings: dict[str, Any]) -> None:
    for key in ("REPORTING_ENABLED", "CHECK_FOR_UPDATES", "CHECK_FOR_PLUGIN_UPDATES"):
        assert settings[f"GF_ANALYTICS_{key}"] == "false"
    assert settings["GF_NEWS_NEWS_FEED_ENABLED"] == "false"
    assert settings["GF_SECURITY_DISABLE_GRAVATAR"] == settings["GF_PLUGINS_PREINSTALL_DISABLED"] == "true"


def test_its_metrics_are_for_prometheus_and_for_nobody_outside(
    recording: Recording[Built], entry: CatalogEntry
) -> None:
    (target,) = recording.result[1].contributions.metrics.close()
    assert target.name == "grafana"
    assert target.port in {port["name"] for port in container(recording, "grafana")["ports"]}
    assert isinstance(entry.exposure, TraefikRoute)
    assert target.path in entry.exposure.closed_paths


def test_it_calls_what_it_shows_and_authentik_and_nothing_else(recording: Recording[Built]) -> None:
    found = policies(recording)
    leaving = {
        name.removeprefix("temporis/grafana-to-").removesuffix("-egress")
        for name in found
        if name.startswith("temporis/")
    }
    assert leaving == {"thanos", "influxdb", "alertmanager", "internet"}
    assert internet_ports(recording, "temporis/grafana-to-internet-egress") == [443]
    entering = found["thanos-query/grafana-to-thanos-ingress"]["ingress"]
    caller = peer("temporis", {"app.kubernetes.io/name": "grafana"})
    assert entering == [{"from": [caller], "ports": [{"port": 10902, "protocol": "TCP"}]}]
