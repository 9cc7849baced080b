"""Checks of what Prometheus hands on, and where it keeps what it has."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any, Final

from doctor.calls import Call, call_to, followed, pods_of
from doctor.check import Context, Reference, check, unless
from doctor.files import File, files
from doctor.monitors import operated
from policy.objects import label, namespace_of

BRIDGE: Final = "telegraf.conf"
"""Key of the ConfigMap with the bridge's settings."""
OUTPUT: Final = "influxdb_v2"


@check("Prometheus -> Alertmanager")
def told(context: Context) -> Iterator[Reference]:
    """Who decides who is told of alerts is there, and may be called."""
    for prometheus in context.snapshot.all("Prometheus"):
        for item in (prometheus["spec"].get("alerting") or {}).get("alertmanagers") or []:
            call = Call(
                subject=label(prometheus),
                callers=operated(context.snapshot, prometheus),
                namespace=item.get("namespace") or namespace_of(prometheus),
                service=item["name"],
                port=item["port"],
                means="nobody is told of any alert",
            )
            yield from followed(context.snapshot, call)


@check("Prometheus -> remote write")
def written(context: Context) -> Iterator[Reference]:
    """Who takes series as they come is there, and may be called."""
    for prometheus in context.snapshot.all("Prometheus"):
        for item in prometheus["spec"].get("remoteWrite") or []:
            call = call_to(
                item["url"],
                subject=label(prometheus),
                callers=operated(context.snapshot, prometheus),
                means="no series gets there",
            )
            yield from followed(context.snapshot, call) if call else ()


@check("Prometheus -> disk of a node")
def disks(context: Context) -> Iterator[Reference]:
    """Its volume is not on NFS, where blocks get broken."""
    for prometheus in context.snapshot.all("Prometheus"):
        template = (prometheus["spec"].get("storage") or {}).get("volumeClaimTemplate") or {}
        name = (template.get("spec") or {}).get("storageClassName")
        if name:
            provisioner = str((context.snapshot.get("StorageClass", name) or {}).get("provisioner") or "")
            fault = f"its volumes are on NFS, by {provisioner}, where Prometheus' blocks get broken"
            advice = "set cluster.storageClasses.local to a class whose volumes are on a node's own disk"
            yield Reference(label(prometheus), f"StorageClass {name}", *unless("nfs" not in provisioner, fault, advice))


@check("Prometheus -> key of the bucket's Secret")
def buckets(context: Context) -> Iterator[Reference]:
    """The file by which its sidecar finds the bucket exists."""
    for prometheus in context.snapshot.all("Prometheus"):
        key = (prometheus["spec"].get("thanos") or {}).get("objectStorageConfig")
        if key:
            yield key_of_secret(
                context, label(prometheus), namespace_of(prometheus), key, "nothing gets into the bucket"
            )


def key_of_secret(context: Context, subject: str, namespace: str, key: dict[str, str], means: str) -> Reference:
    """The reference to a key of a Secret; `means` is what does not happen without it."""
    secret = context.snapshot.get("Secret", key["name"], namespace)
    has = ", ".join(sorted((secret or {}).get("data") or {})) or "none"
    fault = f"it has no such key: it has {has}" if secret else "there is no such Secret"
    advice = "look at the OnePasswordItem that is to make it, or correct the name"
    problem = unless(secret and key["key"] in (secret.get("data") or {}), f"{fault}, so {means}", advice)
    return Reference(subject, f"Secret {namespace}/{key['name']} key {key['key']}", *problem)


@check("bridge -> InfluxDB")
def bridged(context: Context) -> Iterator[Reference]:
    """Where the bridge carries series to is there, and may be called."""
    for file in files(context.snapshot):
        if file.key != BRIDGE or file.text is None:
            continue
        callers = pods_of(context.snapshot, file.owner)
        try:
            outputs = _outputs(file)
        except (tomllib.TOMLDecodeError, AttributeError, TypeError) as error:
            fault = f"it cannot be read: {' '.join(str(error).split())}"
            yield Reference(label(file.owner), str(file.path), fault, "`pulumi up --refresh` makes it anew")
            continue
        for url in outputs:
            means = "nothing is kept for the long term"
            call = call_to(url, subject=label(file.owner), callers=callers, means=means)
            yield from followed(context.snapshot, call) if call else ()


def _outputs(file: File) -> list[str]:
    """Where Telegraf writes to. Errors are of what is no TOML, or not Telegraf's."""
    settings: dict[str, Any] = tomllib.loads(file.text or "")
    return [str(url) for output in settings["outputs"].get(OUTPUT) or [] for url in output.get("urls") or []]
