"""Roles and databases that a Cluster is to have beside the application's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.cluster import Cluster
from sandbox.controllers.cnpg.installation import Operator
from sandbox.controllers.cnpg.reporting import report
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import decoded, patch

RESERVED: Final = ("postgres", "streaming_replica")
FINALIZER: Final = "cnpg.io/deleteDatabase"
LOOK_AGAIN_SECONDS: Final = 2.0


def status(hub: Hub, cluster: Cluster) -> dict[str, Any] | None:
    """How far the managed roles have come, with the reason of each that cannot be made; None if there are none."""
    wanted = _wanted(cluster)
    if not wanted:
        return None
    problems = {role["name"]: _problem(hub, cluster, role) for role in wanted}
    done = [name for name, problem in problems.items() if not problem]
    failing = {name: [problem] for name, problem in problems.items() if problem}
    passwords = {
        role["name"]: {"resourceVersion": secret["metadata"]["resourceVersion"]}
        for role in wanted
        if role["name"] in done and (secret := _secret(hub, cluster, role))
    }
    by_status = {
        "reconciled": done,
        "pending-reconciliation": list(failing),
        "reserved": list(RESERVED),
    }
    return {
        "byStatus": {key: value or None for key, value in by_status.items()},
        "cannotReconcile": failing or None,
        "passwordStatus": passwords or None,
    }


def _wanted(cluster: Cluster) -> list[Mapping[str, Any]]:
    return list((cluster.spec.get("managed") or {}).get("roles") or [])


def _secret(hub: Hub, cluster: Cluster, role: Mapping[str, Any]) -> kube.Object | None:
    name = (role.get("passwordSecret") or {}).get("name")
    return hub.get(*names.SECRET, name, cluster.namespace) if name else None


def _problem(hub: Hub, cluster: Cluster, role: Mapping[str, Any]) -> str:
    """Why a role cannot be made as it is wanted; a role without a Secret has no password, and that is well."""
    name = (role.get("passwordSecret") or {}).get("name")
    if not name:
        return ""
    secret = _secret(hub, cluster, role)
    if secret is None:
        return f'secrets "{name}" not found'
    user, word = decoded(secret, "username"), decoded(secret, "password")
    if user is None:
        return f"username entry missing in secret {name}"
    if word is None:
        return f"password entry missing in secret {name}"
    return "" if user == role["name"] else f"wrong username '{user}' in secret, expected '{role['name']}'"


def known(hub: Hub, cluster: Cluster) -> set[str] | None:
    """The roles that there are; None if nobody knows, as after a recovery."""
    if cluster.bootstrap[0] != "initdb":
        return None
    made = {
        role["name"]
        for role in _wanted(cluster)
        if role.get("ensure", "present") == "present" and not _problem(hub, cluster, role)
    }
    return {"postgres", cluster.owner, *made}


class Databases:
    """Reconciles Databases."""

    def __init__(self, environment: Environment) -> None:
        self.client = environment.client
        self.hub = environment.hub

    def reconcile(self, obj: kube.Object, operator: Operator) -> float | None:
        """Make a database, or say why there is none."""
        spec, meta = obj["spec"], obj["metadata"]
        live = self.hub.get(*names.CLUSTER, spec["cluster"]["name"], meta["namespace"])
        if "deletionTimestamp" in meta:
            self.release(obj)
            return None
        if live is None:
            # The real operator waits without a word.
            return self._failed(obj, f'cluster "{spec["cluster"]["name"]}" not found')
        cluster = Cluster(obj=live, config=operator.config)
        if not cluster.status.get("currentPrimary"):
            return LOOK_AGAIN_SECONDS
        problem = self._problem(obj, cluster)
        if problem:
            return self._failed(obj, problem)
        finalizers = meta.get("finalizers") or []
        if FINALIZER not in finalizers:
            patch(self.client, obj, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, names.MANAGER)
        made = {
            kind: [{"name": item["name"], "applied": True} for item in spec.get(kind) or []] or None
            for kind in ("extensions", "schemas")
        }
        report(self.client, obj, {**_seen(obj), "applied": True, "message": None, **made})
        return None

    def _problem(self, obj: kube.Object, cluster: Cluster) -> str:
        spec = obj["spec"]
        for other in self.hub.list(*names.DATABASE, obj["metadata"]["namespace"]):
            same = (other["spec"]["cluster"]["name"], other["spec"]["name"]) == (cluster.name, spec["name"])
            if (
                same
                and other["metadata"]["uid"] != obj["metadata"]["uid"]
                and (other.get("status") or {}).get("applied")
            ):
                return f'"{spec["name"]}" is already managed by object "{other["metadata"]["name"]}"'
        there = known(self.hub, cluster)
        if spec.get("ensure", "present") == "present" and there is not None and spec["owner"] not in there:
            said = f'ERROR: role "{spec["owner"]}" does not exist (SQLSTATE 42704)'
            return f'while creating database "{spec["name"]}": {said}'
        return ""

    def _failed(self, obj: kube.Object, message: str) -> float:
        report(self.client, obj, {**_seen(obj), "applied": False, "message": message})
        return LOOK_AGAIN_SECONDS

    def release(self, obj: kube.Object) -> None:
        """Nothing is left to be done for a database that goes, or whose Cluster has gone."""
        left = [item for item in obj["metadata"].get("finalizers") or [] if item != FINALIZER]
        patch(self.client, obj, {"metadata": {"finalizers": left}}, names.MANAGER)


def _seen(obj: kube.Object) -> dict[str, Any]:
    return {"observedGeneration": obj["metadata"].get("generation", 1)}
