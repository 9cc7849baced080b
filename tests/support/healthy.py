"""A world in which every reference resolves: what the program registers, and what controllers make of it.

Charts, the outpost and the tunnel's connector come from the sandbox's simulated controllers; everything else that a
cluster adds (pods, endpoints, volumes, statuses) is added here as far as the wiring check looks at it.
"""

from __future__ import annotations

import base64
import copy
import itertools
import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from sandbox.controllers import charts, outposts, tunnel
from sandbox.doctor.policies import matches
from sandbox.doctor.world import World
from tests.support import recorder
from tests.support.answers import Answers, revealed

Object = dict[str, Any]
ACCOUNTS = ("cloudflare:", "authentik:", "onepassword:")
NAMESPACE_LABEL = "kubernetes.io/metadata.name"


@dataclass
class Healthy:
    """Plain objects and a state, to break something in."""

    objects: list[Object]
    resources: list[Object] = field(default_factory=list)
    """Of the accounts, as in a state."""

    def world(self) -> World:
        """As the wiring check reads it."""
        return World.of(self.objects, {"deployment": {"resources": self.resources}})

    def copy(self) -> Healthy:
        return copy.deepcopy(self)

    def get(self, kind: str, name: str, namespace: str = "") -> Object:
        """One object, to be changed."""
        found = [
            item
            for item in self.all(kind)
            if (item["metadata"].get("namespace", ""), item["metadata"]["name"]) == (namespace, name)
        ]
        assert len(found) == 1, f"{kind} {namespace}/{name}: found {len(found)}"
        return found[0]

    def all(self, kind: str) -> list[Object]:
        return [item for item in self.objects if item["kind"] == kind]

    def drop(self, kind: str, name: str, namespace: str = "") -> None:
        self.objects.remove(self.get(kind, name, namespace))

    def resource(self, kind: str, name: str) -> Object:
        """The properties of a resource of an account."""
        found: Object = self._resource(kind, name)["outputs"]
        return found

    def drop_resource(self, kind: str, name: str) -> None:
        self.resources.remove(self._resource(kind, name))

    def _resource(self, kind: str, name: str) -> Object:
        found = [
            item for item in self.resources if item["type"].endswith(f":{kind}") and item["urn"].endswith(f"::{name}")
        ]
        assert len(found) == 1, f"{kind} {name}: found {len(found)}"
        return found[0]


class _Accounts(Answers):
    """Answers as accounts do: each provider has a number and each tunnel an id of its own. Remembers what it made."""

    def __init__(self) -> None:
        self.made: list[Object] = []
        self._numbers = itertools.count(1)

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        identifier, outputs = super().new_resource(args)
        outputs = _whole(outputs)
        kind = args.typ.rsplit(":", 1)[-1]
        if kind in ("ProviderProxy", "ProviderOauth2"):
            identifier = str(next(self._numbers))
            outputs[f"{kind[0].lower()}{kind[1:]}Id"] = identifier
        elif kind == "ZeroTrustTunnelCloudflared":
            identifier = f"{args.name}-tunnel"
        urn = f"urn:pulumi:homelab::homelab::{args.typ}::{args.name}"
        inputs = _whole(revealed(args.inputs))
        self.made.append(
            {"urn": urn, "type": args.typ, "custom": True, "id": identifier, "inputs": inputs, "outputs": outputs}
        )
        return identifier, outputs


def _whole(value: Any) -> Any:
    """Values with the whole numbers that the engine's wire has made fractions of."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def build(program: Callable[[], Any], folder: Path) -> Healthy:
    """The world after an update with this program; the folder is for the certificates' keys."""
    accounts = _Accounts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "Answers", lambda: accounts)
        recorder.record(program)
    healthy = Healthy(
        objects=[copy.deepcopy(item["inputs"]) for item in accounts.made if _is_object(item)],
        resources=[item for item in accounts.made if item["type"].startswith(ACCOUNTS)],
    )
    release = next(item["inputs"] for item in accounts.made if item["type"] == "kubernetes:helm.sh/v3:Release")
    healthy.objects += _charts(healthy, release)
    healthy.objects += _outposts(healthy)
    healthy.objects += _storage(healthy)
    healthy.objects += _secrets(healthy, folder)
    healthy.objects += _namespaces(healthy)
    healthy.objects += _pods(healthy)
    healthy.objects += _endpoints(healthy)
    _statuses(healthy)
    return healthy


def _is_object(item: Mapping[str, Any]) -> bool:
    return "kind" in item["inputs"] and item["type"].startswith("kubernetes:")


def _charts(healthy: Healthy, release: Mapping[str, Any]) -> Iterator[Object]:
    argocd = charts.find(release["chart"], None, release["version"])
    yield from charts.render(
        argocd,
        name=release["name"],
        namespace=release["namespace"],
        version=release["version"],
        values=release["values"],
    )
    yield _secret(release["namespace"], "argocd-redis", ["auth"])
    for application in healthy.all("Application"):
        source, destination = application["spec"]["source"], application["spec"]["destination"]
        yield from charts.render(
            charts.find(source["chart"], source["repoURL"], source["targetRevision"]),
            name=source["helm"]["releaseName"],
            namespace=destination["namespace"],
            version=source["targetRevision"],
            values=source["helm"]["valuesObject"],
        )
    yield tunnel.connector(namespace="tunnel-ingress", image="cloudflared", replicas=1, command=["cloudflared"])


def _outposts(healthy: Healthy) -> Iterator[Object]:
    for item in healthy.resources:
        if item["type"].endswith(":Outpost"):
            config = json.loads(item["outputs"]["config"])
            outpost = outposts.Outpost(
                uuid=item["id"],
                name=item["outputs"]["name"],
                config=config,
                providers=(),
                namespace=config["kubernetes_namespace"],
                version="1",
            )
            yield from outposts.manifests(outpost, token="", with_middleware=False)


def _storage(healthy: Healthy) -> Iterator[Object]:
    for name in ("nfs-client", "local-path"):
        yield {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}}
    for owner in healthy.all("StatefulSet"):
        for template in owner["spec"].get("volumeClaimTemplates") or []:
            meta = {
                "name": f"{template['metadata']['name']}-{owner['metadata']['name']}-0",
                "namespace": owner["metadata"]["namespace"],
            }
            healthy.objects.append(
                {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": dict(template["spec"])}
            )
    for claim in healthy.all("PersistentVolumeClaim"):
        meta = claim["metadata"]
        claim["status"] = {"phase": "Bound"}
        reference = {"namespace": meta["namespace"], "name": meta["name"]}
        if "volumeName" in claim["spec"]:
            healthy.get("PersistentVolume", claim["spec"]["volumeName"])["spec"]["claimRef"] = reference
        else:
            claim["spec"]["volumeName"] = f"pvc-{meta['name']}"
            spec = {"claimRef": reference}
            yield {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": f"pvc-{meta['name']}"},
                "spec": spec,
            }


def _secrets(healthy: Healthy, folder: Path) -> Iterator[Object]:
    items = {item["outputs"]["uuid"]: item["outputs"] for item in healthy.resources if item["type"].endswith(":Item")}
    for item in healthy.all("OnePasswordItem"):
        meta = item["metadata"]
        found = items[item["spec"]["itemPath"].rpartition("/")[2]]
        keys = [entry["label"] for section in found["sections"] for entry in section["fields"]]
        yield {**_secret(meta["namespace"], meta["name"], keys), "metadata": {**meta}}
    for certificate in healthy.all("Certificate"):
        data = {
            "tls.crt": base64.b64encode(make_certificate(folder, certificate["spec"]["dnsNames"])).decode(),
            "tls.key": "",
        }
        meta = {"namespace": certificate["metadata"]["namespace"], "name": certificate["spec"]["secretName"]}
        yield {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "data": data}


def _secret(namespace: str, name: str, keys: list[str]) -> Object:
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": meta, "data": dict.fromkeys(keys, "")}


def make_certificate(folder: Path, names: list[str], *, days: int = 90) -> bytes:
    """A self-signed certificate for these names, as PEM."""
    alternatives = ",".join(f"DNS:{name}" for name in names)
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(folder / "key.pem"), "-days", str(days), "-subj", "/CN=test"]
    return subprocess.run(
        [*command, "-addext", f"subjectAltName={alternatives}"], check=True, capture_output=True
    ).stdout


def _namespaces(healthy: Healthy) -> Iterator[Object]:
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-system"}}
    for namespace in healthy.all("Namespace"):
        name = namespace["metadata"]["name"]
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": name, "name": "default"}}


def _pods(healthy: Healthy) -> Iterator[Object]:
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        for owner in healthy.all(kind):
            template = owner["spec"]["template"]
            labels = {**template["metadata"]["labels"], "pod-template-hash": "5d7c6d5586"}
            name = f"{owner['metadata']['name']}-5d7c6d5586-2fd4w"
            meta = {"namespace": owner["metadata"]["namespace"], "name": name, "labels": labels}
            yield {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": meta,
                "spec": template["spec"],
                "status": {"phase": "Running"},
            }


def _endpoints(healthy: Healthy) -> Iterator[Object]:
    pods = healthy.all("Pod")
    for service in healthy.all("Service"):
        name, namespace, selector = (
            service["metadata"]["name"],
            service["metadata"]["namespace"],
            service["spec"].get("selector"),
        )
        found = [
            {"conditions": {"ready": True}}
            for pod in pods
            if pod["metadata"]["namespace"] == namespace
            and selector
            and matches({"matchLabels": selector}, pod["metadata"]["labels"])
        ]
        meta = {"namespace": namespace, "name": f"{name}-abcde", "labels": {"kubernetes.io/service-name": name}}
        yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "endpoints": found}


def _statuses(healthy: Healthy) -> None:
    for secret in healthy.all("Secret"):
        secret["data"] = {**secret.get("data", {}), **secret.pop("stringData", {})}
    for namespace in healthy.all("Namespace"):
        namespace["metadata"].setdefault("labels", {})[NAMESPACE_LABEL] = namespace["metadata"]["name"]
    for kind in ("ClusterIssuer", "Certificate"):
        for item in healthy.all(kind):
            item["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    for application in healthy.all("Application"):
        application["status"] = {"sync": {"status": "Synced"}, "health": {"status": "Healthy"}}
    for ingress in healthy.all("Ingress"):
        ingress["status"] = {"loadBalancer": {"ingress": [{"hostname": "tunnel.cfargotunnel.com"}]}}
