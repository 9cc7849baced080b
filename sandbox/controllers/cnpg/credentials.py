"""The Secrets of a Cluster: the application's user, and the key pairs of its own authority."""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlencode

from sandbox import kube
from sandbox.controllers import issuing
from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.cluster import Cluster
from sandbox.controllers.objects import encode

LENGTH: Final = 64
DOMAIN: Final = "cluster.local"
DAYS: Final = 90
"""How long the operator's certificates are valid."""


def password() -> str:
    """A password as the operator makes one: letters and digits."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(LENGTH))


def of_user(host: str, namespace: str, database: str, user: str, word: str) -> dict[str, str]:
    """The keys of a user's Secret; `host` is the short name of a Service, some keys have longer ones."""
    short, whole = f"{host}.{namespace}:{names.PORT}", f"{host}.{namespace}.svc.{DOMAIN}:{names.PORT}"

    def uri(where: str) -> str:
        return f"postgresql://{quote(user, safe='')}:{quote(word, safe='')}@{where}/{quote(database)}"

    def jdbc(where: str) -> str:
        return f"jdbc:postgresql://{where}/{quote(database)}?{urlencode({'password': word, 'user': user})}"

    return {
        "username": user,
        "user": user,
        "password": word,
        "dbname": database,
        "host": host,
        "port": str(names.PORT),
        "pgpass": f"{host}:{names.PORT}:{database}:{user}:{word}\n",
        "uri": uri(short),
        "jdbc-uri": jdbc(short),
        "fqdn-uri": uri(whole),
        "fqdn-jdbc-uri": jdbc(whole),
    }


def app_secret(cluster: Cluster) -> kube.Object:
    """The Secret of the application's user, with a new password: to be made once, and then left alone."""
    host = f"{cluster.name}-rw"
    data = of_user(host, cluster.namespace, cluster.database, cluster.owner, password())
    labels = {"cnpg.io/userType": "app", names.RELOAD: "true"}
    return _secret(cluster, cluster.app_secret, "kubernetes.io/basic-auth", data, labels)


def superuser_secret(cluster: Cluster) -> kube.Object | None:
    """The Secret of `postgres` if it may be used from outside."""
    own = (cluster.spec.get("superuserSecret") or {}).get("name")
    if own or not cluster.spec.get("enableSuperuserAccess"):
        return None
    name = f"{cluster.name}-superuser"
    data = of_user(f"{cluster.name}-rw", cluster.namespace, "*", "postgres", password())
    labels = {"cnpg.io/userType": "superuser", names.RELOAD: "true"}
    return _secret(cluster, name, "kubernetes.io/basic-auth", data, labels)


def of_tls(cluster: Cluster) -> tuple[str, str, str]:
    """The names of the Secrets with its authority, its servers' and its replicas' key pairs."""
    return f"{cluster.name}-ca", f"{cluster.name}-server", f"{cluster.name}-replication"


def tls_secret(cluster: Cluster, name: str) -> kube.Object:
    """One of those Secrets. As with all certificates of the sandbox, each signs itself."""
    authority, server, _replication = of_tls(cluster)
    if name == authority:
        pair = issuing.make([], common_name=cluster.name, days=DAYS, algorithm="ECDSA")
        return _secret(
            cluster, name, "Opaque", {"ca.crt": pair.certificate, "ca.key": pair.key}, {names.RELOAD: "true"}
        )
    hosts = list(_hosts(cluster)) if name == server else []
    common = f"{cluster.name}-rw" if name == server else "streaming_replica"
    pair = issuing.make(hosts, common_name=common, days=DAYS, algorithm="ECDSA")
    data = {"tls.crt": pair.certificate, "tls.key": pair.key}
    return _secret(cluster, name, "kubernetes.io/tls", data, {names.RELOAD: "true"})


def _hosts(cluster: Cluster) -> Iterator[str]:
    for way in ("rw", "r", "ro"):
        service = f"{cluster.name}-{way}"
        yield from (service, f"{service}.{cluster.namespace}", f"{service}.{cluster.namespace}.svc")
        yield f"{service}.{cluster.namespace}.svc.{DOMAIN}"


def _secret(cluster: Cluster, name: str, kind: str, data: Mapping[str, str], labels: Mapping[str, str]) -> kube.Object:
    meta = cluster.meta(name, labels)
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": kind, "data": encode(data)}
