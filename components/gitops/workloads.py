"""The developers' workloads: each folder of their repository is an Application in a namespace of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.gitops.closed import ClosedNamespaces, ClosedNamespacesArgs
from components.kit import ArgoProject, GivenItem, SecretStore, SyncedSecret, SyncedSecretArgs, plain
from components.kit import project as kinds
from components.kit.chartapp import RETRY
from components.kit.project import IN_CLUSTER, Kind
from components.settings import Repository
from components.vocabulary import APPS, WORKLOADS

REQUEUE_SECONDS: Final = 180
"""How often the controller of ApplicationSets looks for new folders by itself, in seconds: as often as for changes."""

PREVIEW_LABEL: Final = "preview"
"""Label of the pull requests that are delivered: whoever may set labels has looked at them."""

PERMITTED: Final = (
    kinds.CONFIG_MAP,
    kinds.DEPLOYMENT,
    kinds.DISRUPTION_BUDGET,
    kinds.JOB,
    kinds.ROLE,
    kinds.ROLE_BINDING,
    kinds.SECRET,
    kinds.SERVICE,
    kinds.SERVICE_ACCOUNT,
    kinds.STATEFUL_SET,
    Kind("", "PersistentVolumeClaim"),
    Kind("apps", "DaemonSet"),
    Kind("autoscaling", "HorizontalPodAutoscaler"),
    Kind("batch", "CronJob"),
    Kind("networking.k8s.io", "NetworkPolicy"),
)
"""What a workload is made of. Not among them: routes, which could take another one's host; 1Password items, by which
all of the vault could be read; certificates, databases and whatever else this program declares."""


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """The repository, and the Argo CD that reads it."""

    argocd: ArgoProject
    """Its other project: this one is in the same namespace, and comes after it."""
    store: SecretStore
    repository: Repository
    previews: bool = False


class Workloads(pulumi.ComponentResource):
    """A project that permits workloads and nothing else, and the ApplicationSet that finds them.

    The names of Applications and namespaces begin with `apps-`, whatever the folders are called: so none of them can be
    one of the platform's.
    """

    project: str
    secret: SyncedSecret | None = None
    """The credentials of a private repository."""

    def __init__(self, name: str, args: WorkloadsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:gitops:Workloads", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self._args = args
        self.project = APPS
        namespace = args.argocd.namespace
        closed = ClosedNamespaces(
            f"{name}-closed",
            ClosedNamespacesArgs(
                prefix=f"{APPS}-",
                controller=f"system:serviceaccount:{namespace.name}:argocd-application-controller",
            ),
            opts=inside,
        )
        needs: list[pulumi.Resource] = [args.argocd.ready, *closed.ready, self._project(name)]
        if args.repository.item:
            item = GivenItem(store=args.store, id=args.repository.item, labels=frozenset({"type", "url"}))
            labels = {"argocd.argoproj.io/secret-type": "repository"}
            self.secret = SyncedSecret(
                f"{name}-repository", SyncedSecretArgs(namespace=namespace, item=item, labels=labels), opts=inside
            )
            needs.append(self.secret)
        folders = self._folders(args.repository.revision)
        self._set(name, APPS, [folders], prefix="", revision=args.repository.revision, needs=needs)
        if args.previews:
            both = {"matrix": {"generators": [self._pull_requests(), self._folders("{{.head_sha}}")]}}
            self._set(
                f"{name}-previews",
                "previews",
                [both],
                prefix="pr-{{.number}}-",
                revision="{{.head_sha}}",
                needs=needs,
            )
        self.register_outputs({})

    def _project(self, name: str) -> CustomResource:
        args = self._args
        return self._object(
            f"{name}-project",
            "AppProject",
            APPS,
            {
                "description": "Workloads from the developers' repository",
                "sourceRepos": [args.repository.url],
                "destinations": [{"server": IN_CLUSTER, "namespace": f"{APPS}-*"}],
                # Needed for CreateNamespace=true; which namespaces, the API server is told (`closed`).
                "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
                "namespaceResourceWhitelist": [kind._asdict() for kind in sorted(PERMITTED)],
            },
            [args.argocd.ready],
        )

    def _folders(self, revision: str) -> dict[str, Any]:
        repository = self._args.repository
        return {
            "git": {
                "repoURL": repository.url,
                "revision": revision,
                "directories": [{"path": f"{repository.path}/*"}],
                "requeueAfterSeconds": REQUEUE_SECONDS,
            }
        }

    def _pull_requests(self) -> dict[str, Any]:
        owner, _, repository = (
            self._args.repository.url.removeprefix("https://github.com/").removesuffix(".git").partition("/")
        )
        github: dict[str, Any] = {"owner": owner, "repo": repository, "labels": [PREVIEW_LABEL]}
        if self.secret:
            # A GitHub App: a deploy key cannot ask for pull requests.
            github["appSecretName"] = self.secret.name
        return {"pullRequest": {"github": github, "requeueAfterSeconds": REQUEUE_SECONDS}}

    def _set(
        self,
        resource: str,
        name: str,
        generators: list[dict[str, Any]],
        *,
        prefix: str,
        revision: str,
        needs: list[pulumi.Resource],
    ) -> None:
        own = f"{APPS}-{prefix}{{{{.path.basenameNormalized}}}}"
        levels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
        labels = {**levels, WORKLOADS: "true"}
        template = {
            "metadata": {"name": own, "finalizers": ["resources-finalizer.argocd.argoproj.io"]},
            "spec": {
                "project": APPS,
                "source": {
                    "repoURL": self._args.repository.url,
                    "targetRevision": revision,
                    "path": "{{.path.path}}",
                },
                "destination": {"server": IN_CLUSTER, "namespace": own},
                "syncPolicy": {
                    "automated": {"prune": True, "selfHeal": True},
                    "retry": RETRY,
                    "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                    "managedNamespaceMetadata": {"labels": labels},
                },
            },
        }
        spec = {
            "goTemplate": True,
            "goTemplateOptions": ["missingkey=error"],
            "generators": generators,
            "template": template,
        }
        self._object(f"{resource}-set", "ApplicationSet", name, spec, needs)

    def _object(
        self, resource: str, kind: str, name: str, spec: Mapping[str, Any], needs: Sequence[pulumi.Resource]
    ) -> CustomResource:
        return CustomResource(
            resource,
            api_version="argoproj.io/v1alpha1",
            kind=kind,
            metadata=ObjectMetaArgs(name=name, namespace=self._args.argocd.namespace.name),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
