"""A cluster in memory, with the operator and its plugin running in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.controllers import issuing
from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import KINDS, CloudNativePg
from sandbox.controllers.controller import Environment
from sandbox.controllers.log import Log
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release
from tests.sandbox.controllers.world import SPACE, World, thing


@pytest.fixture
def operator(world: World, monkeypatch: pytest.MonkeyPatch) -> CloudNativePg:
    """The operator of a world in which its charts are installed, and the plugin's certificates issued."""
    pair = issuing.KeyPair(certificate="crt", key="key", not_before=datetime.now(UTC), not_after=datetime.now(UTC))
    monkeypatch.setattr(issuing, "make", lambda *_, **__: pair)
    made = CloudNativePg(Environment(client=world, hub=world.hub, log=Log()))
    made.setup()
    for chart in ("cloudnative-pg", "plugin-barman-cloud"):
        stand_in = next(found for found in package.stand_ins() if found.name == chart)
        release = Release(name=chart, namespace="cnpg-system", values={})
        for obj in render.render(stand_in, release, Definitions()).objects:
            world.have({**obj, "status": {"readyReplicas": 1}} if obj["kind"] == "Deployment" else obj)
    for side in ("client", "server"):
        world.secret(f"barman-cloud-{side}-tls", "cnpg-system", **{"tls.crt": "x", "tls.key": "y"})
    return made


def settle(operator: CloudNativePg, world: World, rounds: int = 12) -> None:
    """Let the operator work until there is nothing more to do, and pods start."""
    for _ in range(rounds):
        for kind in KINDS:
            for obj in world.hub.list(*kind):
                operator.reconcile(f"{kind[1]}/{obj['metadata']['namespace']}/{obj['metadata']['name']}")
        world.start_pods()


def archive(world: World, name: str = "db-archive", **configuration: Any) -> None:
    """An archive with everything that belongs to it: ObjectStore, credentials, and a gateway that runs."""
    world.secret("secret-db-archive", **{"access-key": "a", "secret-key": "s"})
    keys = {"accessKeyId": "access-key", "secretAccessKey": "secret-key"}
    given = {
        "destinationPath": "s3://db/",
        "endpointURL": f"http://db-archive.{SPACE}.svc:7070",
        "s3Credentials": {part: {"name": "secret-db-archive", "key": key} for part, key in keys.items()},
        **configuration,
    }
    world.have(thing("ObjectStore", name, version=names.STORE[0], spec={"configuration": given}))
    world.have(thing("Service", "db-archive", spec={"ports": [{"port": 7070}], "selector": {"app": "db-archive"}}))
    slice_ = thing("EndpointSlice", "db-archive-x", version=names.ENDPOINTS[0])
    slice_["metadata"]["labels"] = {"kubernetes.io/service-name": "db-archive"}
    world.have({**slice_, "endpoints": [{"conditions": {"ready": True}}]})


def plugin(server: str | None = None, store: str = "db-archive") -> dict[str, Any]:
    parameters = {"barmanObjectName": store, **({"serverName": server} if server else {})}
    return {"name": names.PLUGIN, "isWALArchiver": True, "parameters": parameters}


def cluster(name: str = "db", **spec: Any) -> dict[str, Any]:
    given = {
        "instances": 1,
        "storage": {"size": "1Gi", "storageClass": "local"},
        "walStorage": {"size": "1Gi", "storageClass": "local"},
        "bootstrap": {"initdb": {"database": "app", "owner": "me"}},
        **spec,
    }
    return thing("Cluster", name, version=names.VERSION, spec=given)
