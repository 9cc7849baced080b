"""Rules of namespaces, and of where objects are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from components.vocabulary import ENFORCE, POD_SECURITY_REASON
from policy.objects import Object, annotations_of, is_cluster_wide, metadata_of, namespace_of
from policy.rule import EVERY_KIND, Context, Rule

MADE_BY_THE_CLUSTER: Final = frozenset(
    {
        ("ConfigMap", "kube-root-ca.crt"),
        ("EndpointSlice", "kubernetes"),
        ("Endpoints", "kubernetes"),
        ("Service", "kubernetes"),
        ("ServiceAccount", "default"),
    }
)
"""What a cluster puts into the namespace `default` by itself."""


def _pod_security(namespace: Object, _context: Context) -> Iterator[str]:
    level = (metadata_of(namespace).get("labels") or {}).get(ENFORCE, "nothing")
    if level != "restricted" and not annotations_of(namespace).get(POD_SECURITY_REASON):
        yield f"it enforces {level} and gives no reason: set {ENFORCE} to restricted, or {POD_SECURITY_REASON}"


def _no_default_namespace(obj: Object, _context: Context) -> Iterator[str]:
    if is_cluster_wide(obj) or (obj["kind"], metadata_of(obj).get("name")) in MADE_BY_THE_CLUSTER:
        return
    namespace = namespace_of(obj)
    if namespace in ("", "default"):
        yield f"it is in the namespace {namespace or '(none given)'}: give it one of its own"


RULES: Final = (
    Rule(
        name="pod-security",
        description="Every namespace enforces the pod security standard `restricted`, or says why not.",
        kinds=frozenset({"Namespace"}),
        judge=_pod_security,
    ),
    Rule(
        name="no-default-namespace",
        description="Nothing is in the namespace `default`.",
        kinds=EVERY_KIND,
        judge=_no_default_namespace,
    ),
)
