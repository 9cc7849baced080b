"""What outlives the platform: a destroy keeps all data and the next update adopts it, and so does one after the loss of
the cluster, of what is left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from doctor import examination
from sandbox.plugins.interface import ProviderError
from tests.support import runbooks
from tests.support.world import World

NOT_NEEDED = ("filebrowser", "echoserver", "immich", "freshrss")
CLUSTER = ("postgresql.cnpg.io/v1", "Cluster")
DATABASES = {"authentik": "authentik-db", "n8n": "n8n-db"}


def identities(world: World) -> dict[str, str]:
    """Uid of all that holds data, by kind and name."""
    kinds = (("v1", "PersistentVolume"), ("v1", "PersistentVolumeClaim"), CLUSTER)
    return {
        f"{kind} {item['metadata'].get('namespace', '')}/{item['metadata']['name']}": item["metadata"]["uid"]
        for version, kind in kinds
        for item in world.cluster.list(version, kind)
    }


def passwords(world: World) -> dict[str, str]:
    """What opens the databases, by the Secret's name."""
    found = {}
    for namespace, cluster in DATABASES.items():
        secret = world.cluster.get("v1", "Secret", f"{cluster}-app", namespace)
        assert secret is not None
        found[cluster] = secret["data"]["password"]
    return found


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    for app in NOT_NEEDED:
        world.engine.read("config", "set", "--path", f"homelab:apps.{app}.enabled", "false")
        world.engine.read("config", "set", "--path", f"homelab:apps.{app}.data", "removed")
    world.engine.read("config", "set", "homelab:availability", "single")
    world.up()
    return world


def test_destroy(platform: World) -> None:
    before = identities(platform), passwords(platform)
    print(before)
    out = platform.engine.read("destroy", "--yes", "--skip-preview", "--exclude-protected", "--suppress-outputs")
    print(out)
    print("\n".join(sorted(item["urn"].split("::", 2)[2] for item in platform.engine.state()["deployment"]["resources"])))
    print([item["metadata"]["name"] for item in platform.cluster.list("v1", "Namespace")])
    print(set(identities(platform).items()) ^ set(before[0].items()))
    print(platform.up())
    print(set(identities(platform).items()) ^ set(before[0].items()))
    assert (identities(platform), passwords(platform)) == before
    print(examination.run(platform.sandbox.kubeconfig, None, platform.engine.state()).broken)
    assert 0
