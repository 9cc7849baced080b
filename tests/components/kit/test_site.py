"""What nearly every part needs to know of the homelab."""

from __future__ import annotations

from typing import ClassVar

import pytest

from components.kit import AllowTraffic, AllowTrafficArgs, App, OidcEndpoints
from components.versions import Image
from tests.support.parts import AUTHENTIK_URL, MIRROR, endpoint, policies, site
from tests.support.recorder import record


class Music(App):
    name: ClassVar = "music"
    title: ClassVar = "Music"

    size: str = "1Gi"


class Video(App):
    name: ClassVar = "video"
    title: ClassVar = "Video"


@pytest.mark.parametrize(
    ("repository", "direct", "mirrored"),
    [
        ("example/app", "example/app", f"{MIRROR}/docker.io/example/app"),
        ("ghcr.io/example/app", "ghcr.io/example/app", f"{MIRROR}/ghcr.io/example/app"),
    ],
)
def test_images_come_from_the_mirror_if_there_is_one(repository: str, direct: str, mirrored: str) -> None:
    for found, expected in ((site(), direct), (site(registry_mirror=MIRROR), mirrored)):
        assert found.repository(repository) == expected
        assert found.image(Image(repository, "1.2.3")) == f"{expected}:1.2.3"


@pytest.mark.parametrize(("host", "zone"), [("ssh.example.org", "zone-1"), ("ssh.example.net", "zone-2")])
def test_a_record_goes_to_the_zone_that_its_host_lies_directly_below(host: str, zone: str) -> None:
    zones = {"example.org": "zone-1", "example.net": "zone-2"}
    assert site(zones=zones).zone_id(host) == zone


@pytest.mark.parametrize("host", ["example.org", "a.b.example.org", "music.example.com", "music"])
def test_a_host_elsewhere_has_no_zone(host: str) -> None:
    with pytest.raises(KeyError):
        site().zone_id(host)


def test_each_relying_party_has_addresses_of_its_own() -> None:
    assert site().oidc("music") == OidcEndpoints.of(AUTHENTIK_URL, "music")
    assert site().oidc("music") != site().oidc("video")


def test_another_applications_settings_are_found_by_their_class() -> None:
    music = Music(size="2Gi")
    assert site(apps={"video": Video(), "music": music}).app(Music) is music


def test_an_application_that_the_platform_lacks_is_named() -> None:
    with pytest.raises(KeyError, match="Music"):
        site(apps={"video": Video()}).app(Music)


def test_the_api_server_calls_from_its_nodes_or_from_the_pods_range() -> None:
    """Through a policy, as that is what the addresses are for."""

    def program() -> None:
        callers = site(pod_cidrs=["10.9.0.0/16"], machines=["192.168.1.1/32", "fd00::1/128"]).api_server_callers()
        AllowTraffic("webhook", AllowTrafficArgs(source=callers, target=endpoint("hooks", 8443)))

    (policy,) = policies(record(program)).values()
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in ("192.168.1.1/32", "fd00::1/128", "10.9.0.0/16")]
    assert policy["ingress"] == [{"from": blocks, "ports": [{"port": 8443, "protocol": "TCP"}]}]
