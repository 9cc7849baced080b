"""What Authentik's API demands of each property, and what its provider sends for those that are left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties
from tests.support.accounts import Driver, authentik, oauth2, plain, proxy

ICONS = {"brandingLogo": "/logo.svg", "brandingFavicon": "/icon.png"}
FLOW = {"name": "f", "slug": "f", "title": "F", "designation": "recovery"}


@pytest.fixture
def ak(tmp_path: Path) -> Driver:
    return authentik(tmp_path)


def inputs(ak: Driver, kind: str) -> Properties:
    """Inputs of each type that the server takes."""
    good: dict[str, Properties] = {
        "Brand": {"domain": "example.org", **ICONS},
        "Group": {"name": "g"},
        "Flow": FLOW,
        "PropertyMappingProviderScope": {"name": "s", "scopeName": "s", "expression": "return {}"},
        "ProviderOauth2": oauth2(ak),
        "ProviderProxy": proxy(ak),
        "Application": {"name": "a", "slug": "a"},
        "Outpost": {"name": "o", "protocolProviders": [1]},
        "ServiceConnectionKubernetes": {"name": "c", "local": True},
        "PolicyBinding": {"target": "T", "group": "G", "order": 0},
    }
    return good[kind]


AT_LEAST_ONE_CHARACTER = [
    *(("Brand", name) for name in ("domain", "brandingTitle", *ICONS, "brandingDefaultFlowBackground")),
    ("Group", "name"),
    *(("Flow", name) for name in ("name", "slug", "title")),
    *(("PropertyMappingProviderScope", name) for name in ("name", "scopeName", "expression")),
    *(
        ("ProviderOauth2", name)
        for name in ("name", "clientId", "accessCodeValidity", "accessTokenValidity", "refreshTokenValidity")
    ),
    *(("ProviderProxy", name) for name in ("name", "externalHost", "accessTokenValidity", "refreshTokenValidity")),
    *(("Application", name) for name in ("name", "slug")),
    ("Outpost", "name"),
    ("ServiceConnectionKubernetes", "name"),
]


@pytest.mark.parametrize(("kind", "name"), AT_LEAST_ONE_CHARACTER)
def test_an_empty_text_is_refused(ak: Driver, kind: str, name: str) -> None:
    with pytest.raises(ProviderError, match=f'^{name}: "" is not '):
        ak.check(kind, {**inputs(ak, kind), name: ""})


LIMITS = [
    ("Flow", "slug", "a" * 50, "a" * 51, "at most 50 characters long"),
    ("Application", "slug", "a" * 50, "a" * 51, "at most 50 characters long"),
    ("ProviderOauth2", "clientId", "a" * 255, "a" * 256, "at most 255 characters long"),
    ("ProviderOauth2", "clientSecret", "a" * 255, "a" * 256, "at most 255 characters long"),
    ("PolicyBinding", "order", -(2**31), 2**31, "between -2147483648 and 2147483647"),
    ("PolicyBinding", "timeout", 0, -1, "between 0 and 2147483647"),
]


@pytest.mark.parametrize("limit", LIMITS)
def test_lengths_and_ranges(ak: Driver, limit: tuple[str, str, object, object, str]) -> None:
    kind, name, allowed, refused, message = limit
    ak.check(kind, {**inputs(ak, kind), name: allowed})
    with pytest.raises(ProviderError, match=message) as refusal:
        ak.check(kind, {**inputs(ak, kind), name: refused})
    assert ("a" * 255 in str(refusal.value)) == (name == "clientId"), "a secret is not quoted"


def test_what_the_provider_sends_as_an_empty_text_is_refused_by_the_server(ak: Driver) -> None:
    sent = [
        (kind.schema.short, name)
        for kind in ak.provider.kinds
        for name, prop in kind.schema.inputs.items()
        if prop.sent is not None
    ]
    assert set(sent) == {("Brand", name) for name in ICONS}
    for kind, name in sent:
        left_out = {key: value for key, value in inputs(ak, kind).items() if key != name}
        ak.check(kind, left_out)  # a preview does not see it
        with pytest.raises(ProviderError, match="This field may not be blank") as refusal:
            ak.make(kind, **left_out)
        assert name.replace("branding", "branding_").lower() in str(refusal.value)


def test_an_update_throws_out_the_members_whom_the_state_does_not_know(ak: Driver) -> None:
    own, olds = ak.make("Group", name="g")
    ak.provider.account.drift("Group", own, {"users": [7]})
    live = ak.read("Group", own, name="g")
    assert live is not None
    assert ak.change("Group", own, live.outputs, name="renamed")["users"] == [7], "a refresh has seen them"
    assert ak.change("Group", own, olds, name="g")["users"] == []


def test_an_update_writes_back_the_secret_that_the_state_knows(ak: Driver) -> None:
    own, olds = ak.make("ProviderOauth2", **oauth2(ak))
    ak.provider.account.drift("ProviderOauth2", own, {"clientSecret": "by hand"})
    written = plain(ak.change("ProviderOauth2", own, olds, **oauth2(ak, name="renamed")))
    assert written["clientSecret"] == plain(olds)["clientSecret"] != "by hand"
