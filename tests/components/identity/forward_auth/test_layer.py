"""Forward auth as a whole, made of every host that asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from components.identity import ForwardAuthLayer, ForwardAuthLayerArgs
from components.identity.forward_auth.hosts import ProtectedHostArgs
from components.identity.forward_auth.layer import protected_hosts
from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    ForwardAuth,
    Internal,
    Oidc,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.vocabulary import ADMINS, USERS
from tests.support.parts import endpoint, middleware, namespace, shared, site, traefik, waits_for
from tests.support.recorder import Recording, record

HOST = "music.example.org"
PUBLIC = Public(reason="it shows nothing")
MUSIC = ("music", TraefikRoute(host=HOST, sign_in=ForwardAuth(group=USERS)))
FILES = ("files", TraefikRoute(host=HOST, path="/files", sign_in=ForwardAuth(group=USERS)))
NAS = ("nas", TraefikRoute(host="nas.example.org", sign_in=ForwardAuth(group=ADMINS)))
OTHERS: Sequence[tuple[str, Exposure]] = (
    ("inside", Internal()),
    ("page", TraefikRoute(host="page.example.org", sign_in=PUBLIC)),
    ("wiki", TraefikRoute(host="wiki.example.org", sign_in=Oidc(callback="/callback", groups=[USERS]))),
    ("echo", TunnelIngress(host="echo.example.org", sign_in=PUBLIC)),
    ("ssh", AccessIngress(host="ssh.example.org", sign_in=Access(group=ADMINS), tunnel_id="tunnel")),
)


def catalog(*entries: tuple[str, Exposure]) -> list[CatalogEntry]:
    place = namespace()
    return [
        CatalogEntry(name=name, title=name.title(), description="", namespace=place, endpoint=None, exposure=exposure)
        for name, exposure in entries
    ]


def protected(*entries: tuple[str, Exposure]) -> dict[str, ProtectedHostArgs]:
    return record(lambda: protected_hosts(catalog(*entries), shared())).result


def layer(*entries: tuple[str, Exposure], **changes: Any) -> Recording[ForwardAuthLayer]:
    def program() -> ForwardAuthLayer:
        proxy = traefik()
        args = ForwardAuthLayerArgs(
            site=site(**changes),
            catalog=catalog(*entries),
            shared=shared(),
            server=endpoint("authentik", 9000),
            traefik=proxy,
            security_headers=middleware("security-headers", proxy.pods.namespace),
            compress=middleware("compress", proxy.pods.namespace),
        )
        return ForwardAuthLayer("forward-auth", args)

    return record(program)


def test_only_what_asks_for_forward_auth_is_decided_about() -> None:
    assert protected(*OTHERS) == {}
    assert set(protected(*OTHERS, MUSIC)) == {"music"}


@pytest.mark.parametrize("entries", [(MUSIC, FILES), (FILES, MUSIC)])
def test_what_shares_a_host_shares_the_sign_in_of_whoever_has_its_root(
    entries: Sequence[tuple[str, Exposure]],
) -> None:
    found = protected(*entries)
    assert {name: (args.title, args.host, args.group) for name, args in found.items()} == {
        "music": ("Music", HOST, USERS)
    }


def test_each_host_has_the_group_that_was_chosen_for_it() -> None:
    assert {args.host: args.group for args in protected(MUSIC, NAS).values()} == {
        HOST: USERS,
        "nas.example.org": ADMINS,
    }


def test_two_groups_for_one_host_are_refused_since_authentik_decides_for_the_whole_host() -> None:
    files = ("files", TraefikRoute(host=HOST, path="/files", sign_in=ForwardAuth(group=ADMINS)))
    with pytest.raises(ValueError, match=rf"^{HOST} \(music, files\): .*{ADMINS}, {USERS}$"):
        protected(MUSIC, files)


def test_a_host_whose_root_is_nobodys_is_refused() -> None:
    with pytest.raises(ValueError, match=rf"^{HOST} \(files\): expected one application .*got 0 at the root"):
        protected(FILES)


def test_a_root_that_two_want_is_refused() -> None:
    with pytest.raises(ValueError, match=rf"^{HOST} \(music, radio\): .*got 2 at the root"):
        protected(MUSIC, ("radio", MUSIC[1]))


@pytest.mark.parametrize("entries", [(), (MUSIC,), (MUSIC, FILES, NAS, *OTHERS)])
def test_the_outpost_knows_exactly_the_hosts_behind_forward_auth(entries: Sequence[tuple[str, Exposure]]) -> None:
    recording = layer(*entries)
    hosts = {
        exposure.host
        for _, exposure in entries
        if isinstance(exposure, TraefikRoute) and isinstance(exposure.sign_in, ForwardAuth)
    }
    providers = recording.of(":ProviderProxy")
    assert {item.inputs["externalHost"] for item in providers} == {f"https://{host}" for host in hosts}
    outpost = recording.one("outpost:Outpost", "forward-auth")
    assert len(outpost.inputs["protocolProviders"]) == len(hosts)
    for provider in providers:
        assert waits_for(recording, outpost, ":ProviderProxy", provider.name)


def test_routes_get_the_chain_and_whoever_answers_at_the_callback() -> None:
    recording = layer(MUSIC)
    gate = recording.result.gate
    assert (gate.chain.namespace.name, gate.chain.name) == ("traefik", "chain-authenticated")
    assert gate.callback.url == "http://ak-outpost-forward-auth.authentik.svc:9000"
    spec = recording.one(":Middleware", "forward-auth-authentik-forward-auth").spec
    assert spec["forwardAuth"]["address"].startswith(gate.callback.url)
    assert recording.one("outpost:Outpost", "forward-auth").inputs["name"] == "forward-auth"


def test_browsers_are_sent_to_authentiks_address_and_its_pods_are_as_many_as_the_sites() -> None:
    config = layer(MUSIC, replicas=2).one("outpost:Outpost", "forward-auth").inputs["config"]
    assert '"authentik_host_browser": "https://auth.example.org"' in config
    assert '"kubernetes_replicas": 2' in config
