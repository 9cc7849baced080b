"""Every public route is probed as somebody would see it who has not signed in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    ForwardAuth,
    Foundation,
    Internal,
    Oidc,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.monitoring.probes import Probes, ProbesArgs
from components.vocabulary import MONITORED, USERS, SignInKind
from tests.support.parts import base, container, done, endpoint, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record

OIDC = Oidc(callback="/callback", groups=[USERS])
PUBLIC = Public(reason="it shows nothing")
EXPOSURES: dict[str, Exposure] = {
    "photos": TraefikRoute(host="photos.example.org", sign_in=OIDC),
    "music": TraefikRoute(host="music.example.org", sign_in=ForwardAuth(group=USERS)),
    "upload": TraefikRoute(host="music.example.org", path="/upload", sign_in=ForwardAuth(group=USERS)),
    "echo": TunnelIngress(host="echo.example.org", sign_in=PUBLIC),
    "ssh.example.org": AccessIngress(host="ssh.example.org", sign_in=Access(group=USERS), tunnel_id="tunnel"),
    "worker": Internal(),
}

AUTHORIZE = (
    "https://auth.example.org/application/o/authorize/?client_id=id&"
    "redirect_uri=https%3A%2F%2Fmusic.example.org%2Foutpost.goauthentik.io%2Fcallback"
)


def probing(**changes: Any) -> Recording[Foundation]:
    def program() -> Foundation:
        found, place = base(**changes), namespace("temporis")
        entries = [
            CatalogEntry(name=name, title=name, description="", namespace=place, endpoint=None, exposure=exposure)
            for name, exposure in EXPOSURES.items()
        ]
        args = ProbesArgs(
            base=found,
            namespace=place,
            entries=entries,
            traefik=endpoint("traefik", 443),
            kinds_known=done("kinds"),
        )
        Probes("blackbox-exporter", args)
        return found

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording[Foundation]:
    return probing()


def probes(recording: Recording[Any]) -> dict[str, Any]:
    """The spec of each probe, by the service that it is labelled with."""
    found = [item.spec for item in recording.of(":Probe")]
    return {spec["targets"]["staticConfig"]["labels"]["service"]: spec for spec in found}


def modules(recording: Recording[Any]) -> Any:
    """The exporter's modules, as its file has them."""
    files = recording.one(":ConfigMap", "blackbox-exporter-modules")
    (text,) = files.inputs["data"].values()
    return json.loads(text)["modules"]


def test_each_route_that_people_can_reach_is_probed_and_nothing_else(recording: Recording[Any]) -> None:
    found = {name: spec["targets"]["staticConfig"]["static"] for name, spec in probes(recording).items()}
    assert found == {
        "photos": ["https://photos.example.org"],
        "music": ["https://music.example.org"],
        "upload": ["https://music.example.org/upload"],
        "echo": ["https://echo.example.org"],
        "ssh.example.org": ["https://ssh.example.org"],
    }


def test_a_probe_expects_what_its_sign_in_answers(recording: Recording[Any]) -> None:
    assert {name: spec["module"] for name, spec in probes(recording).items()} == {
        "photos": SignInKind.OIDC,
        "music": SignInKind.FORWARD_AUTH,
        "upload": SignInKind.FORWARD_AUTH,
        "echo": SignInKind.PUBLIC,
        "ssh.example.org": SignInKind.ACCESS,
    }
    assert set(modules(recording)) == set(SignInKind)


def test_a_probe_calls_the_exporter_and_belongs_to_one_job(recording: Recording[Any]) -> None:
    for spec in probes(recording).values():
        assert spec["prober"]["url"] == "blackbox-exporter.temporis.svc:9115"
        assert (spec["jobName"], spec["interval"]) == ("blackbox", "60s")
    for item in recording.of(":Probe"):
        assert item.inputs["metadata"]["labels"] == {MONITORED: "true"}
        assert waits_for(recording, item, ":ConfigMap", "kinds")


def test_no_module_does_without_a_verified_certificate(recording: Recording[Any]) -> None:
    for module in modules(recording).values():
        assert module["prober"] == "http"
        assert module["http"]["fail_if_not_ssl"] is True
        assert "tls_config" not in module["http"]
        assert module["http"]["preferred_ip_protocol"] == "ip4"


def header(recording: Recording[Any], kind: SignInKind) -> Any:
    (found,) = modules(recording)[kind]["http"]["fail_if_header_not_matches"]
    assert found["header"] == "Location"
    return found


@pytest.mark.parametrize("kind", [SignInKind.FORWARD_AUTH, SignInKind.ACCESS])
def test_a_page_that_should_ask_who_one_is_and_shows_itself_is_a_failure(
    recording: Recording[Any], kind: SignInKind
) -> None:
    http = modules(recording)[kind]["http"]
    assert 200 not in http["valid_status_codes"]
    assert http["follow_redirects"] is False


def test_forward_auth_leads_to_authentik_and_no_redirect_of_the_applications_own_counts(
    recording: Recording[Any],
) -> None:
    found = header(recording, SignInKind.FORWARD_AUTH)
    assert found["allow_missing"] is False
    assert re.search(found["regexp"], AUTHORIZE)
    assert not re.search(found["regexp"], "https://music.example.org/app/")


def test_access_refuses_or_leads_to_its_own_page(recording: Recording[Any]) -> None:
    found = header(recording, SignInKind.ACCESS)
    assert found["allow_missing"] is True
    assert re.search(found["regexp"], "https://homelab.cloudflareaccess.com/cdn-cgi/access/login/ssh.example.org")
    assert not re.search(found["regexp"], "https://ssh.example.org/login")
    assert {302, 401, 403} == set(modules(recording)[SignInKind.ACCESS]["http"]["valid_status_codes"])


def test_the_exporter_reads_the_file_that_it_is_told(recording: Recording[Any]) -> None:
    made = container(recording, "blackbox-exporter")
    (flag,) = made["args"]
    (mount,) = made["volumeMounts"]
    (name,) = recording.one(":ConfigMap", "blackbox-exporter-modules").inputs["data"]
    assert flag == f"--config.file={mount['mountPath']}/{name}"


def test_its_own_metrics_are_another_job(recording: Recording[Foundation]) -> None:
    (target,) = recording.result.contributions.metrics.close()
    assert (target.name, target.port) == ("blackbox-exporter", 9115)


def test_it_may_call_the_internet_by_https_and_nothing_else(recording: Recording[Any]) -> None:
    (found,) = policies(recording).values()
    assert found["policyTypes"] == ["Egress"]
    (rule,) = found["egress"]
    assert [port["port"] for port in rule["ports"]] == [443]
    assert all(item["ipBlock"]["except"] for item in rule["to"])


def test_where_the_homes_dns_leads_past_cloudflare_it_may_call_traefik() -> None:
    found = policies(probing(home_cidrs=["192.168.1.0/24"]))
    (rule,) = found["traefik/blackbox-exporter-to-traefik-ingress"]["ingress"]
    assert rule["from"] == [peer("temporis", {"app.kubernetes.io/name": "blackbox-exporter"})]
    assert "temporis/blackbox-exporter-to-traefik-egress" in found
