"""Probes: every public route is called from outside its application, as a visitor would who has not signed in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    CatalogEntry,
    Endpoint,
    Foundation,
    Internal,
    MetricsTarget,
    Mount,
    Namespace,
    Workload,
    WorkloadArgs,
    internet,
    plain,
)
from components.kit.files import Files, FilesArgs
from components.kit.userinput import label_of
from components.monitoring.monitors import API
from components.vocabulary import MONITORED, OUTPOST_PATH, SignInKind

JOB: Final = "blackbox"
"""Label `job` of what probes find; the exporter's own metrics are not among it."""

INTERVAL: Final = 60
"""Seconds between two probes of a route: each that is sent to sign in leaves a session at Authentik, for a day."""

PORT: Final = 9115
FOLDER: Final = "/etc/blackbox"
"""Folder of the configuration in the exporter's pod."""
FILE: Final = "modules.json"

REDIRECTS: Final = (301, 302, 303, 307, 308)


def _leading_to(pattern: str, *, optional: bool = False) -> dict[str, Any]:
    header = {"header": "Location", "regexp": pattern, "allow_missing": optional}
    return {"follow_redirects": False, "fail_if_header_not_matches": [header]}


MODULES: Final[Mapping[SignInKind, Mapping[str, Any]]] = {
    # It may send its visitors to another page of its own, and that one is there.
    SignInKind.PUBLIC: {"follow_redirects": True},
    # Its own page with a button, or a redirect; whether Authentik is well is asked by a probe of its own.
    SignInKind.OIDC: {"follow_redirects": False, "valid_status_codes": [200, *REDIRECTS]},
    # The way to Authentik has where it leads back to in it. A page without a sign-in is a failure.
    SignInKind.FORWARD_AUTH: {"valid_status_codes": [302], **_leading_to(re.escape(OUTPOST_PATH.strip("/")))},
    SignInKind.ACCESS: {
        "valid_status_codes": [302, 401, 403],
        **_leading_to(re.escape(".cloudflareaccess.com/"), optional=True),
    },
}
"""What is expected of a route, by its sign-in, as the exporter's settings of an HTTP probe."""


@dataclass(frozen=True, kw_only=True)
class ProbesArgs:
    """What is to be reached, from where."""

    base: Foundation
    namespace: Namespace
    entries: Sequence[CatalogEntry]
    """Everything that people open."""
    traefik: Endpoint
    """Traefik, at the port for HTTPS: where the home's own DNS may lead its hosts."""
    kinds_known: pulumi.Resource
    """Done when there can be a Probe."""


class Probes(pulumi.ComponentResource):
    """The blackbox exporter, and a Probe for each public route: `job` is `blackbox`, `service` the entry's name.

    Certificates are verified, and an answer that is not by HTTPS is none.
    """

    jobs: frozenset[str]
    """Labels `job` of what probes find: none, where no route is public."""

    def __init__(self, name: str, args: ProbesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Probes", name, plain(args), opts)
        exporter = self._exporter(name, args)
        args.base.contributions.metrics.add(MetricsTarget(name=name, pods=exporter.pods, port=PORT))
        jobs = set()
        for entry in args.entries:
            if not isinstance(entry.exposure, Internal):
                self._probe(name, entry, str(entry.exposure.sign_in.kind), exporter.endpoint, args)
                jobs.add(JOB)
        self.jobs = frozenset(jobs)
        self.register_outputs({})

    def _exporter(self, name: str, args: ProbesArgs) -> Workload:
        site = args.base.site
        inside = pulumi.ResourceOptions(parent=self)
        given = FilesArgs(namespace=args.namespace, files={FILE: json.dumps(_configuration(), indent=2)})
        files = Files(f"{name}-modules", given, opts=inside)
        return Workload(
            name,
            WorkloadArgs(
                namespace=args.namespace,
                image=site.image(versions.BLACKBOX_EXPORTER),
                arguments=[f"--config.file={FOLDER}/{FILE}"],
                port=PORT,
                health_path="/-/healthy",
                mounts=[Mount(name="modules", path=FOLDER, claim=files, read_only=True)],
                connects_to={
                    "internet": internet(443),
                    # Its name leads past Cloudflare there, if the home's DNS says so.
                    **({"traefik": args.traefik} if site.home_cidrs else {}),
                },
            ),
            opts=inside,
        )

    def _probe(self, name: str, entry: CatalogEntry, module: str, exporter: Endpoint, args: ProbesArgs) -> None:
        CustomResource(
            f"{name}-{entry.name}",
            api_version=API,
            kind="Probe",
            metadata=ObjectMetaArgs(
                name=label_of(entry.name), namespace=args.namespace.name, labels={MONITORED: "true"}
            ),
            spec={
                "jobName": JOB,
                "interval": f"{INTERVAL}s",
                "module": module,
                "prober": {"url": exporter.address, "scheme": "http", "path": "/probe"},
                "targets": {"staticConfig": {"static": [entry.url], "labels": {"service": entry.name}}},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, args.kinds_known]),
        )


def _configuration() -> dict[str, Any]:
    """The exporter's file: a module for each way to sign in, called as that."""
    common = {"fail_if_not_ssl": True, "preferred_ip_protocol": "ip4"}
    return {"modules": {str(kind): {"prober": "http", "http": {**common, **own}} for kind, own in MODULES.items()}}
