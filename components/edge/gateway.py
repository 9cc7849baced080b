"""Traefik as the routes see it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kit import Middleware, Namespace, Pods


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """What a route needs to know of Traefik."""

    namespace: Namespace
    pods: Pods
    public_chain: Middleware
    ready: pulumi.Resource
    """Done when Traefik runs and knows IngressRoutes."""
