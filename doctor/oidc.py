"""Checks of OpenID Connect: clients, where they send people back to, and what consumers know of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from components.vocabulary import SIGN_IN, SignInKind
from doctor import kube
from doctor.check import FINE, Context, Reference, check, unless
from doctor.routes import routed_hosts
from doctor.snapshot import Snapshot
from policy.objects import annotations_of, hosts_of, label, namespace_of

ACCESS_DOMAIN: Final = ".cloudflareaccess.com"
PART_OF: Final = "app.kubernetes.io/part-of"
ARGOCD: Final = "argocd"
"""Value of that label on everything that Argo CD reads."""


@check("provider -> application")
def applications(context: Context) -> Iterator[Reference]:
    """Every provider belongs to an application: nobody can sign in otherwise."""
    snapshot = context.snapshot
    owned = {_number(item.properties.get("protocolProvider")) for item in snapshot.of_type("Application")}
    for provider in (*snapshot.of_type("ProviderProxy"), *snapshot.of_type("ProviderOauth2")):
        problem = unless(
            provider.id in owned,
            "no application uses it, so nobody can sign in",
            "`pulumi up --refresh` makes the stack's application anew; remove a provider that is not its own",
        )
        yield Reference(f"{provider.type} {provider.name}", "an application", *problem)


def _number(value: object) -> str:
    """An id as text: JSON may have made a number with a fraction of it."""
    return str(int(value)) if isinstance(value, float) else str(value)


@check("application -> group")
def bound(context: Context) -> Iterator[Reference]:
    """Every application is bound to a group that exists: everybody may use it otherwise."""
    snapshot = context.snapshot
    groups = {group.id for group in snapshot.of_type("Group")}
    bindings: dict[str, list[str]] = {}
    for binding in snapshot.of_type("PolicyBinding"):
        bindings.setdefault(binding.properties.get("target", ""), []).append(binding.properties.get("group", ""))
    for application in snapshot.of_type("Application"):
        bound_to = bindings.get(application.properties.get("uuid", ""), [])
        missing = [group for group in bound_to if group and group not in groups]
        advice = "bind a group of the program to it; `pulumi up --refresh` makes a binding of the stack anew"
        problem = unless(bound_to, "no group is bound to it, so everybody may use it", advice)
        if missing:
            problem = f"the stack has no group {missing[0]}", advice
        yield Reference(f"Application {application.name}", "a group", *problem)


@check("OIDC redirect -> route")
def redirects(context: Context) -> Iterator[Reference]:
    """A client sends its users back to a host that exists."""
    routed = routed_hosts(context.snapshot)
    for provider in context.snapshot.of_type("ProviderOauth2"):
        for redirect in provider.properties.get("allowedRedirectUris") or []:
            address = urlsplit(redirect["url"])
            host = address.hostname or ""
            # An address of another scheme is that of an app on the user's own phone.
            known = host in routed or host.endswith(ACCESS_DOMAIN) or address.scheme not in ("http", "https")
            problem = unless(
                known,
                "no route has this host, so signing in ends nowhere",
                "correct the redirect, or give the host a route",
            )
            yield Reference(f"ProviderOauth2 {provider.name}", redirect["url"], *problem)


@check("OIDC route -> client")
def clients(context: Context) -> Iterator[Reference]:
    """A route that says OIDC has a client."""
    redirected = {
        urlsplit(redirect["url"]).hostname
        for provider in context.snapshot.of_type("ProviderOauth2")
        for redirect in provider.properties.get("allowedRedirectUris") or []
    }
    for route in (*context.snapshot.all("IngressRoute"), *context.snapshot.all("Ingress")):
        if annotations_of(route).get(SIGN_IN) == SignInKind.OIDC:
            for host in hosts_of(route):
                problem = unless(host in redirected, "no OAuth2 provider redirects to it", "add an OidcClient")
                yield Reference(label(route), f"client of {host}", *problem)


@check("Argo CD -> key of its client's Secret")
def argocd_keys(context: Context) -> Iterator[Reference]:
    """`$secret:key` in Argo CD's configuration leads to a Secret that says it is part of Argo CD."""
    for config in _argocd(context.snapshot, "argocd-cm"):
        for secret_name, key in re.findall(r"\$([\w.-]+):([\w.-]+)", (config.get("data") or {}).get("oidc.config", "")):
            secret = context.snapshot.get("Secret", secret_name, namespace_of(config))
            problem = FINE
            if secret is None:
                advice = f"look at the status of OnePasswordItem {namespace_of(config)}/{secret_name}"
                problem = "there is no such Secret, so signing in fails", advice
            elif (secret["metadata"].get("labels") or {}).get(PART_OF) != ARGOCD:
                advice = f"add the label {PART_OF}={ARGOCD} to its OnePasswordItem"
                problem = f"it lacks the label {PART_OF}={ARGOCD}, so Argo CD does not read it", advice
            elif key not in (secret.get("data") or {}):
                has = ", ".join(sorted(secret.get("data") or {})) or "none"
                problem = f"it has no such key: it has {has}", "correct the key in oidc.config, or add it to the item"
            yield Reference(label(config), f"Secret {namespace_of(config)}/{secret_name} key {key}", *problem)


@check("Argo CD role -> group")
def argocd_groups(context: Context) -> Iterator[Reference]:
    """The groups that Argo CD gives a role exist in Authentik."""
    groups = {item.properties["name"] for item in context.snapshot.of_type("Group")}
    for config in _argocd(context.snapshot, "argocd-rbac-cm"):
        for line in (config.get("data") or {}).get("policy.csv", "").splitlines():
            kind, _, rest = line.partition(",")
            group, _, role = (part.strip() for part in rest.partition(","))
            if kind.strip() == "g" and role.startswith("role:"):
                problem = unless(
                    group in groups,
                    f"the stack has no such group in Authentik, so nobody gets {role}",
                    "name one of its groups in policy.csv, or add the group to the program",
                )
                yield Reference(label(config), f"group {group}", *problem)


def _argocd(snapshot: Snapshot, name: str) -> Iterator[kube.Object]:
    return (config for config in snapshot.all("ConfigMap") if config["metadata"]["name"] == name)
