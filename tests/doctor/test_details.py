"""Cases that are in order though they look broken, and what a check must not miss."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from doctor.argocd import CLUSTER_OF_ARGOCD
from doctor.examination import examine
from doctor.routes import service_address
from sandbox.controllers.projects import sources_of
from tests.support.breaking import pod_spec, policy, route
from tests.support.healthy import Healthy
from tests.support.in_cluster import make_certificate


def broken(healthy: Healthy) -> list[tuple[str, str]]:
    found = examine(healthy.snapshot(), datetime.now(tz=UTC)).broken
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


def test_a_claim_may_wait_for_its_first_pod(healthy_platform: Healthy) -> None:
    spec = {"storageClassName": "local-path"}
    claim: dict[str, Any] = {"kind": "PersistentVolumeClaim", "metadata": {"namespace": "navidrome", "name": "backup"}}
    healthy_platform.objects.append({**claim, "spec": spec, "status": {"phase": "Pending"}})
    assert broken(healthy_platform) == [("volume claim -> volume", "PersistentVolumeClaim navidrome/backup")]
    healthy_platform.get("StorageClass", "local-path")["volumeBindingMode"] = "WaitForFirstConsumer"
    assert broken(healthy_platform) == []


def test_a_claim_may_name_no_class_if_it_names_its_volume(healthy_platform: Healthy) -> None:
    claim = healthy_platform.get("PersistentVolumeClaim", "navidrome-music-219a97", "navidrome")
    claim["spec"]["storageClassName"] = "by-hand"
    assert broken(healthy_platform) == []


def test_a_released_volume_is_kept_on_purpose(healthy_platform: Healthy) -> None:
    spec = {"claimRef": {"namespace": "navidrome", "name": "old"}, "persistentVolumeReclaimPolicy": "Retain"}
    volume: dict[str, Any] = {"kind": "PersistentVolume", "metadata": {"name": "old"}, "spec": spec}
    healthy_platform.objects.append({**volume, "status": {"phase": "Released"}})
    assert broken(healthy_platform) == []


def test_a_namespace_may_say_why_it_enforces_less(healthy_platform: Healthy) -> None:
    metadata = healthy_platform.get("Namespace", "echoserver")["metadata"]
    metadata["labels"]["pod-security.kubernetes.io/enforce"] = "privileged"
    metadata.setdefault("annotations", {})["homelab/pod-security-reason"] = "it reads the nodes' devices"
    assert broken(healthy_platform) == []


def test_a_namespace_may_say_what_its_objects_do_not_keep(healthy_platform: Healthy) -> None:
    service = healthy_platform.get("Service", "echoserver", "echoserver")
    service["spec"]["type"] = "NodePort"
    assert broken(healthy_platform) == [("object -> policy rules", "Service echoserver/echoserver")]
    metadata = healthy_platform.get("Namespace", "echoserver")["metadata"]
    metadata["annotations"] = {"homelab/exempt-no-open-ports": ""}
    assert ("object -> policy rules", "Service echoserver/echoserver") in broken(healthy_platform)
    metadata["annotations"] = {"homelab/exempt-no-open-ports": "a device at home calls it"}
    assert broken(healthy_platform) == []


def test_what_the_cluster_brings_itself_is_not_judged(healthy_platform: Healthy) -> None:
    for namespace, name in (("default", "kubernetes"), ("kube-system", "kube-dns")):
        meta = {"namespace": namespace, "name": name}
        healthy_platform.objects.append({"kind": "Service", "metadata": meta, "spec": {"externalIPs": []}})
    pod = {"hostNetwork": True, "containers": [{"name": "proxy", "image": "proxy"}]}
    meta = {"namespace": "kube-system", "name": "proxy"}
    healthy_platform.objects.append(
        {"kind": "DaemonSet", "metadata": meta, "spec": {"template": {"metadata": {}, "spec": pod}}}
    )
    assert ("object -> policy rules", "DaemonSet kube-system/proxy") not in broken(healthy_platform)


def test_a_route_may_bring_its_own_certificate(healthy_platform: Healthy, tmp_path: Path) -> None:
    host = "argocd.harvestasya.org"
    route(healthy_platform, "argocd")["spec"]["tls"] = {"secretName": "own"}
    assert broken(healthy_platform) == [("TLS -> certificate", "IngressRoute argocd/argocd")]
    pem = base64.b64encode(make_certificate(tmp_path, [host])).decode()
    meta = {"namespace": "argocd", "name": "own"}
    healthy_platform.objects.append(
        {"kind": "Secret", "metadata": meta, "type": "kubernetes.io/tls", "data": {"tls.crt": pem}}
    )
    assert broken(healthy_platform) == []
    own = healthy_platform.get("Secret", "own", "argocd")
    own["data"]["tls.crt"] = base64.b64encode(make_certificate(tmp_path, ["other.org"])).decode()
    assert broken(healthy_platform) == [("route -> certificate that covers its host", "IngressRoute argocd/argocd")]


def test_projected_volumes_and_single_keys_are_read(healthy_platform: Healthy) -> None:
    sources = [{"secret": {"name": "secret-argocd-oidc", "items": [{"key": "client-id"}, {"key": "other"}]}}]
    pod_spec(healthy_platform, "Deployment", "argocd-server", "argocd")["volumes"] = [
        {"name": "more", "projected": {"sources": sources}}
    ]
    assert broken(healthy_platform) == [("pod -> Secret or ConfigMap key", "Deployment argocd/argocd-server")]


def test_jobs_of_a_cron_job_are_not_looked_at_twice(healthy_platform: Healthy) -> None:
    spec = {"containers": [{"envFrom": [{"secretRef": {"name": "gone"}}]}]}
    meta = {"namespace": "navidrome", "name": "backup", "ownerReferences": [{"kind": "CronJob"}]}
    healthy_platform.objects.append({"kind": "Job", "metadata": meta, "spec": {"template": {"spec": spec}}})
    assert broken(healthy_platform) == []


def test_all_kinds_of_pods_behind_a_service_have_to_be_reachable(healthy_platform: Healthy) -> None:
    """A second Deployment under the same Service, whose pods no policy lets Traefik call."""
    spec = pod_spec(healthy_platform, "Deployment", "echoserver", "echoserver")
    labels = {"app.kubernetes.io/name": "echoserver", "version": "2"}
    meta = {"namespace": "echoserver", "name": "echoserver-2", "labels": labels}
    healthy_platform.objects.append({"kind": "Pod", "metadata": meta, "spec": spec})
    policy(healthy_platform, "echoserver-from-tunnel-ingress", "echoserver")["podSelector"] = {
        "matchExpressions": [{"key": "version", "operator": "DoesNotExist"}]
    }
    assert broken(healthy_platform) == [("route -> permitted by network policies", "Ingress echoserver/echoserver")]


def test_a_database_without_any_policy_is_open_to_anybody(healthy_platform: Healthy) -> None:
    for item in healthy_platform.all("NetworkPolicy"):
        if item["metadata"]["namespace"] == "authentik" and "Ingress" in item["spec"]["policyTypes"]:
            healthy_platform.objects.remove(item)
    assert ("database -> its own namespace, or named pods", "Pod authentik/authentik-db-1") in broken(healthy_platform)


@pytest.mark.parametrize(
    ("repositories", "permitted"),
    [(["*"], True), (["https://traefik.*"], True), (["*", "!https://traefik.*"], False), ([], False)],
)
def test_projects_have_patterns(healthy_platform: Healthy, repositories: list[str], permitted: bool) -> None:
    spec = healthy_platform.get("AppProject", "k8s-infra", "argocd")["spec"]
    known = [source["repoURL"] for item in healthy_platform.all("Application") for source in sources_of(item)]
    others = [repository for repository in known if "traefik" not in repository]
    spec["sourceRepos"] = [*others, *repositories]
    spec["destinations"] = [{"server": CLUSTER_OF_ARGOCD, "namespace": "*"}]
    expected = [] if permitted else [("application -> project", "Application argocd/traefik")]
    assert broken(healthy_platform) == expected


def test_two_rules_with_the_same_reference_count_once(healthy_platform: Healthy) -> None:
    healthy_platform.drop("NetworkPolicy", "navidrome-from-traefik-ingress", "navidrome")
    assert broken(healthy_platform) == [("route -> permitted by network policies", "IngressRoute navidrome/navidrome")]
