"""The workloads of monitoring among the live objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from drills.errors import DrillError
from sandbox import kube

OPERATED: Final = "monitoring.coreos.com/v1"
KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")


def only(cluster: kube.Client, api_version: str, kind: str) -> kube.Object:
    """The only object of a kind.

    Raises:
        DrillError: there is none, or more than one.
    """
    found = cluster.list(api_version, kind)
    if len(found) != 1:
        message = f"{kind}: expected one, and there are {len(found)}"
        raise DrillError(message)
    return found[0]


def workload(cluster: kube.Client, image: str, word: str = "") -> kube.Object:
    """The workload whose first container runs an image, by the last part of its name, with a first argument.

    Raises:
        DrillError: there is none.
    """
    for each in workloads(cluster):
        container = each["spec"]["template"]["spec"]["containers"][0]
        words = [*(container.get("command") or []), *(container.get("args") or [])]
        if name_of_image(container["image"]) == image and (not word or words[:1] == [word]):
            return each
    message = f"no workload runs {image} {word}".rstrip()
    raise DrillError(message)


def workloads(cluster: kube.Client) -> Iterator[kube.Object]:
    """All of them."""
    for kind in KINDS:
        for each in cluster.list("apps/v1", kind):
            # What was listed does not say so itself.
            yield {"kind": kind, "apiVersion": "apps/v1", **each}


def name_of_image(image: str) -> str:
    """The last part of an image's name, without tag and digest."""
    return re.sub(r"[:@].*$", "", image.rpartition("/")[2])


def get(cluster: kube.Client, api_version: str, kind: str, name: str, namespace: str) -> kube.Object:
    """One object.

    Raises:
        DrillError: it is not there.
    """
    found = cluster.get(api_version, kind, name, namespace)
    if found is None:
        message = f"{kind} {namespace}/{name}: not found"
        raise DrillError(message)
    return found
