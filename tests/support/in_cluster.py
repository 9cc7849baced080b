"""What a cluster and its controllers add to what a program declares, as far as the wiring check looks at it.

Charts, the outpost and the tunnel's connector come from the sandbox's simulated controllers.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from doctor.network_policies import matches
from sandbox.controllers import hooks, outposts, projects, tunnel
from sandbox.controllers.cnpg import belongings, credentials, instances
from sandbox.controllers.cnpg.cluster import Cluster
from sandbox.rendering import uses as charts
from tests.support.charts import NO_DEFINITIONS
from tests.support.healthy import Healthy, Object

NAMESPACE_LABEL = "kubernetes.io/metadata.name"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def add_charts(healthy: Healthy, release: Mapping[str, Any]) -> Iterator[Object]:
    uses = [charts.of_release(release)]
    for application in healthy.all("Application"):
        namespace = application["spec"]["destination"]["namespace"]
        uses += [charts.of_source(source, namespace) for source in projects.sources_of(application)]
    for use in uses:
        rendered = use.rendered(NO_DEFINITIONS)
        yield from hooks.due(rendered.hooks, hooks.PRE_SYNC)
        yield from rendered.objects
    yield tunnel.connector(
        namespace="tunnel-ingress", image="cloudflare/cloudflared:1", replicas=1, command=["cloudflared"]
    )


def add_outposts(healthy: Healthy) -> Iterator[Object]:
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


def add_databases(healthy: Healthy) -> Iterator[Object]:
    """What the operator makes of each Cluster, but for its certificates."""
    for obj in healthy.all("Cluster"):
        obj["metadata"]["uid"] = obj["metadata"]["name"]
        cluster = Cluster(obj=obj)
        yield from belongings.of_cluster(cluster)
        yield credentials.app_secret(cluster)
        for serial in range(1, cluster.instances + 1):
            yield from instances.claims(cluster, serial)
            pod = instances.pod(cluster, serial, "operator:1", None, primary=serial == 1)
            yield {**pod, "status": {"phase": "Running", "podIP": f"10.42.255.{serial}"}}
        conditions = [{"type": kind, "status": "True"} for kind in ("Ready", "ContinuousArchiving")]
        obj["status"] = {"conditions": conditions}
    for database in healthy.all("Database"):
        database["status"] = {"applied": True}


def add_storage(healthy: Healthy) -> list[Object]:
    names = ("nfs-client", "local-path")  # what a cluster has of its own
    made = [{"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": name}} for name in names]
    own = [_claim(owner, template) for owner in healthy.all("StatefulSet") for template in _templates(owner)]
    for claim in [*healthy.all("PersistentVolumeClaim"), *own]:
        claim["status"] = {"phase": "Bound"}
        reference = {key: claim["metadata"][key] for key in ("namespace", "name")}
        if "volumeName" in claim["spec"]:
            healthy.get("PersistentVolume", claim["spec"]["volumeName"])["spec"]["claimRef"] = reference
        else:
            meta = {"name": f"pvc-{reference['name']}", "annotations": {PROVISIONED_BY: "rancher.io/local-path"}}
            claim["spec"]["volumeName"] = meta["name"]
            spec = {"claimRef": reference, "persistentVolumeReclaimPolicy": _reclaimed(healthy, claim)}
            made.append({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": meta, "spec": spec})
    return made + own


def _reclaimed(healthy: Healthy, claim: Object) -> str:
    """What becomes of a claim's volume, as its class says; a cluster's own classes mostly delete it."""
    classes = {item["metadata"]["name"]: item for item in healthy.all("StorageClass")}
    found: str = classes.get(claim["spec"]["storageClassName"], {}).get("reclaimPolicy", "Delete")
    return found


def _templates(owner: Object) -> list[Object]:
    found: list[Object] = owner["spec"].get("volumeClaimTemplates") or []
    return found


def _claim(owner: Object, template: Object) -> Object:
    name = f"{template['metadata']['name']}-{owner['metadata']['name']}-0"
    meta = {"name": name, "namespace": owner["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": dict(template["spec"])}


NOT_OURS: Final[Object] = {"sections": []}
"""An item that somebody made by hand: nobody here knows its fields."""


def add_secrets(healthy: Healthy, folder: Path) -> Iterator[Object]:
    items = {item["outputs"]["uuid"]: item["outputs"] for item in healthy.resources if item["type"].endswith(":Item")}
    for item in healthy.all("OnePasswordItem"):
        meta = item["metadata"]
        found = items.get(item["spec"]["itemPath"].rpartition("/")[2], NOT_OURS)
        keys = [entry["label"] for section in found["sections"] for entry in section["fields"]]
        yield {**_secret(meta["namespace"], meta["name"], keys), "metadata": {**meta}}
    for certificate in healthy.all("Certificate"):
        data = {
            "tls.crt": base64.b64encode(make_certificate(folder, _names(certificate["spec"]))).decode(),
            "tls.key": "",
        }
        meta = {"namespace": certificate["metadata"]["namespace"], "name": certificate["spec"]["secretName"]}
        yield {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": meta, "data": data}


def _names(spec: Mapping[str, Any]) -> list[str]:
    """Of a certificate; one for a client has none by which it is called."""
    names: list[str] = spec.get("dnsNames") or [spec["commonName"]]
    return names


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


def fill_tokens(healthy: Healthy) -> None:
    """What the Job of InfluxDB's access leaves in the Secrets that the program makes without a value."""
    for secret in healthy.get_all("Secret", "app.kubernetes.io/name", "influxdb-access"):
        secret["data"] = {"token": ""}


def add_parts_of_the_cluster(cluster: Mapping[str, Any]) -> Iterator[Object]:
    """What is there before any program: nodes, API server and DNS, of a cluster that is as the stack file has it."""
    for name in ("default", "kube-system"):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    for address in cluster["nodeAddresses"]:
        status = {"addresses": [{"type": "InternalIP", "address": address}]}
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": address, "uid": address}, "status": status}
    port = cluster.get("apiServerPort", 6443)
    servers = cluster.get("apiServerAddresses", cluster["nodeAddresses"])
    meta = {
        "namespace": "default",
        "name": "kubernetes",
        "labels": {"component": "apiserver", "provider": "kubernetes"},
    }
    spec = {"ports": [{"name": "https", "port": 443, "targetPort": port}]}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
    labels = {"kubernetes.io/service-name": "kubernetes"}
    yield {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"namespace": "default", "name": "kubernetes", "labels": labels},
        "endpoints": [{"conditions": {"ready": True}, "addresses": [address]} for address in servers],
        "ports": [{"name": "https", "port": port}],
    }
    ports = [{"name": "dns", "containerPort": 53}, {"name": "metrics", "containerPort": 9153}]
    template = {
        "metadata": {"labels": {"k8s-app": "kube-dns"}},
        "spec": {"containers": [{"name": "coredns", "ports": ports}]},
    }
    meta = {"namespace": "kube-system", "name": "coredns"}
    yield {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": {"template": template}}


def add_ranges() -> list[Object]:
    """What the API server says of the range of its Services."""
    spec = {"cidrs": [SERVICE_RANGE]}
    meta = {"name": "kubernetes"}
    return [{"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": meta, "spec": spec}]


def add_accounts(healthy: Healthy) -> Iterator[Object]:
    for namespace in healthy.all("Namespace"):
        meta = {"namespace": namespace["metadata"]["name"], "name": "default"}
        yield {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


POD_RANGE, SERVICE_RANGE = "10.42.0.0/16", "10.43.0.0/16"
"""Of the committed stack file."""


def add_pods(healthy: Healthy) -> Iterator[Object]:
    addresses = (str(address) for address in ip_network(POD_RANGE).hosts())
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        for owner in healthy.all(kind):
            template = owner["spec"]["template"]
            labels = {**template["metadata"]["labels"], "pod-template-hash": "5d7c6d5586"}
            name = f"{owner['metadata']['name']}-5d7c6d5586-2fd4w"
            meta = {
                "namespace": owner["metadata"]["namespace"],
                "name": name,
                "labels": labels,
                "ownerReferences": [{"kind": "ReplicaSet", "name": name.rpartition("-")[0]}],
            }
            yield {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": meta,
                "spec": template["spec"],
                "status": {"phase": "Running", "podIP": _address(healthy, template["spec"], addresses)},
            }


def _address(healthy: Healthy, spec: Mapping[str, Any], addresses: Iterator[str]) -> str:
    """A pod's address: of the pod network, or of its node."""
    node: str = healthy.all("Node")[0]["status"]["addresses"][0]["address"]
    return node if spec.get("hostNetwork") else next(addresses)


def add_endpoints(healthy: Healthy) -> Iterator[Object]:
    pods = healthy.all("Pod")
    for service in healthy.all("Service"):
        name, namespace, selector = (
            service["metadata"]["name"],
            service["metadata"]["namespace"],
            service["spec"].get("selector"),
        )
        if not selector:
            continue  # whoever made it says where it leads
        found = [
            {"conditions": {"ready": True}}
            for pod in pods
            if pod["metadata"]["namespace"] == namespace
            and matches({"matchLabels": selector}, pod["metadata"]["labels"])
        ]
        meta = {"namespace": namespace, "name": f"{name}-abcde", "labels": {"kubernetes.io/service-name": name}}
        yield {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, "endpoints": found}


def add_statuses(healthy: Healthy) -> None:
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
        hostname = f"{healthy.id_of('ZeroTrustTunnelCloudflared', 'tunnel-ingress')}.cfargotunnel.com"
        ingress["status"] = {"loadBalancer": {"ingress": [{"hostname": hostname}]}}
