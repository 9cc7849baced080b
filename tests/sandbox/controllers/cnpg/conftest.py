"""A cluster in memory, with the operator and its plugin running in it."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
import urllib3

from sandbox import kube
from sandbox.controllers import issuing
from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import KINDS, CloudNativePg
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log
from sandbox.controllers.objects import encode
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release

SPACE = "apps"
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


class World(kube.Client):
    """An API server's objects; what it is told, a hub hears at once."""

    hub: Hub
    objects: dict[tuple[str, str, str], dict[str, Any]]
    versions: itertools.count[int]

    def kind(self, api_version: str, kind: str) -> kube.Kind:
        cluster_wide = kind.startswith("ValidatingAdmissionPolicy") or kind == "Namespace"
        return kube.Kind(api_version=api_version, kind=kind, plural=kind, namespaced=not cluster_wide)

    def get(self, _api_version: str, kind: str, name: str, namespace: str | None = None) -> Any:
        return self.objects.get((kind, namespace or "", name))

    def apply(self, obj: Any, *_given: Any, **_more: Any) -> kube.Object:
        return self.have(obj)

    def delete(self, *given: Any, **_more: Any) -> None:
        _, kind, name, *space = given
        gone = self.objects.pop((kind, space[0] or "" if space else "", name), None)
        if gone and self.hub.watches(gone["apiVersion"], kind):
            meta = {**gone["metadata"], "resourceVersion": str(next(self.versions))}
            self.hub._event((gone["apiVersion"], kind), "DELETED", {**gone, "metadata": meta})

    def request(self, method: str, path: str, *, body: Any = None, **_options: Any) -> Any:
        assert method == "PATCH"
        *_, kind, name = [part for part in path.removesuffix("/status").split("/") if part]
        space = path.split("/namespaces/")[1].split("/", maxsplit=1)[0] if "/namespaces/" in path else ""
        return self._put(merged(self.objects[kind, space, name], body))

    def have(self, obj: Mapping[str, Any]) -> kube.Object:
        """Put an object there, over what there is of it."""
        meta = obj["metadata"]
        fresh = {"metadata": {"uid": f"uid-{next(self.versions)}", "generation": 1}}
        return self._put(merged(self.objects.get((obj["kind"], meta.get("namespace", ""), meta["name"]), fresh), obj))

    def _put(self, obj: kube.Object) -> kube.Object:
        meta = {**obj["metadata"], "resourceVersion": str(next(self.versions))}
        found = {**obj, "metadata": meta}
        self.objects[obj["kind"], meta.get("namespace", ""), meta["name"]] = found
        if self.hub.watches(obj["apiVersion"], obj["kind"]):
            self.hub._event((obj["apiVersion"], obj["kind"]), "MODIFIED", found)
        return found

    def secret(self, name: str, namespace: str = SPACE, **data: str) -> None:
        self.have(thing("Secret", name, namespace, data=encode(data)))

    def the(self, kind: str, name: str) -> dict[str, Any]:
        return self.objects[kind, SPACE, name]

    def named(self, kind: str) -> list[str]:
        return sorted(name for found, space, name in self.objects if (found, space) == (kind, SPACE))

    def start_pods(self) -> None:
        """What scheduler and kubelet do."""
        for (kind, _, _), obj in list(self.objects.items()):
            if kind == "Pod" and not obj.get("status"):
                self.have({**obj, "status": READY})


def merged(old: Any, new: Any) -> Any:
    """A merge as the API server makes one: maps key by key, null removes, everything else is replaced."""
    if not isinstance(new, Mapping):
        return new
    known = old if isinstance(old, Mapping) else {}
    both = {**known, **{key: merged(known.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in both.items() if value is not None}


def thing(kind: str, name: str, namespace: str = SPACE, version: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}


@pytest.fixture
def world() -> World:
    made = World(server="https://127.0.0.1:1", headers={}, pool=urllib3.PoolManager())
    made.objects, made.versions = {}, itertools.count(1)
    made.hub = Hub(client=made, log=Log(), stopping=threading.Event())
    return made


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
