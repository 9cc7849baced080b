from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.plugins.accounts.authentik.fresh import EMBEDDED, LOCAL_CLUSTER
from sandbox.plugins.wire import Properties, Secret
from tests.support.accounts import Driver, authentik, oauth2, proxy, refused

ICONS = {"brandingLogo": "/logo.svg", "brandingFavicon": "/icon.png"}
NOTHING = "00000000-0000-0000-0000-000000000000"
GROUP_MISSING = f'Invalid pk \\"{NOTHING}\\" - object does not exist: there is no such Group'
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def ak(tmp_path: Path) -> Driver:
    return authentik(tmp_path)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"slug": "a b"}, 'slug: "a b" is not a slug: letters, digits, - and _ only'),
        ({}, "slug: this property is required and missing"),
        ({"slug": "a", "policyEngineMode": "some"}, 'policyEngineMode: "some" is not one of: all, any'),
        ({"slug": "a", "metaLaunchUrl": "a"}, 'metaLaunchUrl: "a" is not an http or https URL'),
        ({"slug": "a", "metaHide": True}, "metaHide: the sandbox does not know this property"),
        ({"slug": "taken"}, "Application taken has this slug already: import it or choose another"),
        ({"slug": "a", "protocolProvider": 99}, "object does not exist: there is no such provider"),
        ({"slug": "a", "backchannelProviders": [99]}, "object does not exist: there is no such provider"),
        ({"slug": "a", "protocolProvider": 1}, "application taken (taken) has this provider already"),
    ],
)
def test_application_refusals(ak: Driver, inputs: Properties, message: str) -> None:
    ak.make("ProviderProxy", **proxy(ak))
    ak.make("Application", slug="taken", protocolProvider=1)
    refused(ak, "Application", inputs, message)


def test_an_application_s_id_is_its_slug(ak: Driver) -> None:
    own, outputs = ak.make("Application", resource="navi", slug="navidrome", metaIcon="https://n.example.org/icon.png")
    assert own == outputs["applicationId"] == "navidrome"
    assert re.fullmatch("navi-[0-9a-f]{7}", outputs["name"])
    assert re.fullmatch(r"[0-9a-f-]{36}", outputs["uuid"])
    inputs, failures = ak.provider.check(
        ak.subject("Application", "navi", own), {"name": outputs["name"]}, {"slug": "x"}
    )
    assert (inputs["name"], failures) == (outputs["name"], [])
    changed = ak.change("Application", own, outputs, name="N", slug="music")
    assert (changed["slug"], changed["uuid"]) == ("music", outputs["uuid"])
    assert ak.read("Application", own) is not None


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"target": "T"}, "order: this property is required and missing"),
        ({"target": "T", "order": 0}, "One of 'policy', 'group', 'user' must be set; set are: []"),
        ({"target": "T", "order": 0, "group": "G", "user": 3}, "must be set; set are: ['group', 'user']"),
        ({"target": NOTHING, "order": 0, "group": "G"}, "there is no such application or flow; give its uuid"),
        ({"target": "app", "order": 0, "group": "G"}, "there is no such application or flow; give its uuid"),
        ({"target": "T", "order": 0, "group": NOTHING}, GROUP_MISSING),
        ({"target": "T", "order": 0, "user": 3}, "the sandbox has no user of that id; it knows groups only"),
    ],
)
def test_policy_binding_refusals(ak: Driver, inputs: Properties, message: str) -> None:
    _, made = ak.make("Application", slug="app")
    group, _ = ak.make("Group", name="g")
    stand_ins = {"T": made["uuid"], "G": group}
    refused(ak, "PolicyBinding", {key: stand_ins.get(value, value) for key, value in inputs.items()}, message)


def test_what_belongs_together_goes_together(ak: Driver) -> None:
    ak.make("ProviderProxy", **proxy(ak))
    _, made = ak.make("Application", slug="app", protocolProvider=1)
    group, _ = ak.make("Group", name="g")
    first, _ = ak.make("PolicyBinding", target=made["uuid"], order=0, group=group)
    outpost, _ = ak.make("Outpost", name="home", protocolProviders=[1])
    ak.remove("ProviderProxy", "1")
    live = ak.read("Application", "app", slug="app", protocolProvider=1)
    assert live is not None
    assert live.inputs == {"slug": "app"}
    served = ak.read("Outpost", outpost)
    assert served is not None
    assert served.outputs["protocolProviders"] == []
    ak.remove("Application", "app")
    assert ak.read("PolicyBinding", first) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "saml"}, 'type: "saml" is not one of: proxy, ldap, radius, rac'),
        ({"config": "authentik_host"}, 'config: "authentik_host" is not a string that holds a JSON object'),
        ({"protocolProviders": ["1"]}, "protocolProviders[0]: expected a whole number, was given a string"),
        ({"protocolProviders": None}, "protocolProviders: this property is required and missing"),
        ({"protocolProviders": []}, "This list may not be empty."),
        ({"protocolProviders": [99]}, "there is no such provider"),
        ({"protocolProviders": [2]}, "provider argocd is not supported by an outpost of type proxy"),
        ({"type": "ldap"}, "provider navidrome is not supported by an outpost of type ldap"),
        ({"serviceConnection": NOTHING}, "there is no such ServiceConnectionKubernetes"),
        (
            {"config": '{"kubernetes_replicas": "2"}'},
            "Failed to validate config: kubernetes_replicas: expected int, was",
        ),
        ({"config": '{"kubernetes_namspace": "a"}'}, "kubernetes_namspace is no setting of an outpost"),
        ({"name": EMBEDDED}, "has this name already"),
    ],
)
def test_outpost_refusals(ak: Driver, change: Properties, message: str) -> None:
    ak.make("ProviderProxy", **proxy(ak))
    ak.make("ProviderOauth2", **oauth2(ak))
    refused(ak, "Outpost", {"name": "home", "protocolProviders": [1], **change}, message)


def test_an_outpost_is_stored_as_the_controllers_read_it(ak: Driver) -> None:
    ak.make("ProviderProxy", **proxy(ak))
    connection, _ = ak.make("ServiceConnectionKubernetes", name="c", local=True)
    config = json.dumps({"authentik_host": "http://a", "kubernetes_namespace": "authentik", "kubernetes_replicas": 2})
    inputs: Properties = {"name": "home", "protocolProviders": [1], "serviceConnection": connection, "config": config}
    own, outputs = ak.make("Outpost", **inputs)
    stored = ak.provider.account.read()["objects"]["Outpost"][own]
    assert {key: stored[key] for key in inputs} == inputs
    assert ak.diff("Outpost", outputs, **{**inputs, "config": json.dumps(json.loads(config), indent=1)}) == []
    _, plain_one = ak.make("Outpost", name="other", protocolProviders=[1])
    assert json.loads(plain_one["config"])["object_naming_template"] == "ak-outpost-%(name)s"
    ak.remove("ServiceConnectionKubernetes", connection)
    assert "serviceConnection" not in ak.provider.account.read()["objects"]["Outpost"][own]


@pytest.mark.parametrize(
    ("kind", "inputs", "message"),
    [
        (
            "ServiceConnectionKubernetes",
            {"name": "c"},
            "You can only use an empty kubeconfig when connecting to a local clu",
        ),
        (
            "ServiceConnectionKubernetes",
            {"name": "c", "kubeconfig": "x"},
            "kubeconfig: the given value is not a string that",
        ),
        ("ServiceConnectionKubernetes", {"name": LOCAL_CLUSTER, "local": True}, "has this name already"),
        ("Group", {"name": "authentik Admins"}, "has this name already: import it or choose another"),
        ("Group", {"name": "g", "parent": NOTHING}, GROUP_MISSING),
        ("Group", {"name": "g", "attributes": "[]"}, 'attributes: "[]" is not a string that holds a JSON object'),
        ("Group", {"name": "g", "roles": []}, "roles: the sandbox does not know this property"),
        (
            "Flow",
            {"slug": "a", "title": "t", "designation": "login"},
            'designation: "login" is not one of: authentication,',
        ),
        ("Flow", {"slug": "a b", "title": "t", "designation": "recovery"}, "is not a slug"),
        (
            "Flow",
            {"slug": "default-authentication-flow", "title": "t", "designation": "authentication"},
            "has this slug already",
        ),
        ("FlowStageBinding", {"target": NOTHING, "stage": NOTHING, "order": 0}, "there is no such Flow"),
        (
            "PropertyMappingProviderScope",
            {"scopeName": "s", "expression": "return {"},
            "is not a Python expression with a",
        ),
        (
            "PropertyMappingProviderScope",
            {"expression": "return {}"},
            "scopeName: this property is required and missing",
        ),
        ("CertificateKeyPair", {"certificateData": "x"}, 'certificateData: "x" is not a certificate in PEM'),
        (
            "CertificateKeyPair",
            {"certificateData": CERTIFICATE, "keyData": "x"},
            "keyData: the given value is not a private",
        ),
        ("Brand", {**ICONS, "domain": "authentik-default"}, "has this domain already"),
        ("Brand", {**ICONS, "domain": "a", "default": True}, "Only a single brand can be set as default."),
        ("Brand", {**ICONS, "domain": "a", "flowAuthentication": NOTHING}, "there is no such Flow"),
        ("Brand", {**ICONS, "domain": "a", "webCertificate": NOTHING}, "there is no such CertificateKeyPair"),
        ("StageUserLogin", {"sessionDuration": "1h"}, 'sessionDuration: "1h" is not a span of time'),
        ("StageConsent", {"mode": "never"}, 'mode: "never" is not one of: always_require, permanent, expiring'),
    ],
)
def test_other_refusals(ak: Driver, kind: str, inputs: Properties, message: str) -> None:
    refused(ak, kind, inputs, message)


def test_a_flow_with_a_stage(ak: Driver) -> None:
    own, made = ak.make("Flow", name="out", slug="out", title="Bye", designation="invalidation")
    assert own == made["flowId"] == "out"
    stage, _ = ak.make("StageUserLogout", name="out")
    binding, _ = ak.make("FlowStageBinding", target=made["uuid"], stage=stage, order=0)
    assert ak.read("FlowStageBinding", binding) is not None
    refused(ak, "FlowStageBinding", {"target": made["uuid"], "stage": NOTHING, "order": 1}, "there is no such stage")
    assert ak.look("getFlow", slug="out")["id"] == made["uuid"]


def test_a_flow_takes_its_providers_with_it(ak: Driver) -> None:
    own, made = ak.make("Flow", name="in", slug="in", title="Hi", designation="authorization")
    provider, _ = ak.make("ProviderProxy", **proxy(ak, authorizationFlow=made["uuid"]))
    ak.remove("Flow", own)
    assert ak.read("ProviderProxy", provider) is None


def test_groups_and_keys(ak: Driver) -> None:
    parent, _ = ak.make("Group", name="all")
    own, outputs = ak.make("Group", name="admins", parent=parent, attributes='{"a": 1}')
    assert outputs["users"] == []
    assert own == outputs["groupId"]
    with ak.provider.account.edit() as data:
        data["objects"]["Group"][own]["users"] = [4]
    live = ak.read("Group", own, name="admins", parent=parent, attributes='{"a":1}')
    assert live is not None
    assert live.inputs == {"name": "admins", "parent": parent, "attributes": '{"a":1}'}
    assert ak.diff("Group", live.outputs, name="admins", parent=parent, attributes='{"a":1}') == []
    _, pair = ak.make("CertificateKeyPair", name="k", certificateData=CERTIFICATE, keyData=Secret(KEY))
    assert pair["keyData"] == Secret(KEY)
    ak.make("PropertyMappingProviderScope", name="groups", scopeName="groups", expression="return {}")
    _, brand = ak.make("Brand", domain="example.org", brandingTitle="Home", **ICONS)
    assert brand["brandingDefaultFlowBackground"] == "/static/dist/assets/images/flow_background.jpg"
