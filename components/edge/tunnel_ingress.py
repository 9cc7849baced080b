"""An Ingress that the tunnel's controller publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    ServiceBackendPortArgs,
)

from components.edge.ways_in import WaysIn
from components.kit import IngressController, Namespace
from components.vocabulary import INGRESS_CLASS


def tunnel_ingress(
    name: str,
    *,
    host: str,
    namespace: Namespace,
    service: str,
    port: int,
    annotations: Mapping[str, str],
    tunnel: IngressController,
    ways: WaysIn,
    opts: pulumi.ResourceOptions,
    object_name: str,
    depends_on: Sequence[pulumi.Resource] = (),
) -> Ingress:
    """Lead a host by the tunnel to a Service's port (a number); called `object_name` in its namespace."""
    backend = IngressBackendArgs(
        service=IngressServiceBackendArgs(name=service, port=ServiceBackendPortArgs(number=port))
    )
    path = HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
    # The controller has to outlive its ingresses: it is the one to take their finalizer away.
    needs = pulumi.ResourceOptions(depends_on=[tunnel.ready, namespace.resource, *depends_on])
    return Ingress(
        name,
        metadata=ObjectMetaArgs(name=object_name, namespace=namespace.name, annotations=annotations),
        spec=IngressSpecArgs(
            ingress_class_name=INGRESS_CLASS,
            rules=[IngressRuleArgs(host=host, http=HTTPIngressRuleValueArgs(paths=[path]))],
        ),
        opts=pulumi.ResourceOptions.merge(pulumi.ResourceOptions.merge(opts, needs), ways.of(host)),
    )
