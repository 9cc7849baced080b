"""The tunnel of the hosts behind Cloudflare Access."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.zero_trust.tunnel import AccessRoute, AccessTunnel, AccessTunnelArgs
from tests.support.parts import MIRROR, policies, site, store, waits_for
from tests.support.recorder import Recording, Secret, record

SSH = AccessRoute(host="ssh.example.org", target="ssh://192.168.1.11:22", audience="aud-ssh")
PAGE = AccessRoute(host="nas.example.org", target="https://nas.lan", audience="aud-nas")


def tunnel(**changes: Any) -> Recording[AccessTunnel]:
    return record(
        lambda: AccessTunnel(
            "access",
            AccessTunnelArgs(
                site=site(**changes), store=store(), account_id="account", team="homelab", routes=[SSH, PAGE]
            ),
        )
    )


@pytest.fixture(scope="module")
def recording() -> Recording[AccessTunnel]:
    return tunnel()


def pod(recording: Recording[Any]) -> Any:
    return recording.one(":Deployment", "access").spec["template"]["spec"]


def test_each_host_goes_to_its_target_and_only_with_what_access_signed_for_it(recording: Recording[Any]) -> None:
    def access(audience: str) -> dict[str, Any]:
        return {"access": {"required": True, "teamName": "homelab", "audTags": [audience]}}

    made = recording.one(":ZeroTrustTunnelCloudflaredConfig", "access").inputs
    assert made["tunnelId"] == "tunnel-id"
    assert made["config"]["ingresses"] == [
        {"hostname": PAGE.host, "service": PAGE.target, "originRequest": access("aud-nas")},
        {"hostname": SSH.host, "service": SSH.target, "originRequest": access("aud-ssh")},
        {"service": "http_status:404"},
    ]


def test_its_rules_do_not_depend_on_the_order_of_the_hosts() -> None:
    def rules(*routes: AccessRoute) -> Any:
        def program() -> AccessTunnel:
            args = AccessTunnelArgs(site=site(), store=store(), account_id="account", team="homelab", routes=routes)
            return AccessTunnel("access", args)

        return record(program).one(":ZeroTrustTunnelCloudflaredConfig", "access").inputs

    assert rules(SSH, PAGE) == rules(PAGE, SSH)


def test_the_tunnel_goes_with_the_last_host_since_nothing_of_it_could_be_lost(recording: Recording[Any]) -> None:
    made = recording.one(":ZeroTrustTunnelCloudflared", "access")
    assert not made.protect
    assert made.inputs == {"accountId": "account", "name": "access", "configSrc": "cloudflare"}


def test_its_token_reaches_cloudflared_by_way_of_the_vault_only(recording: Recording[Any]) -> None:
    sections = recording.one(":Item", "access").inputs["sections"]
    assert isinstance(sections, Secret)
    assert {field["label"]: field["value"] for field in sections.value[0]["fields"]} == {"tunnel-token": "tunnel-token"}
    (container,) = pod(recording)["containers"]
    assert container["env"] == [
        {
            "name": "TUNNEL_TOKEN",
            "valueFrom": {"secretKeyRef": {"name": "secret-access", "key": "tunnel-token"}},
        }
    ]
    assert waits_for(recording, recording.one(":Deployment", "access"), ":OnePasswordItem", "access")


def test_cloudflared_is_ready_while_a_connection_stands(recording: Recording[Any]) -> None:
    (container,) = pod(recording)["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert container["args"] == ["tunnel", "--no-autoupdate", "--metrics", "0.0.0.0:2000", "run"]
    assert pod(recording)["securityContext"]["runAsUser"] == 65532


def test_it_may_call_cloudflare_and_its_targets_and_nothing_else_of_the_home_network(
    recording: Recording[Any],
) -> None:
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"]
    permitted = {
        name.partition("/")[2].removeprefix("access-to-").removesuffix("-egress"): (
            [to["ipBlock"]["cidr"] for to in spec["egress"][0]["to"]],
            [(port["port"], port["protocol"]) for port in spec["egress"][0]["ports"]],
        )
        for name, spec in policies(recording).items()
    }
    assert permitted == {
        "cloudflare-api": (["0.0.0.0/0", "::/0"], [(443, "TCP")]),
        "cloudflare-edge": (["0.0.0.0/0", "::/0"], [(7844, "TCP")]),
        "cloudflare-edge-quic": (["0.0.0.0/0", "::/0"], [(7844, "UDP")]),
        SSH.host: (["192.168.1.11/32"], [(22, "TCP")]),
        # A name may be any address at home, at the scheme's own port.
        PAGE.host: (private, [(443, "TCP")]),
    }


def test_nobody_may_call_cloudflared(recording: Recording[Any]) -> None:
    assert not any("ingress" in spec for spec in policies(recording).values())


def test_replicas_and_mirror_reach_the_pods() -> None:
    recording = tunnel(replicas=2, registry_mirror=MIRROR)
    assert recording.one(":Deployment", "access").spec["replicas"] == 2
    assert pod(recording)["containers"][0]["image"].startswith(f"{MIRROR}/docker.io/cloudflare/cloudflared:")
