"""Authentik's server: the simulated account answers while the server runs here, and outposts become Deployments.

The account is `up` while the server's Deployment runs, has its secret key, and reaches its database. Its `url` is the
host whose route leads to the server, once Cloudflare has a DNS record for it: whoever configures Authentik calls it by
that name. The bootstrap token is taken over once, at the server's very first start, as the real one does; a changed
AUTHENTIK_BOOTSTRAP_TOKEN changes nothing afterwards.

Not covered: the worker's share in the work, migrations, outposts elsewhere than in this cluster, and what `outposts.py`
leaves out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import accounts, environment, outposts, routes
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.objects import contains, decoded, is_available, namespace_of
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account, Data, objects
from sandbox.plugins.accounts.authentik.fresh import fresh_authentik

DEPLOYMENT: Final = ("apps/v1", "Deployment")
ROUTE: Final = ("traefik.io/v1alpha1", "IngressRoute")
INGRESS: Final = ("networking.k8s.io/v1", "Ingress")
MIDDLEWARE: Final = ("traefik.io/v1alpha1", "Middleware")
SLICE: Final = ("discovery.k8s.io/v1", "EndpointSlice")
MANAGER: Final = "goauthentik.io"
OUTPOST_LABEL: Final = "goauthentik.io/outpost-uuid"
SERVER: Final = "server"
STARTED: Final = "started"
"""Key of the account's file: the server has started once, so its database holds the bootstrap token."""
LOOK_SECONDS: Final = 1.0
"""How often the account's file is looked at: nobody else tells of a change in it."""


class Authentik(Controller):
    """Keeps the account in step with the server, and the cluster with the account's outposts."""

    name = "authentik"

    def __init__(self, environment_: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment_)
        self.file = sandbox.account("authentik")
        self.cloudflare = sandbox.account("cloudflare")

    def setup(self) -> None:
        """Look at the server, the routes to it, and what is made for outposts."""
        for kind in (DEPLOYMENT, ROUTE, INGRESS, SLICE):
            self.hub.on(*kind, lambda _event, _obj: self.queue.add(SERVER))
        for kind in (("v1", "Secret"), ("v1", "ConfigMap"), ("v1", "Service"), MIDDLEWARE):
            self.hub.on(*kind)
        self.environment.probes.append(self._readiness)
        self.queue.add(SERVER)

    def _readiness(self, deployment: kube.Object) -> str:
        """What the server's readiness probe says; it is ready once the account knows of it."""
        if not _is_server(deployment):
            return ""
        answering = accounts.read(self.file).get("up")
        return self._problem(deployment) or ("" if answering else "the server is starting")

    def reconcile(self, key: str) -> float | None:
        """See whether the server answers, tell the account, and deploy its outposts."""
        server = next((d for d in self.hub.list(*DEPLOYMENT) if _is_server(d)), None)
        problem = self._problem(server)
        url = None if problem or server is None else self._url(server)
        self._tell(server, up=not problem, url=url)
        if problem:
            if server is not None:
                self.say(key, f"not answering: {problem}")
        elif server is not None:
            self.say(key, f"answers at {url}" if url else "runs; no route with a DNS record leads to it")
            self._deploy(server)
        return LOOK_SECONDS

    def _problem(self, server: kube.Object | None) -> str:
        """Why the server does not answer, empty if it does."""
        if not is_available(server) or server is None:
            return "its Deployment has no ready pod"
        variables = self._variables(server)
        if not variables.get("AUTHENTIK_SECRET_KEY"):
            return "AUTHENTIK_SECRET_KEY is not set: Secret key missing"
        host = variables.get("AUTHENTIK_POSTGRESQL__HOST", "localhost")
        return "" if self._reachable(host, namespace_of(server)) else f"PostgreSQL connection failed: {host}"

    def _variables(self, server: kube.Object) -> dict[str, str]:
        return environment.of_container(self.hub, server, server["spec"]["template"]["spec"]["containers"][0])

    def _reachable(self, host: str, namespace: str) -> bool:
        """Whether a Service of that name has ready pods. Hosts outside of the cluster are taken to answer."""
        parts = host.removesuffix(".cluster.local").removesuffix(".svc").split(".")
        if len(parts) > 2:
            return True
        name, space = parts[0], parts[1] if len(parts) == 2 else namespace
        for entry in self.hub.list(*SLICE, space):
            if (entry["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == name:
                ready = [(endpoint.get("conditions") or {}).get("ready") for endpoint in entry.get("endpoints") or []]
                if any(ready):
                    return True
        return False

    def _url(self, server: kube.Object) -> str | None:
        service, namespace = server["metadata"]["name"], namespace_of(server)
        host = routes.host_by_route(self.hub.list(*ROUTE), service, namespace)
        host = host or routes.host_by_ingress(self.hub.list(*INGRESS), service, namespace)
        return f"https://{host}" if host and resolves(accounts.read(self.cloudflare), host) else None

    def _tell(self, server: kube.Object | None, *, up: bool, url: str | None) -> None:
        data = accounts.read(self.file)
        first = up and not data.get(STARTED)
        told = (bool(data.get("up")), data.get("url")) == (up, url)
        if (told and not first) or (not data and not up):
            return
        account = Account(self.file)
        account.create(fresh_authentik())
        with account.edit() as data:
            data["up"], data["url"] = up, url
            if first and server is not None:
                token = self._variables(server).get("AUTHENTIK_BOOTSTRAP_TOKEN")
                data["tokens"] = [token] if token else []
                data[STARTED] = True

    def _deploy(self, server: kube.Object) -> None:
        data = accounts.read(self.file)
        namespace = namespace_of(server)
        version = (server["metadata"].get("labels") or {}).get("app.kubernetes.io/version", "")
        wanted: list[kube.Object] = []
        image = self._variables(server).get("AUTHENTIK_OUTPOSTS__CONTAINER_IMAGE_BASE") or outposts.IMAGE_BASE
        for outpost in outposts.of_account(data, namespace=namespace, version=version, image_base=image):
            secret = self.hub.get("v1", "Secret", outpost.object_name, outpost.namespace)
            token = decoded(secret, "token") if secret else None
            wanted += outposts.manifests(
                outpost, token=token or secrets.token_urlsafe(32), with_middleware=self.hub.synced(*MIDDLEWARE)
            )
        for obj in wanted:
            live = self.hub.get(obj["apiVersion"], obj["kind"], obj["metadata"]["name"], namespace_of(obj))
            if live is None or not contains(live, obj):
                self.hub.put(self.client.apply(obj, MANAGER, force=True))
                self.say(kube.name_of(obj), f"applied {obj['kind']} of an outpost")
        kept = {(obj["kind"], kube.name_of(obj)) for obj in wanted}
        for kind in (DEPLOYMENT, ("v1", "Service"), ("v1", "Secret"), INGRESS, MIDDLEWARE):
            for obj in self.hub.list(*kind):
                ours = OUTPOST_LABEL in (obj["metadata"].get("labels") or {})
                if ours and (kind[1], kube.name_of(obj)) not in kept and "deletionTimestamp" not in obj["metadata"]:
                    self.client.delete(*kind, obj["metadata"]["name"], namespace_of(obj))
                    self.say(kube.name_of(obj), f"deleted {kind[1]} of an outpost that is gone")


def resolves(data: Data, host: str) -> bool:
    """Whether the account has an address or alias for the host, by its name or by a wildcard."""
    _, _, parent = host.partition(".")
    names = {host, f"*.{parent}"}
    records = objects(data, "DnsRecord").values()
    return any(record.get("fqdn") in names and record.get("type") in ("A", "AAAA", "CNAME") for record in records)


def _is_server(deployment: Mapping[str, Any]) -> bool:
    labels = deployment["metadata"].get("labels") or {}
    named = labels.get("app.kubernetes.io/name") == "authentik"
    return bool(named and labels.get("app.kubernetes.io/component") == "server")
