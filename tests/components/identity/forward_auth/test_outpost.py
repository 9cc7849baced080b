"""The outpost: the pods that Traefik asks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.identity.forward_auth.hosts import ProtectedHost, ProtectedHostArgs
from components.identity.forward_auth.outpost import Outpost, OutpostArgs, outpost_endpoint
from components.kit import spread
from components.vocabulary import USERS
from tests.support.parts import endpoint, namespace, peer, policies, shared
from tests.support.recorder import Recording, record


def outpost(replicas: int = 1) -> Outpost:
    objects = shared()
    host = ProtectedHost(
        "music", ProtectedHostArgs(title="Music", host="music.example.org", group=USERS, shared=objects)
    )
    args = OutpostArgs(
        hosts=[host],
        shared=objects,
        server=endpoint("authentik", 9000),
        url="https://auth.example.org",
        replicas=replicas,
    )
    return Outpost("homelab", args)


@pytest.fixture(scope="module")
def recording() -> Recording[Outpost]:
    return record(outpost)


def config(recording: Recording[Any]) -> Any:
    return json.loads(recording.one("outpost:Outpost", "homelab").inputs["config"])


def test_the_outpost_decides_about_every_host(recording: Recording[Any]) -> None:
    made = recording.one("outpost:Outpost", "homelab").inputs
    assert made["type"] == "proxy"
    assert made["protocolProviders"] == [7]
    assert made["serviceConnection"] == "homelab-id"


def test_it_asks_the_server_inside_and_sends_browsers_outside(recording: Recording[Any]) -> None:
    found = config(recording)
    assert found["authentik_host"] == "http://authentik.authentik.svc:9000"
    assert found["authentik_host_browser"] == "https://auth.example.org"
    assert found["kubernetes_namespace"] == "authentik"


def test_authentik_makes_neither_routes_nor_middlewares(recording: Recording[Any]) -> None:
    disabled = config(recording)["kubernetes_disabled_components"]
    assert {"ingress", "traefik middleware", "httproute"} <= set(disabled)


def test_its_pods_satisfy_the_restricted_standard(recording: Recording[Any]) -> None:
    patches = {patch["path"]: patch["value"] for patch in config(recording)["kubernetes_json_patches"]["deployment"]}
    pod = patches["/spec/template/spec/securityContext"]
    container = patches["/spec/template/spec/containers/0/securityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["allowPrivilegeEscalation"] is False
    assert container["capabilities"] == {"drop": ["ALL"]}


def test_its_service_has_the_name_that_routes_and_middlewares_use(recording: Recording[Any]) -> None:
    found = record(lambda: outpost_endpoint(namespace("authentik"), "homelab")).result
    template = config(recording)["object_naming_template"]
    assert found.service == template % {"name": "homelab"} == "ak-outpost-homelab"
    assert found.url == "http://ak-outpost-homelab.authentik.svc:9000"
    assert found.pods == {"goauthentik.io/outpost-name": "homelab", "goauthentik.io/outpost-type": "proxy"}


def test_the_number_of_pods_is_the_callers_to_choose() -> None:
    assert config(record(lambda: outpost(2)))["kubernetes_replicas"] == 2


def test_it_may_ask_the_server_and_nobody_else(recording: Recording[Any]) -> None:
    pods = {"goauthentik.io/outpost-name": "homelab", "goauthentik.io/outpost-type": "proxy"}
    found = policies(recording)
    assert set(found) == {"authentik/homelab-to-server-egress", "authentik/homelab-to-server-ingress"}
    assert found["authentik/homelab-to-server-egress"]["podSelector"] == {"matchLabels": pods}
    assert found["authentik/homelab-to-server-ingress"]["ingress"][0]["from"] == [peer("authentik", pods)]


def test_its_pods_are_on_different_nodes(recording: Recording[Any]) -> None:
    patches = {patch["path"]: patch["value"] for patch in config(recording)["kubernetes_json_patches"]["deployment"]}
    pods = record(lambda: outpost_endpoint(namespace("authentik"), "homelab")).result.pods
    assert patches["/spec/template/spec/topologySpreadConstraints"] == spread(pods)
