"""What the Job does that has InfluxDB make buckets and tokens up, and carries each token into a Secret.

Its pod starts once that is done; until then it says why not. Of the script the lines are read that say what is wanted,
`bucket <name> ...` and `token <name> <Secret> <read:bucket or write:bucket>...`. InfluxDB has to run, and to have been
set up with the token by which it is asked. The Secrets are written by the API server's own rules: by the pod's account,
which has to have the right to, and as the field manager that `kubectl apply` was told.

There is no InfluxDB, so a token is computed: out of the operator's, and of the description by which InfluxDB would know
it. Whoever may do the same has the same token again, and another one for anything else.

Not covered: whether a network policy permits the calls, buckets that were made by hand, and that a token which the
operator had once stays good when its Secret changes.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox import kube
from sandbox.controllers import environment
from sandbox.controllers.controller import Environment
from sandbox.controllers.objects import encode, namespace_of
from sandbox.rollouts import condition

MAKES_TOKENS: Final = "influx auth create"
"""In the script of a container that makes tokens; the pod's other container puts them into Secrets."""
HOST, TOKEN = "INFLUX_HOST", "INFLUX_TOKEN"
SET_UP_WITH: Final = "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN"
"""Variable of InfluxDB's own container."""
RIGHTS: Final = ("read", "write")
KEY: Final = "token"
"""Of the Secrets."""


class ProgramError(Exception):
    """Why a container ends with an error, in its own words."""


@dataclass(frozen=True, kw_only=True)
class Token:
    """A token that is wanted."""

    name: str
    secret: str
    rights: Sequence[str]

    @property
    def description(self) -> str:
        """By which InfluxDB knows it."""
        return f"{self.name}: {' '.join(self.rights)}"


@dataclass(frozen=True, kw_only=True)
class InfluxDbAccess:
    """Plays the pods of such Jobs."""

    environment: Environment

    def run(self, pod: kube.Object) -> str:
        """Do what a pod's containers do. Why they end with an error; empty if it was done, or it is another pod."""
        for container in pod["spec"].get("initContainers") or []:
            script = next((word for word in container.get("command") or [] if MAKES_TOKENS in word), "")
            if script:
                try:
                    self._carry(pod, self._made(pod, container, script))
                except ProgramError as error:
                    return str(error)
        return ""

    def _made(self, pod: kube.Object, container: Mapping[str, Any], script: str) -> dict[str, str]:
        """Values of the tokens by their Secrets."""
        variables = environment.of_container(self.environment.hub, pod, container)
        operator = variables.get(TOKEN, "")
        self._check_server(variables.get(HOST, ""), operator)
        tokens, buckets = list(wanted(script)), set(buckets_of(script))
        for token in tokens:
            for right in token.rights:
                verb, _, bucket = right.partition(":")
                if verb not in RIGHTS:
                    raise ProgramError(f"influx: unknown flag: --{verb}-bucket")
                if bucket not in buckets:
                    raise ProgramError(f"influx: token {token.name}: there is no bucket {bucket}")
        return {token.secret: value_of(token, operator) for token in tokens}

    def _check_server(self, url: str, token: str) -> None:
        """ProgramError unless an InfluxDB that was set up with the token answers at the URL."""
        pod = next(self._behind(url), None)
        if pod is None:
            raise ProgramError(f"influx: nobody answers at {url}")
        if all(self._set_up_with(pod, container) != token for container in pod["spec"]["containers"]):
            raise ProgramError("influx: 401 Unauthorized: unauthorized access")

    def _behind(self, url: str) -> Iterator[kube.Object]:
        """Ready pods of the Service in a URL."""
        found = urlsplit(url)
        name, namespace, *_ = [*(found.hostname or "").split("."), ""]
        service = self.environment.client.get("v1", "Service", name, namespace) if namespace else None
        if service is None or found.port not in [port["port"] for port in service["spec"]["ports"]]:
            return
        for pod in self.environment.hub.list("v1", "Pod", namespace):
            selected = service["spec"]["selector"].items() <= (pod["metadata"].get("labels") or {}).items()
            if selected and condition(pod, "Ready").get("status") == "True":
                yield pod

    def _set_up_with(self, pod: kube.Object, container: Mapping[str, Any]) -> str | None:
        return environment.of_container(self.environment.hub, pod, container).get(SET_UP_WITH)

    def _carry(self, pod: kube.Object, values: Mapping[str, str]) -> None:
        """Do what `kubectl apply` does with a manifest for each token: all that can be written is."""
        (given,) = [list(container.get("args") or []) for container in pod["spec"]["containers"]]
        options = dict(word.removeprefix("--").partition("=")[::2] for word in given)
        client = self._account(pod)
        refused = []
        for secret, value in values.items():
            meta = {"name": secret, "namespace": options["namespace"]}
            manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": encode({KEY: value})}
            try:
                applied = client.apply(manifest, options["field-manager"])
            except kube.ApiError as error:
                refused.append(f"kubectl: {error}")
            else:
                self.environment.hub.put(applied)
        if refused:
            raise ProgramError("\n".join(refused))

    def _account(self, pod: kube.Object) -> kube.Client:
        """A client that may do what the pod's account may."""
        name = pod["spec"].get("serviceAccountName", "default")
        client = copy.copy(self.environment.client)
        user = f"system:serviceaccount:{namespace_of(pod)}:{name}"
        client.headers = {**client.headers, "Impersonate-User": user}
        return client


def buckets_of(script: str) -> Iterator[str]:
    """Names of the buckets that a script makes."""
    for word, *rest in _lines(script):
        if word == "bucket":
            yield rest[0]


def wanted(script: str) -> Iterator[Token]:
    """The tokens that a script makes."""
    for word, *rest in _lines(script):
        if word == "token":
            name, secret, *rights = rest
            yield Token(name=name, secret=secret, rights=rights)


def _lines(script: str) -> Iterator[list[str]]:
    """What a script says outside of its functions, word by word."""
    for line in script.splitlines():
        if line.startswith(("bucket ", "token ")):
            yield shlex.split(line)


def value_of(token: Token, operator: str) -> str:
    """A token, in InfluxDB's form."""
    return base64.b64encode(hmac.digest(operator.encode(), token.description.encode(), hashlib.sha512)).decode()
