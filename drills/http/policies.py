"""Network policies: what was called here is what they permit, and past Traefik they permit nobody.

No packet is stopped here: the live policies are evaluated as the wiring check evaluates them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from doctor.isolation import pod_port
from doctor.network_policies import Group, Port, group_of, permitted
from doctor.snapshot import Snapshot
from drills.errors import DrillError
from drills.http.network import Place
from drills.http.scene import HOME, STRANGER, Scene
from sandbox import kube

WITHIN: Final = 60.0
CALLED: Final = "every call that a pod was called by, held against the live network policies"
OUTSIDE: Final = "Traefik's own ports: from Cloudflare, from the house, from anywhere"
PAST: Final = "applications' ports, from anywhere outside, past Traefik"
NEIGHBOURS: Final = "applications' ports, from another application's pods"
ALL: Final = "all permitted"
NONE: Final = "none permitted"
FROM: Final = "permitted, permitted, forbidden"


def run(scene: Scene) -> None:
    """All steps."""
    snapshot = Snapshot.read(scene.cluster, {})
    pods = {
        str(pod["status"]["podIP"]): pod
        for pod in scene.cluster.list("v1", "Pod")
        if (pod.get("status") or {}).get("podIP")
    }
    with scene.course.step(CALLED, expected=ALL, within=WITHIN) as step:
        calls = sorted(_calls(scene, snapshot, pods))
        refused = [call for call in calls if ": " in call]
        step.seen = (refused[0] if refused else ALL) if calls else "there were none"
        step.note = f"{len(calls)} ways"
    traefik = group_of(scene.traefik.pod)
    with scene.course.step(OUTSIDE, expected=FROM, within=WITHIN) as step:
        ports = [scene.traefik.port(name) for name in ("web", "websecure")]
        step.seen = ", ".join(
            _word(permitted(snapshot, Group(address=address), traefik, Port(number=port)) for port in ports)
            for address in (scene.proxy, HOME, STRANGER)
        )
    targets = [place for places in scene.places.values() for place in places]
    with scene.course.step(PAST, expected=NONE, within=WITHIN) as step:
        outside = [Group(address=address) for address in (scene.proxy, HOME, STRANGER)]
        open_ = [
            f"{source.address} to {place.name}:{place.port}"
            for source in outside
            for place in targets
            if not permitted(snapshot, source, group_of(place.pod), Port(number=place.port))
        ]
        step.seen = ", ".join(open_) or NONE
        step.note = f"{len(outside) * len(targets)} ways"
    with scene.course.step(NEIGHBOURS, expected=NONE, within=WITHIN) as step:
        ways = [(source, place) for source in _neighbours(scene) for place in targets if source is not place.pod]
        open_ = [
            f"{kube.name_of(source)} to {place.name}:{place.port}"
            for source, place in ways
            if source["metadata"]["namespace"] != place.pod["metadata"]["namespace"]
            and not permitted(snapshot, group_of(source), group_of(place.pod), _port(place))
        ]
        step.seen = ", ".join(open_) or NONE
        step.note = f"{len(ways)} ways"


def _calls(scene: Scene, snapshot: Snapshot, pods: Mapping[str, kube.Object]) -> Iterator[str]:
    """A line for each way by which a pod was called; `: ` and what forbids it, if anything does.

    Raises:
        DrillError: somebody has called who is no pod.
    """
    for source, place in scene.workloads.calls:
        if source not in pods:
            message = f"{place.name}:{place.port} was called from {source}, which is no pod's address"
            raise DrillError(message)
        why = permitted(snapshot, group_of(pods[source]), group_of(place.pod), _port(place))
        yield f"{kube.name_of(pods[source])} to {place.name}:{place.port}" + (f": {why}" if why else "")


def _neighbours(scene: Scene) -> list[kube.Object]:
    """One pod behind each Service that a rule names."""
    return [places[0].pod for places in scene.places.values() if places]


def _port(place: Place) -> Port:
    """The port of a place, as its pod declares it."""
    return pod_port(place.pod, {"port": place.port})


def _word(reasons: Iterator[str]) -> str:
    found = [*reasons]
    return "permitted" if not any(found) else "forbidden" if all(found) else "permitted in part"
