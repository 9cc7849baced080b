"""Traefik's middlewares, which the edge and forward auth both write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.exposure import IngressController, Middleware

IDENTITY_HEADERS: Final = (
    "X-authentik-username",
    "X-authentik-groups",
    "X-authentik-entitlements",
    "X-authentik-email",
    "X-authentik-name",
    "X-authentik-uid",
    "X-authentik-jwt",
    "X-authentik-meta-jwks",
    "X-authentik-meta-outpost",
    "X-authentik-meta-provider",
    "X-authentik-meta-app",
    "X-authentik-meta-version",
)
"""By these, Authentik's outpost tells an application who is calling; names from Authentik's Traefik documentation."""


def middleware(
    name: str,
    spec: Mapping[str, Any],
    *,
    traefik: IngressController,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource] = (),
) -> Middleware:
    """Declare a Middleware of that name in Traefik's namespace; routes and people know it by that name."""
    namespace = traefik.pods.namespace
    resource = CustomResource(
        f"{parent.pulumi_resource_name}-{name}",
        api_version="traefik.io/v1alpha1",
        kind="Middleware",
        metadata=ObjectMetaArgs(name=name, namespace=namespace.name),
        spec=spec,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[traefik.ready, *depends_on]),
    )
    return Middleware(namespace=namespace, name=name, resource=resource)


def chain(
    name: str, middlewares: Sequence[Middleware], *, traefik: IngressController, parent: pulumi.Resource
) -> Middleware:
    """Declare a chain of middlewares, applied in that order."""
    spec = {"chain": {"middlewares": [reference(item) for item in middlewares]}}
    depends_on = [item.resource for item in middlewares]
    return middleware(name, spec, traefik=traefik, parent=parent, depends_on=depends_on)


def reference(item: Middleware) -> dict[str, str]:
    """How a route or a chain names a middleware."""
    return {"name": item.name, "namespace": item.namespace.name}
