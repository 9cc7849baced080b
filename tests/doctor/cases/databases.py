from __future__ import annotations

from functools import partial
from typing import Any

from tests.support.breaking import Break, container, policy
from tests.support.healthy import Healthy, Object

NAME, NAMESPACE = "authentik-db", "authentik"
CLUSTER, STORE = f"Cluster {NAMESPACE}/{NAME}", f"ObjectStore {NAMESPACE}/authentik-archive"
DATABASE: Object = {
    "kind": "Database",
    "metadata": {"namespace": NAMESPACE, "name": "more"},
    "spec": {"cluster": {"name": NAME}},
    "status": {"applied": False, "message": "role nobody does not exist"},
}


def cluster(live: Healthy) -> Object:
    return live.get("Cluster", NAME, NAMESPACE)


def store(live: Healthy) -> Object:
    found: Object = live.get("ObjectStore", "authentik-archive", NAMESPACE)["spec"]["configuration"]
    return found


def service(live: Healthy) -> Object:
    found: Object = live.get("Service", "authentik-archive", NAMESPACE)["spec"]
    return found


def fail(live: Healthy, *, kind: str) -> None:
    """One condition of the cluster does not hold."""
    conditions = [
        {"type": other, "status": "True" if other != kind else "False", "message": "no space left"}
        for other in ("Ready", "ContinuousArchiving")
    ]
    cluster(live)["status"].update(conditions=conditions)


def with_role(live: Healthy, **role: Any) -> None:
    cluster(live)["spec"]["managed"] = {"roles": [{"name": "more", **role}]}


def twin(live: Healthy, **changes: Any) -> None:
    """A second cluster, by the same archive, which nothing else is wrong with."""
    found = cluster(live)
    plugin = {**found["spec"]["plugins"][0], "parameters": {**found["spec"]["plugins"][0]["parameters"], **changes}}
    live.objects.append(
        {**found, "metadata": {**found["metadata"], "name": "twin"}, "spec": {**found["spec"], "plugins": [plugin]}}
    )
    way = live.get("Service", f"{NAME}-rw", NAMESPACE)
    live.objects.append({**way, "metadata": {**way["metadata"], "name": "twin-rw"}})
    schedule = live.get("ScheduledBackup", NAME, NAMESPACE)
    spec = {**schedule["spec"], "cluster": {"name": "twin"}}
    live.objects.append({**schedule, "metadata": {**schedule["metadata"], "name": "twin"}, "spec": spec})


def calls_the_database(live: Healthy) -> None:
    """A pod beside the database, as a neighbour that policies let in by its labels."""
    pod = next(item for item in live.all("Pod") if item["metadata"]["namespace"] == "navidrome")
    meta = {"namespace": NAMESPACE, "name": "neighbour", "labels": {"app.kubernetes.io/name": "neighbour"}}
    live.objects.append(
        {
            **pod,
            "metadata": meta,
        }
    )
    to = {"podSelector": {"matchLabels": {"cnpg.io/instanceName": f"{NAME}-1"}}}
    by = {"podSelector": {"matchLabels": meta["labels"]}}
    ports = [{"port": 5432}]
    for name, spec in (
        ("out", {**by, "policyTypes": ["Egress"], "egress": [{"ports": ports, "to": [to]}]}),
        ("in", {**to, "policyTypes": ["Ingress"], "ingress": [{"ports": ports, "from": [by]}]}),
    ):
        live.objects.append({"kind": "NetworkPolicy", "metadata": {"namespace": NAMESPACE, "name": name}, "spec": spec})


BREAKS = (
    *(
        Break(
            check="database -> healthy",
            subject=CLUSTER,
            target=kind,
            problem=problem,
            change=partial(fail, kind=kind),
        )
        for kind, problem in (
            ("Ready", "it does not serve: no space left"),
            ("ContinuousArchiving", "its WAL is not archived: no space left"),
        )
    ),
    Break(
        check="database -> archive",
        subject=CLUSTER,
        target=f"ObjectStore {NAMESPACE}/gone",
        problem="there is no such archive",
        change=lambda live: cluster(live)["spec"].update(
            externalClusters=[{"name": "old", "plugin": {"parameters": {"barmanObjectName": "gone"}}}]
        ),
    ),
    Break(
        check="database -> archive of its own",
        subject=f"Cluster {NAMESPACE}/twin",
        target=f"s3://{NAME} as {NAME}",
        problem=f"{CLUSTER} writes there too",
        change=twin,
    ),
    Break(
        check="database -> schedule of base backups",
        subject=CLUSTER,
        target="ScheduledBackup",
        problem="no schedule makes base backups of it",
        change=lambda live: live.drop("ScheduledBackup", NAME, NAMESPACE),
    ),
    Break(
        check="schedule of base backups -> database",
        subject=f"ScheduledBackup {NAMESPACE}/more",
        target=f"Cluster {NAMESPACE}/gone",
        problem="there is no such cluster",
        change=lambda live: live.objects.append(
            {
                "kind": "ScheduledBackup",
                "metadata": {"namespace": NAMESPACE, "name": "more"},
                "spec": {"cluster": {"name": "gone"}, "method": "plugin"},
            }
        ),
    ),
    Break(
        check="archive -> key of a Secret",
        subject=STORE,
        target=f"Secret {NAMESPACE}/secret-authentik-archive key gone",
        problem="no such key: it has access-key, secret-key, so secretAccessKey is missing",
        change=lambda live: store(live)["s3Credentials"]["secretAccessKey"].update(key="gone"),
    ),
    Break(
        check="archive -> gateway",
        subject=STORE,
        target=f"Service {NAMESPACE}/gone:7070",
        problem="there is no such Service",
        change=lambda live: store(live).update(endpointURL=f"http://gone.{NAMESPACE}.svc:7070"),
    ),
    Break(
        check="archive -> gateway",
        subject=STORE,
        target=f"Service {NAMESPACE}/authentik-archive:7071",
        problem="the Service has no such port",
        change=lambda live: store(live).update(endpointURL=f"http://authentik-archive.{NAMESPACE}.svc:7071"),
    ),
    Break(
        check="archive -> gateway",
        subject=f"pods of database {NAME}",
        target=f"Service {NAMESPACE}/authentik-archive:7070",
        problem=f"no ingress policy of {NAMESPACE} permits it",
        change=lambda live: policy(live, f"{NAME}-to-archive-ingress", NAMESPACE)["ingress"][0]["ports"][0].update(
            port=7071
        ),
    ),
    Break(
        check="role of a database -> its password",
        subject=f"{CLUSTER} role more",
        target=f"Secret {NAMESPACE}/gone",
        problem="there is no such Secret, so the role cannot sign in",
        change=lambda live: with_role(live, passwordSecret={"name": "gone"}),
    ),
    Break(
        check="role of a database -> its password",
        subject=f"{CLUSTER} role more",
        target=f"Secret {NAMESPACE}/secret-authentik-archive",
        problem="it has no password and no username",
        change=lambda live: with_role(live, passwordSecret={"name": "secret-authentik-archive"}),
    ),
    Break(
        check="database of an application -> cluster",
        subject=f"Database {NAMESPACE}/more",
        target=f"Cluster {NAMESPACE}/gone",
        problem="there is no such cluster",
        change=lambda live: live.objects.append({**DATABASE, "spec": {"cluster": {"name": "gone"}}}),
    ),
    Break(
        check="database of an application -> cluster",
        subject=f"Database {NAMESPACE}/more",
        target=CLUSTER,
        problem="it is not made: role nobody does not exist",
        change=lambda live: live.objects.append(DATABASE),
    ),
    Break(
        check="database -> Service",
        subject=CLUSTER,
        target=f"Service {NAMESPACE}/{NAME}-rw",
        problem="there is no such Service",
        change=lambda live: live.drop("Service", f"{NAME}-rw", NAMESPACE),
    ),
    Break(
        check="database -> Service",
        subject=CLUSTER,
        target=f"Service {NAMESPACE}/{NAME}-rw",
        problem="no pod is the primary",
        change=lambda live: [
            pod["metadata"]["labels"].update({"cnpg.io/instanceRole": "replica"})
            for pod in live.get_all("Pod", "cnpg.io/cluster", NAME)
        ],
    ),
    Break(
        check="application -> its database",
        subject="Pod echoserver/echoserver",
        target=f"database {NAMESPACE}/{NAME}, port 5432",
        problem="no egress policy of echoserver permits it",
        change=lambda live: container(live, "Deployment", "echoserver", "echoserver").update(
            env=[{"name": "DB", "value": f"postgresql://me@{NAME}-rw.{NAMESPACE}.svc:5432/me"}]
        ),
    ),
    Break(
        check="database -> nobody but its clients",
        subject=CLUSTER,
        target=f"closed to Pod {NAMESPACE}/neighbour",
        problem="nothing tells it of it",
        change=calls_the_database,
    ),
)
