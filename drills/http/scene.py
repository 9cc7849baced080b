"""Everything that the steps of the drill have to do with: hosts, Traefik, callers with addresses, who signs in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from drills.course import Course
from drills.errors import DrillError
from drills.http import network
from drills.http.browser import Browser
from drills.http.caller import Caller
from drills.http.found import Host, hosts
from drills.http.network import Place
from drills.http.outpost import Person, SignIn
from drills.http.traefik import Traefik, argument
from drills.http.workloads import Workloads
from drills.pods import behind, resolved
from sandbox import kube
from sandbox.controllers import outposts
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account, objects

STRANGER: Final = "198.51.100.77"
"""An address for documentation: of somebody who is neither Cloudflare nor at home."""
VISITOR: Final = "198.51.100.200"
"""Of somebody whom Cloudflare speaks for."""
HOME: Final = "192.168.1.77"
"""Of a machine of the house, which the drill's stack file lets call Traefik."""
HOME_CIDR: Final = "192.168.1.0/24"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One Traefik, and all around it."""

    course: Course
    cluster: kube.Client
    traefik: Traefik
    hosts: list[Host]
    workloads: Workloads
    sign_in: SignIn
    places: Mapping[tuple[str, str], list[Place]]
    """Where the Services lead to that rules name, by namespace and name."""
    trusted: str
    """PEM certificates of whoever has signed what Traefik shows."""
    proxy: str
    """An address of those whose word on a visitor's address is believed."""

    @property
    def guarded(self) -> list[Host]:
        """Hosts behind forward auth."""
        return [host for host in self.hosts if host.guarded]

    @property
    def unguarded(self) -> list[Host]:
        """Hosts whose applications ask for themselves."""
        return [host for host in self.hosts if not host.guarded]

    def pods_behind(self, namespace: str, service: str) -> set[str]:
        """The pods behind a Service that a rule names, as `namespace/name`."""
        return {place.name for place in self.places[namespace, service]}

    def caller(self, address: str) -> Caller:
        """Somebody who calls Traefik from an address."""
        traefik = self.traefik
        return Caller(
            address=address,
            server=traefik.address,
            https=traefik.port("websecure"),
            http=traefik.port("web"),
            trusted=self.trusted,
        )

    @property
    def cloudflare(self) -> Caller:
        """One of those whose word on a visitor's address is believed."""
        return self.caller(self.proxy)

    @property
    def stranger(self) -> Caller:
        """Somebody from anywhere."""
        return self.caller(STRANGER)

    @property
    def home(self) -> Caller:
        """Somebody in the house."""
        return self.caller(HOME)

    def browser(self, name: str) -> Browser:
        """The browser of somebody who is signed in at Authentik, behind Cloudflare."""
        person = next(cookie for cookie, person in self.sign_in.people.items() if person.username == name)
        return Browser(caller=self.cloudflare, account=person)


def trusted_address(traefik: Traefik) -> str:
    """An address of the first range of IPv4 that Traefik's entry point for HTTPS trusts.

    Raises:
        DrillError: there is none.
    """
    for text in argument(traefik.words(), "entryPoints.websecure.forwardedHeaders.trustedIPs").split(","):
        if text and (block := ip_network(text)).version == 4:
            return str(block[5])
    message = "Traefik: trusts no proxy with an address of IPv4"
    raise DrillError(message)


@contextmanager
def made(course: Course, sandbox: Sandbox, folder: Path, program: Path, trusted: str) -> Iterator[Scene]:
    """The scene of a platform that is up: its addresses exist, its names are known, its pods answer.

    `trusted` are PEM certificates of whoever has signed what Traefik shows.

    Raises:
        DrillError: something that it needs is not among the live objects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cluster = kube.Client.from_kubeconfig(sandbox.kubeconfig)
    traefik = _traefik(sandbox, cluster, folder, program)
    account = Account(sandbox.account("authentik")).read()
    outpost = _outpost(cluster, account)
    known = hosts(cluster)
    led_to = {rule.service for host in known for rule in host.rules if rule.service}
    scene = Scene(
        course=course,
        cluster=cluster,
        traefik=traefik,
        hosts=known,
        workloads=Workloads(),
        sign_in=SignIn(
            account=account, outpost=outpost, browser=_address_for_browsers(cluster, outpost), people=_people(account)
        ),
        places={service: network.behind(cluster, *service) for service in led_to},
        trusted=trusted,
        proxy=trusted_address(traefik),
    )
    pods = [each for each in cluster.list("v1", "Pod") if (each.get("status") or {}).get("podIP")]
    own = [each["status"]["podIP"] for each in pods if each["metadata"]["namespace"] == traefik.namespace]
    network.have([*own, STRANGER, VISITOR, HOME, scene.proxy])
    network.have(
        (each["status"]["podIP"] for each in pods if each["status"]["podIP"] not in own), caller=traefik.address
    )
    with ExitStack() as stack:
        services = cluster.list("v1", "Service")
        stack.enter_context(network.named(services, folder))
        _answer(stack, scene)
        yield scene


def _answer(stack: ExitStack, scene: Scene) -> None:
    """Have all pods answer that a rule leads to, and the outpost under its Service's address too."""
    sign_in = scene.sign_in
    named = network.called(scene.cluster, sign_in.outpost.namespace, sign_in.outpost.object_name)
    network.have((place.address for place in named), caller=scene.traefik.address)
    stack.enter_context(scene.workloads.answering(named, sign_in.at_outpost))
    for service, places in scene.places.items():
        if service != (sign_in.outpost.namespace, sign_in.outpost.object_name):
            stack.enter_context(scene.workloads.answering(places, sign_in.at_server))


def _traefik(sandbox: Sandbox, cluster: kube.Client, folder: Path, program: Path) -> Traefik:
    for deployment in cluster.list("apps/v1", "Deployment"):
        if deployment["metadata"]["name"] == "traefik":
            meta = deployment["metadata"]
            labels = deployment["spec"]["selector"]["matchLabels"]
            for pod in cluster.list("v1", "Pod", meta["namespace"]):
                if labels.items() <= (pod["metadata"].get("labels") or {}).items():
                    return Traefik(
                        sandbox=sandbox, cluster=cluster, program=program, folder=folder, deployment=deployment, pod=pod
                    )
    message = "Deployment traefik: not found, or it has no pod"
    raise DrillError(message)


def _outpost(cluster: kube.Client, account: Mapping[str, Any]) -> outposts.Outpost:
    found = outposts.of_account(dict(account), namespace="", version="")
    for each in found:
        if cluster.get("v1", "Service", each.object_name, each.namespace):
            return each
    message = "no outpost of the account has a Service in the cluster"
    raise DrillError(message)


def _address_for_browsers(cluster: kube.Client, outpost: outposts.Outpost) -> str:
    workload = behind(cluster, outpost.namespace, outpost.object_name)
    (container, *_) = workload["spec"]["template"]["spec"]["containers"]
    return dict(resolved(cluster, outpost.namespace, container))["AUTHENTIK_HOST_BROWSER"]


def _people(account: Mapping[str, Any]) -> dict[str, Person]:
    """Somebody in every group that an application is for, and somebody in none."""
    groups = tuple(str(each["name"]) for each in objects(dict(account), "Group").values())
    one_each = [Person(username=f"member-of-{group}", groups=(group,)) for group in groups]
    people = [Person(username="ada", groups=groups), Person(username="nobody", groups=()), *one_each]
    return {f"cookie-of-{person.username}": person for person in people}
