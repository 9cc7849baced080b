"""Cases that are in order though they look broken, and what a check must not miss."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox import doctor
from sandbox.doctor.delivery import CLUSTER_OF_ARGOCD
from sandbox.doctor.routes import service_address
from tests.support.breaking import pod_spec, policy, route
from tests.support.healthy import Healthy
from tests.support.in_cluster import make_certificate


def broken(world: Healthy) -> list[tuple[str, str]]:
    found = doctor.examine(world.world(), datetime.now(tz=UTC)).broken
    return [(name, item.subject) for name, item in found]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://outpost.authentik.svc:9000/auth", ("outpost", "authentik", 9000)),
        ("http://outpost.authentik.svc.cluster.local/auth", ("outpost", "authentik", 80)),
        ("https://outpost.authentik", ("outpost", "authentik", 443)),
        ("http://outpost:9000", None),
        ("http://auth.example.org", None),
        ("nonsense", None),
    ],
)
def test_addresses_inside_the_cluster(address: str, found: tuple[str, str, int] | None) -> None:
    assert service_address(address) == found


def test_a_claim_may_wait_for_its_first_pod(platform_world: Healthy) -> None:
    spec = {"storageClassName": "local-path"}
    claim: dict[str, Any] = {"kind": "PersistentVolumeClaim", "metadata": {"namespace": "navidrome", "name": "backup"}}
    platform_world.objects.append({**claim, "spec": spec, "status": {"phase": "Pending"}})
    assert broken(platform_world) == [("volume claim -> volume", "PersistentVolumeClaim navidrome/backup")]
    platform_world.get("StorageClass", "local-path")["volumeBindingMode"] = "WaitForFirstConsumer"
    assert broken(platform_world) == []


def test_a_claim_may_name_no_class_if_it_names_its_volume(platform_world: Healthy) -> None:
    claim = platform_world.get("PersistentVolumeClaim", "navidrome-music", "navidrome")
    claim["spec"]["storageClassName"] = "by-hand"
    assert broken(platform_world) == []


def test_a_released_volume_is_kept_on_purpose(platform_world: Healthy) -> None:
    spec = {"claimRef": {"namespace": "navidrome", "name": "old"}}
    volume: dict[str, Any] = {"kind": "PersistentVolume", "metadata": {"name": "old"}, "spec": spec}
    platform_world.objects.append({**volume, "status": {"phase": "Released"}})
    assert broken(platform_world) == []


def test_a_namespace_may_say_why_it_enforces_less(platform_world: Healthy) -> None:
    metadata = platform_world.get("Namespace", "echoserver")["metadata"]
    metadata["labels"]["pod-security.kubernetes.io/enforce"] = "privileged"
    metadata.setdefault("annotations", {})["homelab/pod-security-reason"] = "it reads the nodes' devices"
    assert broken(platform_world) == []


def test_a_route_may_bring_its_own_certificate(platform_world: Healthy, tmp_path: Path) -> None:
    host = "argocd.harvestasya.org"
    route(platform_world, "argocd")["spec"]["tls"] = {"secretName": "own"}
    assert broken(platform_world) == [("TLS -> certificate", "IngressRoute argocd/argocd")]
    pem = base64.b64encode(make_certificate(tmp_path, [host])).decode()
    meta = {"namespace": "argocd", "name": "own"}
    platform_world.objects.append(
        {"kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": {"tls.crt": pem}}
    )
    assert broken(platform_world) == []
    own = platform_world.get("Secret", "own", "argocd")
    own["data"]["tls.crt"] = base64.b64encode(make_certificate(tmp_path, ["other.org"])).decode()
    assert broken(platform_world) == [("route -> certificate that covers its host", "IngressRoute argocd/argocd")]


def test_projected_volumes_and_single_keys_are_read(platform_world: Healthy) -> None:
    sources = [{"secret": {"name": "secret-argocd-oidc", "items": [{"key": "client-id"}, {"key": "other"}]}}]
    pod_spec(platform_world, "Deployment", "argocd-server", "argocd")["volumes"] = [
        {"name": "more", "projected": {"sources": sources}}
    ]
    assert broken(platform_world) == [("pod -> Secret or ConfigMap key", "Deployment argocd/argocd-server")]


def test_jobs_of_a_cron_job_are_not_looked_at_twice(platform_world: Healthy) -> None:
    spec = {"containers": [{"envFrom": [{"secretRef": {"name": "gone"}}]}]}
    meta = {"namespace": "navidrome", "name": "backup", "ownerReferences": [{"kind": "CronJob"}]}
    platform_world.objects.append({"kind": "Job", "metadata": meta, "spec": {"template": {"spec": spec}}})
    assert broken(platform_world) == []


def test_all_kinds_of_pods_behind_a_service_have_to_be_reachable(platform_world: Healthy) -> None:
    """A second Deployment under the same Service, whose pods no policy lets Traefik call."""
    spec = pod_spec(platform_world, "Deployment", "echoserver", "echoserver")
    labels = {"app.kubernetes.io/name": "echoserver", "version": "2"}
    meta = {"namespace": "echoserver", "name": "echoserver-2", "labels": labels}
    platform_world.objects.append({"kind": "Pod", "metadata": meta, "spec": spec})
    policy(platform_world, "echoserver-from-tunnel-ingress", "echoserver")["podSelector"] = {
        "matchExpressions": [{"key": "version", "operator": "DoesNotExist"}]
    }
    assert broken(platform_world) == [("route -> permitted by network policies", "Ingress echoserver/echoserver")]


def test_a_database_without_any_policy_is_open_to_anybody(platform_world: Healthy) -> None:
    for item in platform_world.all("NetworkPolicy"):
        if item["metadata"]["namespace"] == "authentik" and "Ingress" in item["spec"]["policyTypes"]:
            platform_world.objects.remove(item)
    assert ("database -> its own namespace, or named pods", "Pod authentik/authentik-postgresql") in broken(
        platform_world
    )


@pytest.mark.parametrize(
    ("repositories", "permitted"),
    [(["*"], True), (["https://traefik.*"], True), (["*", "!https://traefik.*"], False), ([], False)],
)
def test_projects_have_patterns(platform_world: Healthy, repositories: list[str], permitted: bool) -> None:
    spec = platform_world.get("AppProject", "k8s-infra", "argocd")["spec"]
    known = [item["spec"]["source"]["repoURL"] for item in platform_world.all("Application")]
    others = [repository for repository in known if "traefik" not in repository]
    spec["sourceRepos"] = [*others, *repositories]
    spec["destinations"] = [{"server": CLUSTER_OF_ARGOCD, "namespace": "*"}]
    expected = [] if permitted else [("application -> project", "Application argocd/traefik")]
    assert broken(platform_world) == expected


def test_two_rules_with_the_same_reference_count_once(platform_world: Healthy) -> None:
    platform_world.drop("NetworkPolicy", "navidrome-from-traefik-ingress", "navidrome")
    assert broken(platform_world) == [("route -> permitted by network policies", "IngressRoute navidrome/navidrome")]
