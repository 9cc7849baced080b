"""Argo CD: who may do what in it, and what it may bring."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components import versions
from components.gitops.argocd import ArgoCd, ArgoCdArgs
from components.kit import Brings, ChartApp, ChartAppArgs, CrdChart, Namespace, NamespaceArgs, RelyingParty
from components.kit import project as kinds
from components.settings import Notifications
from components.versions import Chart
from components.vocabulary import ADMINS, USERS
from tests.support.parts import MIRROR, peer, policies, site, waits_for
from tests.support.recorder import Recording, record

PARTY = RelyingParty(
    name="argocd", title="Argo CD", host="argocd.example.org", callback="/auth/callback", groups=[ADMINS, USERS]
)


def argocd(notifications: Notifications | None = None, git_port: int = 443, **changes: Any) -> Recording[ArgoCd]:
    def build() -> ArgoCd:
        args = ArgoCdArgs(site=site(**changes), party=PARTY, notifications=notifications, git_port=git_port)
        return ArgoCd("argocd", args)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[ArgoCd]:
    return argocd()


def values(recording: Recording[Any]) -> Any:
    return recording.one(":Release", "argocd").inputs["values"]


def test_the_release_is_the_pinned_chart_in_its_own_namespace(recording: Recording[Any]) -> None:
    made = recording.one(":Release", "argocd").inputs
    assert (made["chart"], made["version"]) == ("argo-cd", versions.ARGO_CD.version)
    assert made["repositoryOpts"] == {"repo": versions.ARGO_CD.repository}
    assert (made["name"], made["namespace"]) == ("argocd", "argocd")


def test_its_own_sign_in_refers_to_the_clients_secret_by_name(recording: Recording[Any]) -> None:
    config = json.loads(values(recording)["configs"]["cm"]["oidc.config"])
    assert config["issuer"] == "https://auth.example.org/application/o/argocd/"
    assert config["clientID"] == "$secret-argocd-oidc:client-id"
    assert config["clientSecret"] == "$secret-argocd-oidc:client-secret"
    assert config["requestedScopes"] == ["openid", "profile", "email"]
    # The chart makes Argo CD's own URL of it, for sign-in and for notifications.
    assert values(recording)["global"]["domain"] == "argocd.example.org"
    assert "url" not in values(recording)["configs"]["cm"]
    assert values(recording)["dex"] == {"enabled": False}


def test_administrators_may_do_everything_readers_look_and_nobody_else_anything(recording: Recording[Any]) -> None:
    rbac = values(recording)["configs"]["rbac"]
    assert rbac == {
        "policy.default": "",
        "policy.csv": "g, homelab-admins, role:admin\ng, homelab-users, role:readonly\n",
        "scopes": "[groups]",
    }


def test_it_polls_every_three_minutes_to_the_second(recording: Recording[Any]) -> None:
    config = values(recording)["configs"]["cm"]
    assert (config["timeout.reconciliation"], config["timeout.reconciliation.jitter"]) == ("180s", "0s")


def test_it_knows_its_objects_by_annotation(recording: Recording[Any]) -> None:
    assert values(recording)["configs"]["cm"]["application.resourceTrackingMethod"] == "annotation"


def test_what_is_pushed_has_to_be_signed_with_what_is_in_the_vault(recording: Recording[Any]) -> None:
    assert values(recording)["configs"]["secret"] == {"githubSecret": "$secret-argocd-webhook:github"}
    assert values(recording)["configs"]["cm"]["webhook.maxPayloadSizeMB"] == "5"


def test_an_application_is_as_healthy_as_it_says(recording: Recording[Any]) -> None:
    script = values(recording)["configs"]["cm"]["resource.customizations.health.argoproj.io_Application"]
    assert "obj.status.health.status" in script
    assert script.rstrip().endswith("return health")


def test_no_application_waits_for_a_poll_to_see_its_kinds_established(recording: Recording[Any]) -> None:
    """Argo CD hears nothing of a CRD after it has applied it: it is well, or it will never be."""
    key = "resource.customizations.health.apiextensions.k8s.io_CustomResourceDefinition"
    script = values(recording)["configs"]["cm"][key]
    assert "Degraded" in script
    assert "Progressing" not in script
    assert "Established" not in script


def test_tls_ends_at_traefik(recording: Recording[ArgoCd]) -> None:
    assert values(recording)["configs"]["params"]["server.insecure"] is True
    assert recording.result.endpoint.url == "http://argocd-server.argocd.svc:80"
    assert recording.result.endpoint.pod_port == 8080


def test_an_application_keeps_what_is_wrong_with_each_of_its_objects(recording: Recording[Any]) -> None:
    """Unless it is told, Argo CD 3 has it on its pages alone: neither the engine nor the doctor could name it."""
    assert values(recording)["configs"]["params"]["controller.resource.health.persist"] is True


def test_the_project_permits_what_its_charts_bring_and_nothing_else() -> None:
    """Also what is declared after it: the engine hears of the project when the program has come to its end."""
    crds = Chart("https://crds.example.org", "controller-crds", "4.5.6")

    def program() -> ArgoCd:
        made = ArgoCd("argocd", ArgoCdArgs(site=site(), party=PARTY))
        for name, brings, kinds_from in (
            ("one", Brings(namespaced=[kinds.SERVICE], cluster_wide=[kinds.CRD]), CrdChart(chart=crds)),
            ("two", Brings(namespaced=[kinds.SERVICE, kinds.JOB], also_into=["kube-system"]), None),
        ):
            args = ChartAppArgs(
                project=made.project,
                chart=Chart(f"https://{name}.example.org", name, "1.2.3"),
                namespace=Namespace(name, NamespaceArgs()),
                brings=brings,
                crds=kinds_from,
            )
            ChartApp(name, args)
        return made

    recording = record(program)
    project = recording.one(":AppProject", "argocd-k8s-infra")
    assert project.object_name == "argocd/k8s-infra"
    assert {key: value for key, value in project.spec.items() if key != "description"} == {
        "sourceRepos": ["https://crds.example.org", "https://one.example.org", "https://two.example.org"],
        "destinations": [
            {"server": "https://kubernetes.default.svc", "namespace": name} for name in ("kube-system", "one", "two")
        ],
        "clusterResourceWhitelist": [{"group": "apiextensions.k8s.io", "kind": "CustomResourceDefinition"}],
        "namespaceResourceWhitelist": [{"group": "", "kind": "Service"}, {"group": "batch", "kind": "Job"}],
    }
    assert waits_for(recording, project, ":Release", "argocd")


def callers(recording: Recording[Any], place: str) -> set[str]:
    """The parts that have a policy for calling a place."""
    end = f"-to-{place}-egress"
    found = {name: spec for name, spec in policies(recording).items() if name.endswith(end)}
    parts = {name.removeprefix("argocd/argocd-").removesuffix(end): spec for name, spec in found.items()}
    for part, spec in parts.items():
        assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": f"argocd-{part}"}}
    return set(parts)


def test_only_who_fetches_charts_and_who_signs_people_in_may_call_the_internet(recording: Recording[Any]) -> None:
    assert callers(recording, "internet") == {"repo-server", "server"}


def test_who_is_to_tell_of_failures_may_call_out_too() -> None:
    told = Notifications(item="abcdefghijklmnopqrstuvwxyz", discord=True)
    found = argocd(notifications=told)
    assert callers(found, "internet") == {"repo-server", "server", "notifications-controller"}
    assert "service.webhook.discord" in values(found)["notifications"]["notifiers"]


def test_a_repository_at_another_port_may_be_read() -> None:
    found = argocd(git_port=22)
    assert callers(found, "git") == {"repo-server"}
    (rule,) = policies(found)["argocd/argocd-repo-server-to-git-egress"]["egress"]
    assert [item["port"] for item in rule["ports"]] == [22]


def test_redis_and_the_server_of_repositories_have_no_business_with_the_api_server(recording: Recording[Any]) -> None:
    assert callers(recording, "api-server") == {
        "application-controller",
        "applicationset-controller",
        "notifications-controller",
        "redis-secret-init",
        "server",
    }


@pytest.mark.parametrize(
    ("place", "port", "expected"),
    [
        ("redis", 6379, {"application-controller", "repo-server", "server"}),
        (
            "repo-server",
            8081,
            {"application-controller", "applicationset-controller", "notifications-controller", "server"},
        ),
    ],
)
def test_its_parts_call_each_other_at_one_port(
    recording: Recording[Any], place: str, port: int, expected: set[str]
) -> None:
    assert callers(recording, place) == expected
    for part in expected:
        spec = policies(recording)[f"argocd/argocd-{part}-to-{place}-ingress"]
        assert spec["podSelector"] == {"matchLabels": {"app.kubernetes.io/name": f"argocd-{place}"}}
        caller = peer("argocd", {"app.kubernetes.io/name": f"argocd-{part}"})
        assert spec["ingress"] == [{"from": [caller], "ports": [{"port": port, "protocol": "TCP"}]}]


def test_nothing_else_is_permitted(recording: Recording[Any]) -> None:
    places = {name.rpartition("-")[0].rpartition("-to-")[2] for name in policies(recording)}
    assert places == {"api-server", "internet", "redis", "repo-server"}
    assert callers(recording, "redis").isdisjoint({"redis"})


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_what_may_be_doubled_is_doubled(replicas: int, *, budget: bool) -> None:
    found = values(argocd(replicas=replicas))
    for part in ("server", "repoServer", "applicationSet"):
        assert found[part]["replicas"] == replicas
        assert found[part]["pdb"] == {"enabled": budget, "maxUnavailable": 1, "minAvailable": ""}


def test_images_come_from_the_mirror_if_there_is_one(recording: Recording[Any]) -> None:
    assert "redis" not in values(recording)
    found = values(argocd(registry_mirror=MIRROR))
    assert found["global"]["image"]["repository"] == f"{MIRROR}/quay.io/argoproj/argocd"
    assert found["redis"]["image"]["repository"] == f"{MIRROR}/ecr-public.aws.com/docker/library/redis"
