from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.host import Host
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties, Secret
from tests.support.accounts import ACCOUNT, Driver, cloudflare

TUNNEL = "ZeroTrustTunnelCloudflared"
CONFIG = "ZeroTrustTunnelCloudflaredConfig"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def cf(tmp_path: Path) -> Driver:
    return cloudflare(tmp_path)


def tunnel(**more: Any) -> Properties:
    return {"accountId": ACCOUNT, "name": "homelab", "configSrc": "cloudflare", **more}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"accountId": ACCOUNT}, "name: this property is required and missing"),
        (tunnel(configSrc="remote"), 'configSrc: "remote" is not one of: local, cloudflare'),
        (tunnel(tunnelSecret="c2hvcnQ="), "tunnelSecret: the given value is not at least 32 bytes in base64"),
        (tunnel(tunnelSecret="no base64"), "tunnelSecret: the given value is not at least 32 bytes in base64"),
        (tunnel(accountId="f" * 32), "Authentication error (10000) at /accounts/ffff"),
        (tunnel(name="taken"), "409 Conflict: You already have a tunnel with this name (1013): taken is"),
    ],
)
def test_tunnel_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    cf.make(TUNNEL, **tunnel(name="taken"))
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make(TUNNEL, **inputs)


def test_what_makes_a_new_tunnel(cf: Driver) -> None:
    _, outputs = cf.make(TUNNEL, **tunnel())
    found = cf.diff(TUNNEL, outputs, accountId="other", name="n", configSrc="local")
    assert {change.path: change.replace for change in found} == {"accountId": True, "name": False, "configSrc": True}


def test_a_tunnel_and_its_token(cf: Driver) -> None:
    own, outputs = cf.make(TUNNEL, **tunnel())
    assert outputs["status"] == "inactive"
    assert outputs["remoteConfig"] is True
    assert "secret" not in outputs
    args = {"accountId": ACCOUNT, "tunnelId": own}
    token = cf.provider.invoke(
        "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken", args
    )
    assert isinstance(token["token"], Secret)
    content = json.loads(base64.b64decode(token["token"].value))
    assert (content["a"], content["t"]) == (ACCOUNT, own)
    assert len(base64.b64decode(content["s"])) == 32
    changed = cf.change(TUNNEL, own, outputs, **tunnel(name="renamed"))
    assert changed["name"] == "renamed"
    assert cf.look("getZeroTrustTunnelCloudflaredToken", **args)["token"] == token["token"].value
    with pytest.raises(ProviderError, match=r"Tunnel not found \(1003\) at token: .*; the account has renamed"):
        cf.look("getZeroTrustTunnelCloudflaredToken", accountId=ACCOUNT, tunnelId=NOBODY)


def test_a_deleted_tunnel_stays_but_gives_up_its_name(cf: Driver) -> None:
    own, _ = cf.make(TUNNEL, **tunnel())
    with cf.provider.account.edit() as data:
        data["objects"][TUNNEL][own]["connections"] = [{"id": "1"}]
    with pytest.raises(ProviderError, match=r"because it has active connections \(1022\)"):
        cf.remove(TUNNEL, own)
    with cf.provider.account.edit() as data:
        data["objects"][TUNNEL][own]["connections"] = []
    cf.remove(TUNNEL, own)
    assert cf.read(TUNNEL, own, **tunnel()) is None
    assert "deletedAt" in cf.provider.account.read()["objects"][TUNNEL][own]
    assert cf.make(TUNNEL, **tunnel())[0] != own


CATCH_ALL = {"service": "http_status:404"}


def ingress(*rules: Properties) -> Properties:
    return {"config": {"ingresses": [*rules]}}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (ingress(), "config.ingresses: at least one ingress rule is needed"),
        ({}, "config.ingresses: at least one ingress rule is needed"),
        (
            ingress({"hostname": "ssh.example.org", "service": "ssh://10.0.0.1:22"}),
            "config.ingresses[0]: the last ingress rule must match all URLs",
        ),
        (
            ingress(CATCH_ALL, CATCH_ALL),
            "config.ingresses[0]: it matches every hostname, so the rules after it are never",
        ),
        (
            ingress({"hostname": "a.*.org", **CATCH_ALL}, CATCH_ALL),
            "config.ingresses[0]: hostname a.*.org is not a host",
        ),
        (
            ingress({"hostname": "a.example.org", "service": "app:8080"}, CATCH_ALL),
            "service app:8080 is not a valid address",
        ),
        (
            ingress({"hostname": "a.example.org", "service": "gopher://a"}, CATCH_ALL),
            "gopher://a is not a valid address",
        ),
        (
            ingress({"hostname": "a.example.org", "service": "http://a:x"}, CATCH_ALL),
            "service http://a:x is not a valid",
        ),
        (
            ingress({"hostname": "a.example.org", "service": "http://a/path"}, CATCH_ALL),
            "do not support proxying to a path",
        ),
        (ingress({"hostname": "a.example.org", "service": "http://a/"}, CATCH_ALL), "not even to /"),
        (ingress({"service": "http_status:42"}), "service http_status:42 is not a valid address"),
        (
            ingress({"path": "/(?=a)", "service": "http://a"}, CATCH_ALL),
            "path /(?=a) is not a regular expression of Go",
        ),
        (ingress({"hostname": "a.example.org"}, CATCH_ALL), "config.ingresses[0].service: this property is required"),
        (
            ingress({**CATCH_ALL, "originRequest": {"access": {"required": True}}}),
            "access.teamName: this property is requ",
        ),
        ({**ingress(CATCH_ALL), "source": "both"}, 'source: "both" is not one of: local, cloudflare'),
        ({"config": {"warpRouting": {}}}, "config.warpRouting: the sandbox does not know this property"),
        ({**ingress(CATCH_ALL), "tunnelId": NOBODY}, "Tunnel not found (1003) at configurations: 0000"),
    ],
)
def test_tunnel_configuration_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    own, _ = cf.make(TUNNEL, **tunnel())
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make(CONFIG, **{"accountId": ACCOUNT, "tunnelId": own, **inputs})


def test_a_tunnel_configuration(cf: Driver) -> None:
    own, _ = cf.make(TUNNEL, **tunnel())
    access = {"required": True, "teamName": "home", "audTags": ["aud"]}
    ssh = {"hostname": "ssh.example.org", "service": "ssh://10.0.0.1:22", "originRequest": {"access": access}}
    inputs = {
        "accountId": ACCOUNT,
        "tunnelId": own,
        **ingress(ssh, {"hostname": "w.example.org", "service": "unix:/a"}, CATCH_ALL),
    }
    identifier, outputs = cf.make(CONFIG, **inputs)
    assert identifier == own
    assert (outputs["source"], outputs["version"]) == ("cloudflare", 1)
    assert cf.diff(CONFIG, outputs, **inputs) == []
    changed = cf.change(CONFIG, own, outputs, **{**inputs, **ingress(CATCH_ALL)})
    assert changed["version"] == 2
    local, _ = cf.make(TUNNEL, accountId=ACCOUNT, name="local")
    with pytest.raises(ProviderError, match="tunnel local is configured locally"):
        cf.make(CONFIG, accountId=ACCOUNT, tunnelId=local, **ingress(CATCH_ALL))
    cf.remove(TUNNEL, own)
    assert cf.read(CONFIG, own, **inputs) is None


class Listener(Host):
    """An engine that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, urn: str, message: str) -> None:
        self.warnings.append(f"{urn.rsplit('::', 1)[-1]}: {message}")


def test_a_configuration_cannot_be_deleted_and_the_user_is_told(cf: Driver) -> None:
    listener = Listener()
    cf.provider.attach(listener)
    own, _ = cf.make(TUNNEL, **tunnel())
    inputs = {"accountId": ACCOUNT, "tunnelId": own, **ingress(CATCH_ALL)}
    cf.make(CONFIG, resource="rules", **inputs)
    (made,) = listener.warnings
    assert made.startswith("rules: Resource Destruction Considerations: This resource cannot be destroyed")
    cf.remove(CONFIG, own)
    assert "will not change it in the API" in listener.warnings[1]
    assert cf.read(CONFIG, own, **inputs) is not None
    _, again = cf.make(CONFIG, **inputs)
    assert again["version"] == 2
    cf.remove(TUNNEL, own)
    assert cf.read(CONFIG, own, **inputs) is None


def test_a_tunnel_that_is_connected_is_not_deleted(cf: Driver) -> None:
    own, _ = cf.make(TUNNEL, **tunnel())
    cf.provider.account.drift(TUNNEL, own, {"connections": [{"id": "c"}]})
    with pytest.raises(ProviderError, match=r"because it has active connections \(1022\)"):
        cf.remove(TUNNEL, own)
    cf.provider.account.drift(TUNNEL, own, {"connections": []})
    cf.remove(TUNNEL, own)


@pytest.mark.parametrize(
    ("kind", "asked", "form"),
    [
        ("DnsRecord", "r", "<zone_id>/<dns_record_id>"),
        ("DnsRecord", "z/", "<zone_id>/<dns_record_id>"),
        (TUNNEL, "a/b/c", "<account_id>/<tunnel_id>"),
        (CONFIG, "a", "<account_id>/<tunnel_id>"),
        ("ZeroTrustAccessPolicy", "a", "<account_id>/<policy_id>"),
        ("ZeroTrustAccessApplication", "a/b", "<accounts|zones>/<account_id|zone_id>/<app_id>"),
        ("ZeroTrustAccessIdentityProvider", "b", "<accounts|zones>/<account_id|zone_id>/<identity_provider_id>"),
    ],
)
def test_each_type_is_imported_by_its_path(cf: Driver, kind: str, asked: str, form: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(f"invalid ID: expected {form}, was given {asked}")):
        cf.read(kind, asked)
    path = "/".join("x" for _ in form.split("/"))
    assert cf.read(kind, path) is None


@pytest.mark.parametrize("kind", ["DnsRecord", TUNNEL, "ZeroTrustAccessPolicy", "ZeroTrustAccessApplication"])
def test_what_is_gone_is_found_gone_but_cannot_be_deleted(cf: Driver, kind: str) -> None:
    assert cf.read(kind, "gone", accountId=ACCOUNT) is None
    with pytest.raises(ProviderError, match=r"404 Not Found: .* gone does not exist: run `pulumi refresh`"):
        cf.remove(kind, "gone")
