"""What the stand-ins bring, as far as the platform and the simulated controllers rely on it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.package import ChartError, Package
from sandbox.rendering.render import Release
from tests.sandbox.rendering.conftest import named
from tests.support.charts import NEEDED


def rendered(name: str, values: dict[str, Any] | None = None, release: str = "") -> dict[tuple[str, str], Any]:
    stand_in = next(found for found in package.stand_ins() if found.name == name)
    given = Release(name=release or name, namespace="space", values=package.merge(NEEDED.get(name, {}), values or {}))
    return named(render.render(stand_in, given, Definitions()).objects)


def text_of(secret: Any, key: str) -> str:
    return base64.b64decode(secret["data"][key]).decode()


def pod_of(objects: dict[tuple[str, str], Any], name: str, kind: str = "Deployment") -> Any:
    return objects[(kind, name)]["spec"]["template"]["spec"]


def is_restricted(pod: Any) -> bool:
    """Whether pod security `restricted` accepts the pod, as far as these charts' pods can fail it."""
    shared = pod.get("securityContext", {})
    for container in pod["containers"]:
        own = {**shared, **container.get("securityContext", {})}
        if own.get("allowPrivilegeEscalation") is not False or not own.get("runAsNonRoot"):
            return False
        if own.get("capabilities", {}).get("drop") != ["ALL"] or own["capabilities"].get("add"):
            return False
        if own.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            return False
    return True


@pytest.mark.parametrize("chart", package.stand_ins(), ids=lambda chart: chart.name)
def test_every_chart_renders_consistent_objects_with_its_defaults(chart: Package) -> None:
    for (kind, name), obj in rendered(chart.name).items():
        cluster_wide = kind in ("CSIDriver", "ClusterRole", "ClusterRoleBinding", "IngressClass", "StorageClass")
        assert ("namespace" in obj["metadata"]) is not cluster_wide, (kind, name)
        if kind in ("Deployment", "StatefulSet"):
            selector = obj["spec"]["selector"]["matchLabels"]
            labels = obj["spec"]["template"]["metadata"]["labels"]
            assert selector.items() <= labels.items(), name


@pytest.mark.parametrize("chart", package.stand_ins(), ids=lambda chart: chart.name)
def test_every_service_selects_pods_of_its_chart_and_named_ports_exist(chart: Package) -> None:
    objects = rendered(chart.name)
    workloads = ("DaemonSet", "Deployment", "StatefulSet")
    pods = [obj["spec"]["template"] for (kind, _), obj in objects.items() if kind in workloads]
    for (kind, name), obj in objects.items():
        if kind != "Service" or name.startswith("controlled-cloudflared"):
            continue  # the connector's pods are made by the controller itself
        selected = [pod for pod in pods if obj["spec"]["selector"].items() <= pod["metadata"]["labels"].items()]
        assert len(selected) == 1, name
        declared = {
            port["name"]: port["containerPort"]
            for container in selected[0]["spec"]["containers"]
            for port in container.get("ports", [])
            if "name" in port
        }
        for port in obj["spec"]["ports"]:
            if isinstance(port.get("targetPort"), str):
                assert port["targetPort"] in declared, (name, port)


@pytest.mark.parametrize("name", ["cert-manager", "cert-manager-webhook", "cert-manager-cainjector"])
def test_cert_manager_passes_restricted(name: str) -> None:
    assert is_restricted(pod_of(rendered("cert-manager"), name))


def test_every_pod_of_argo_cd_passes_restricted() -> None:
    objects = rendered("argo-cd", release="argocd")
    pods = [obj["spec"]["template"]["spec"] for obj in objects.values() if "template" in obj.get("spec", {})]
    assert len(pods) == 7
    assert all(is_restricted(pod) for pod in pods)


def test_argo_cd_leaves_out_what_the_values_switch_off_and_takes_its_configuration() -> None:
    values = {
        "dex": {"enabled": False},
        "global": {"domain": "argocd.example.net"},
        "configs": {"cm": {"timeout.reconciliation": "90s", "exec.enabled": True}},
        "server": {"metrics": {"enabled": True}},
    }
    objects = rendered("argo-cd", values, release="argocd")
    assert ("Deployment", "argocd-dex-server") not in objects
    assert ("StatefulSet", "argocd-application-controller") in objects
    settings = objects[("ConfigMap", "argocd-cm")]["data"]
    assert settings["url"] == "https://argocd.example.net"
    assert (settings["timeout.reconciliation"], settings["exec.enabled"]) == ("90s", "true")
    assert "create" not in settings
    assert objects[("Service", "argocd-server-metrics")]["spec"]["ports"][0]["port"] == 8083


def test_traefik_needs_only_a_seccomp_profile_to_pass_restricted() -> None:
    assert not is_restricted(pod_of(rendered("traefik"), "traefik"))
    given = {"podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}
    assert is_restricted(pod_of(rendered("traefik", given), "traefik"))


def test_traefik_serves_the_exposed_ports_and_is_selected_by_release_and_namespace() -> None:
    values = {
        "service": {"type": "ClusterIP", "spec": {"externalTrafficPolicy": "Local"}},
        "ports": {"web": {"expose": {"default": False}}, "metrics": {"expose": {"default": True}}},
        "deployment": {"replicas": 2},
    }
    objects = rendered("traefik", values)
    spec = objects[("Service", "traefik")]["spec"]
    assert {port["name"]: port["port"] for port in spec["ports"]} == {"websecure": 443, "metrics": 9100}
    assert spec["externalTrafficPolicy"] == "Local"
    assert spec["selector"] == {"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-space"}
    assert objects[("Deployment", "traefik")]["spec"]["replicas"] == 2
    with pytest.raises(ChartError, match="none of them is exposed"):
        rendered("traefik", {"ports": {name: {"expose": {"default": False}} for name in ("web", "websecure")}})


def test_connect_reads_its_credentials_from_secrets_and_cannot_pass_restricted() -> None:
    objects = rendered("connect", {"operator": {"create": True, "autoRestart": True, "token": {"name": "op"}}})
    pod = pod_of(objects, "onepassword-connect")
    assert [container["name"] for container in pod["containers"]] == ["connect-api", "connect-sync"]
    session = pod["containers"][0]["env"][0]["valueFrom"]["secretKeyRef"]
    assert session == {"name": "op-credentials", "key": "1password-credentials.json"}
    operator = pod_of(objects, "onepassword-connect-operator")
    variables = {variable["name"]: variable for variable in operator["containers"][0]["env"]}
    assert variables["OP_CONNECT_TOKEN"]["valueFrom"]["secretKeyRef"] == {"name": "op", "key": "token"}
    assert variables["OP_CONNECT_HOST"]["value"] == "http://onepassword-connect:8080"
    assert variables["AUTO_RESTART"]["value"] == "true"
    assert not is_restricted(pod)
    assert ("Deployment", "onepassword-connect-operator") not in rendered("connect")


def test_authentik_passes_restricted_with_the_values_that_its_chart_leaves_empty() -> None:
    assert not is_restricted(pod_of(rendered("authentik"), "authentik-server"))
    container = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    values = {
        "global": {"securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}},
        "server": {"containerSecurityContext": container, "replicas": 2},
        "worker": {"containerSecurityContext": container},
    }
    objects = rendered("authentik", values)
    assert objects[("Deployment", "authentik-server")]["spec"]["replicas"] == 2
    for name in ("authentik-server", "authentik-worker"):
        assert is_restricted(pod_of(objects, name)), name


def test_authentik_takes_its_environment_from_values_and_from_secrets() -> None:
    values = {
        "authentik": {"error_reporting": {"enabled": False}, "email": {"host": "mail.example.net"}},
        "global": {
            "env": [{"name": "AUTHENTIK_SECRET_KEY", "value": "x"}],
            "envFrom": [{"secretRef": {"name": "own"}}],
        },
    }
    objects = rendered("authentik", values)
    secret = objects[("Secret", "authentik")]
    assert text_of(secret, "AUTHENTIK_POSTGRESQL__HOST") == "authentik-postgresql"
    assert text_of(secret, "AUTHENTIK_EMAIL__HOST") == "mail.example.net"
    assert text_of(secret, "AUTHENTIK_ERROR_REPORTING__ENABLED") == "false"
    assert "AUTHENTIK_SECRET_KEY" not in secret["data"]
    server = pod_of(objects, "authentik-server")["containers"][0]
    assert [source["secretRef"]["name"] for source in server["envFrom"]] == ["authentik", "own"]
    without = rendered("authentik", {"authentik": {"enabled": False}})
    assert ("Secret", "authentik") not in without
    ports = [port["port"] for port in objects[("Service", "authentik-server")]["spec"]["ports"]]
    assert ports == [80, 443]


def test_authentik_brings_no_database() -> None:
    with pytest.raises(ChartError, match="the sandbox has no database of Authentik's own"):
        rendered("authentik", {"postgresql": {"enabled": True}})


def test_the_tunnel_controller_takes_all_credentials_from_one_secret() -> None:
    name = "cloudflare-tunnel-ingress-controller"
    own = rendered(name, {"cloudflare": {"tunnelName": "home", "accountId": "a", "apiToken": "t"}})
    assert text_of(own[("Secret", "cloudflare-api")], "cloudflare-tunnel-name") == "home"
    given = {"name": "cf", "apiTokenKey": "token", "accountIDKey": "account", "tunnelNameKey": "tunnel"}
    objects = rendered(name, {"cloudflare": {"secretRef": given}})
    assert ("Secret", "cloudflare-api") not in objects
    variables = pod_of(objects, name)["containers"][0]["env"]
    keys = {variable["name"]: variable["valueFrom"]["secretKeyRef"] for variable in variables[:3]}
    assert keys == {
        "CLOUDFLARE_API_TOKEN": {"name": "cf", "key": "token"},
        "CLOUDFLARE_ACCOUNT_ID": {"name": "cf", "key": "account"},
        "CLOUDFLARE_TUNNEL_NAME": {"name": "cf", "key": "tunnel"},
    }
    assert objects[("IngressClass", "cloudflare-tunnel")]["spec"]["controller"].startswith("strrl.dev/")


def test_names_follow_the_release_unless_overridden() -> None:
    assert ("Deployment", "edge-traefik") in rendered("traefik", release="edge")
    assert ("Deployment", "proxy") in rendered("traefik", {"fullnameOverride": "proxy"}, release="edge")


def test_argo_cds_url_is_made_of_its_domain_everywhere() -> None:
    objects = rendered("argo-cd", {"global": {"domain": "argocd.example.net"}}, release="argocd")
    assert objects[("ConfigMap", "argocd-cm")]["data"]["url"] == "https://argocd.example.net"
    context = objects[("ConfigMap", "argocd-notifications-cm")]["data"]["context"]
    assert "https://argocd.example.net" in context


@pytest.mark.parametrize("chart", package.stand_ins(), ids=lambda chart: chart.name)
def test_pods_are_labelled_and_tagged_with_the_programs_version_and_not_the_charts(chart: Package) -> None:
    # The stack's label is the one that is of the chart.
    labelled = chart.version if chart.name == "kube-prometheus-stack" else chart.metadata.get("appVersion")
    for (kind, name), obj in rendered(
        chart.name, {"operator": {"create": True}} if chart.name == "connect" else {}
    ).items():
        if kind in ("Deployment", "StatefulSet"):
            labels = obj["spec"]["template"]["metadata"]["labels"]
            if "app.kubernetes.io/version" in labels:
                assert labels["app.kubernetes.io/version"] == labelled, name
            for container in obj["spec"]["template"]["spec"]["containers"]:
                assert container["image"].rpartition(":")[2] not in {"", chart.version} or (
                    chart.version == chart.metadata["appVersion"]
                ), name


def arguments(values: dict[str, Any] | None = None) -> list[str]:
    found: list[str] = pod_of(rendered("traefik", values), "traefik")["containers"][0]["args"]
    return found


def test_traefik_is_told_its_trusted_addresses_and_providers() -> None:
    redirect = {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}}
    values = {
        "ports": {
            "web": redirect,
            "websecure": {"forwardedHeaders": {"trustedIPs": ["10.0.0.0/8", "192.0.2.1/32"]}},
        },
        "providers": {"kubernetesCRD": {"allowCrossNamespace": True}, "kubernetesIngress": {"enabled": False}},
        "global": {"checkNewVersion": False},
        "logs": {"general": {"format": "json", "level": "warn"}, "access": {"enabled": True}},
    }
    flags = set(arguments(values))
    assert flags >= {
        "--entryPoints.websecure.forwardedHeaders.trustedIPs=10.0.0.0/8,192.0.2.1/32",
        "--entryPoints.web.http.redirections.entryPoint.to=:443",
        "--entryPoints.web.http.redirections.entryPoint.scheme=https",
        "--entryPoints.web.http.redirections.entryPoint.permanent=true",
        "--entryPoints.websecure.http.tls=true",
        "--providers.kubernetescrd.allowCrossNamespace=true",
        "--entryPoints.web.address=:8000/tcp",
        "--global.checkNewVersion=false",
        "--log.format=json",
        "--log.level=WARN",
        "--accesslog=true",
        "--ping=true",
        "--metrics.prometheus.entrypoint=metrics",
    }
    assert not [flag for flag in flags if "kubernetesingress" in flag]
    assert "--providers.kubernetesingress" in arguments()


def test_a_redirection_to_an_entry_point_that_there_is_not_is_refused() -> None:
    with pytest.raises(ChartError, match="redirects to the entry point nowhere, which there is not"):
        rendered("traefik", {"ports": {"web": {"redirections": {"entryPoint": {"to": "nowhere"}}}}})


def test_cert_managers_leader_is_elected_where_the_values_say() -> None:
    objects = rendered("cert-manager", {"replicaCount": 2, "webhook": {"replicaCount": 3}})
    assert objects[("Deployment", "cert-manager")]["spec"]["replicas"] == 2
    assert objects[("Deployment", "cert-manager-webhook")]["spec"]["replicas"] == 3
    assert objects[("Role", "cert-manager:leaderelection")]["metadata"]["namespace"] == "kube-system"
    moved = rendered("cert-manager", {"global": {"leaderElection": {"namespace": "space"}}})
    assert moved[("Role", "cert-manager:leaderelection")]["metadata"]["namespace"] == "space"


CRDS: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "argo-cd": ({}, {"crds": {"install": False}}, {"crds": {"keep": False}}),
    "cert-manager": ({"crds": {"enabled": True}}, {}, {"crds": {"enabled": True, "keep": False}}),
    "traefik-crds": ({}, {"traefik": False}, {"deleteOnUninstall": True}),
}


@pytest.mark.parametrize("name", CRDS)
def test_crds_come_when_they_are_asked_for_and_stay_unless_told_otherwise(name: str, definitions: Definitions) -> None:
    stand_in = next(found for found in package.stand_ins() if found.name == name)

    def crds(values: dict[str, Any]) -> list[Any]:
        objects = render.render(stand_in, Release(name="x", namespace="x", values=values), definitions).objects
        return [obj for obj in objects if obj["kind"] == "CustomResourceDefinition"]

    def kept(values: dict[str, Any]) -> set[bool]:
        return {"helm.sh/resource-policy" in crd["metadata"]["annotations"] for crd in crds(values)}

    asked, not_asked, not_kept = CRDS[name]
    assert crds(not_asked) == []
    assert kept(asked) == {True}
    assert kept(not_kept) == {False}


@pytest.mark.parametrize("asked", ["gatewayAPI", "hub"])
def test_crds_that_the_sandbox_has_not_are_refused(asked: str) -> None:
    with pytest.raises(ChartError, match=f"{asked}: the sandbox has Traefik's own CRDs only"):
        rendered("traefik-crds", {asked: True})


def test_argo_cds_notifications_and_secrets_are_what_the_values_say() -> None:
    values = {
        "global": {"domain": "argocd.example.net"},
        "configs": {
            "secret": {"githubSecret": "$secret-argocd-webhook:secret", "extra": {"more": "x"}},
            "params": {"server.insecure": True, "applicationsetcontroller.requeue.after": "3m"},
        },
        "notifications": {
            "context": {"home": "here"},
            "notifiers": {"service.webhook.discord": "url: $discord-url"},
            "templates": {"template.app-degraded": "message: it is"},
            "triggers": {"trigger.on-degraded": "- send: [app-degraded]"},
            "subscriptions": [{"recipients": ["discord"], "triggers": ["on-degraded"]}],
            "secret": {"create": False},
        },
    }
    objects = rendered("argo-cd", values, release="argocd")
    data = objects[("ConfigMap", "argocd-notifications-cm")]["data"]
    assert yaml.safe_load(data["context"]) == {"argocdUrl": "https://argocd.example.net", "home": "here"}
    assert yaml.safe_load(data["subscriptions"]) == values["notifications"]["subscriptions"]  # type: ignore[index]
    assert {"service.webhook.discord", "template.app-degraded", "trigger.on-degraded"} <= data.keys()
    assert ("Secret", "argocd-notifications-secret") not in objects
    secret = objects[("Secret", "argocd-secret")]
    assert text_of(secret, "webhook.github.secret") == "$secret-argocd-webhook:secret"
    assert text_of(secret, "more") == "x"
    params = objects[("ConfigMap", "argocd-cmd-params-cm")]["data"]
    assert (params["server.insecure"], params["applicationsetcontroller.requeue.after"]) == ("true", "3m")
    read = [
        variable["valueFrom"]["configMapKeyRef"]["key"]
        for variable in pod_of(objects, "argocd-applicationset-controller")["containers"][0]["env"]
        if "configMapKeyRef" in variable.get("valueFrom", {})
    ]
    assert "applicationsetcontroller.requeue.after" in read


def test_argo_cds_parts_are_scaled_and_measured() -> None:
    part = {"replicas": 3, "pdb": {"enabled": True, "maxUnavailable": 1}, "metrics": {"enabled": True}}
    parts = {
        "controller": "application-controller",
        "server": "server",
        "repoServer": "repo-server",
        "applicationSet": "applicationset-controller",
    }
    more = {"extraArgs": ["--x"], "env": [{"name": "X", "value": "y"}]}
    objects = rendered("argo-cd", {key: {**part, **more} for key in parts}, release="argocd")
    for name in parts.values():
        kind = "StatefulSet" if name == "application-controller" else "Deployment"
        assert objects[(kind, f"argocd-{name}")]["spec"]["replicas"] == 3
        assert objects[("PodDisruptionBudget", f"argocd-{name}")]["spec"]["maxUnavailable"] == 1
        (port,) = objects[("Service", f"argocd-{name}-metrics")]["spec"]["ports"]
        container = pod_of(objects, f"argocd-{name}", kind)["containers"][0]
        declared = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert (port["name"], port["port"], port["targetPort"]) == ("http-metrics", declared["metrics"], "metrics")
        assert container["args"][-1] == "--x"
        assert {"name": "X", "value": "y"} in container["env"]
    controller = pod_of(objects, "argocd-application-controller", "StatefulSet")["containers"][0]
    assert {"name": "ARGOCD_CONTROLLER_REPLICAS", "value": "3"} in controller["env"]
    params = objects[("ConfigMap", "argocd-cmd-params-cm")]["data"]
    assert params["applicationsetcontroller.enable.leader.election"] == "true"
    (webhook,) = objects[("Service", "argocd-applicationset-controller")]["spec"]["ports"]
    assert (webhook["name"], webhook["port"], webhook["targetPort"]) == ("http-webhook", 7000, "webhook")


def test_a_budget_with_both_limits_is_refused() -> None:
    both = {"enabled": True, "minAvailable": 1, "maxUnavailable": 1}
    with pytest.raises(ChartError, match="argocd-server: a disruption budget takes minAvailable or maxUnavailable"):
        rendered("argo-cd", {"server": {"pdb": both}}, release="argocd")


def test_every_storage_class_of_the_values_is_made_as_it_is_asked_for() -> None:
    parameters = {"server": "nas.example.net", "share": "/export", "subDir": "${pvc.metadata.namespace}"}
    values = {
        "controller": {"enableSnapshotter": False, "replicas": 2},
        "storageClass": {"create": True, "name": "nfs", "parameters": parameters, "mountOptions": ["hard"]},
        "storageClasses": [{"name": "nfs-keep", "reclaimPolicy": "Retain", "allowVolumeExpansion": False}],
    }
    objects = rendered("csi-driver-nfs", values)
    first, second = objects[("StorageClass", "nfs")], objects[("StorageClass", "nfs-keep")]
    assert (first["parameters"], first["mountOptions"], first["reclaimPolicy"]) == (parameters, ["hard"], "Delete")
    assert (second["reclaimPolicy"], second["allowVolumeExpansion"]) == ("Retain", False)
    assert {first["provisioner"], second["provisioner"]} == {"nfs.csi.k8s.io"}
    assert objects[("Deployment", "csi-nfs-controller")]["spec"]["replicas"] == 2


def test_the_driver_is_pulled_by_way_of_a_mirror() -> None:
    values = {"image": {"baseRepo": "mirror.example.net/k8s", "nfs": {"repository": "/sig-storage/nfsplugin"}}}
    images = {
        item["name"]: item["image"]
        for item in pod_of(rendered("csi-driver-nfs", values), "csi-nfs-controller")["containers"]
    }
    assert images["nfs"].startswith("mirror.example.net/k8s/sig-storage/nfsplugin:v")
    assert "csi-snapshotter" in images


@pytest.mark.parametrize(
    "asked", [{"externalSnapshotter": {"enabled": True}}, {"volumeSnapshotClass": {"create": True}}]
)
def test_snapshots_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ChartError, match="the sandbox has no snapshots"):
        rendered("csi-driver-nfs", asked)


def test_cloudnative_pg_is_configured_scaled_and_measured_as_the_values_say() -> None:
    values = {
        "replicaCount": 2,
        "config": {"data": {"INHERITED_LABELS": "app.kubernetes.io/part-of"}},
        "image": {"repository": "mirror.example.net/ghcr.io/cloudnative-pg/cloudnative-pg"},
        "monitoring": {"podMonitorEnabled": True},
    }
    objects = rendered("cloudnative-pg", values)
    deployment = objects[("Deployment", "cloudnative-pg")]
    (container,) = pod_of(objects, "cloudnative-pg")["containers"]
    assert deployment["spec"]["replicas"] == 2
    assert container["image"].startswith("mirror.example.net/ghcr.io/cloudnative-pg/cloudnative-pg:")
    assert {"name": "OPERATOR_IMAGE_NAME", "value": container["image"]} in container["env"]
    assert objects[("ConfigMap", "cnpg-controller-manager-config")]["data"] == values["config"]["data"]  # type: ignore[index]
    (endpoint,) = objects[("PodMonitor", "cloudnative-pg")]["spec"]["podMetricsEndpoints"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert ("PodMonitor", "cloudnative-pg") not in rendered("cloudnative-pg")


def test_an_operator_of_one_namespace_has_its_rights_there_only() -> None:
    objects = rendered("cloudnative-pg", {"config": {"clusterWide": False}})
    resources = {item for rule in objects[("ClusterRole", "cloudnative-pg")]["rules"] for item in rule["resources"]}
    assert "secrets" not in resources
    assert objects[("RoleBinding", "cloudnative-pg")]["roleRef"]["kind"] == "Role"
    assert {"name": "WATCH_NAMESPACE", "value": "space"} in pod_of(objects, "cloudnative-pg")["containers"][0]["env"]


def test_the_plugin_has_the_certificates_that_it_mounts_and_says_so_to_the_operator() -> None:
    objects = rendered("plugin-barman-cloud")
    mounted = {item["secret"]["secretName"] for item in pod_of(objects, "plugin-barman-cloud")["volumes"]}
    made = {obj["spec"]["secretName"] for (kind, _), obj in objects.items() if kind == "Certificate"}
    service = objects[("Service", "barman-cloud")]["metadata"]
    named = {service["annotations"][f"cnpg.io/plugin{side}Secret"] for side in ("Client", "Server")}
    assert mounted == made == named
    assert service["labels"]["cnpg.io/pluginName"] == "barman-cloud.cloudnative-pg.io"


@pytest.mark.parametrize("name", ["cloudnative-pg", "plugin-barman-cloud"])
def test_operator_and_plugin_of_databases_pass_restricted(name: str) -> None:
    assert is_restricted(pod_of(rendered(name), name))


def test_the_prometheus_operators_crds_come_one_by_one(definitions: Definitions) -> None:
    stand_in = next(found for found in package.stand_ins() if found.name == "prometheus-operator-crds")
    release = Release(name="x", namespace="x", values={"crds": {"prometheuses": {"enabled": False}}})
    names = {crd["metadata"]["name"] for crd in render.render(stand_in, release, definitions).objects}
    assert "podmonitors.monitoring.coreos.com" in names
    assert "prometheuses.monitoring.coreos.com" not in names


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"grafana": {"enabled": True}}, "grafana.enabled"),
        ({"prometheus": {"enabled": True}}, "prometheus.enabled"),
        ({"defaultRules": {"create": True}}, "defaultRules.create"),
        ({"prometheusOperator": {"tls": {"enabled": True}}}, "prometheusOperator.tls.enabled"),
    ],
)
def test_of_the_prometheus_stack_there_is_the_operator_only(asked: dict[str, Any], refused: str) -> None:
    with pytest.raises(ChartError, match=f"{refused}: the sandbox's stand-in has"):
        rendered("kube-prometheus-stack", asked)


def test_the_prometheus_operator_is_called_and_pulled_as_the_values_say_and_passes_restricted() -> None:
    values = {
        "global": {"imageRegistry": "mirror.example.net/quay.io"},
        "prometheusOperator": {"fullnameOverride": "prometheus-operator", "serviceMonitor": {"selfMonitor": False}},
    }
    objects = rendered("kube-prometheus-stack", values)
    pod = pod_of(objects, "prometheus-operator")
    (container,) = pod["containers"]
    assert is_restricted(pod)
    given = dict(argument.split("=", maxsplit=1) for argument in container["args"])
    images = [container["image"], given["--prometheus-config-reloader"], given["--thanos-default-base-image"]]
    assert all(image.startswith("mirror.example.net/quay.io/") for image in images)
    assert not any(kind == "ServiceMonitor" for kind, _ in objects)


def test_kube_state_metrics_may_read_exactly_what_it_reports_on_from_whatever_namespace_it_is_in() -> None:
    values = {"namespaceOverride": "kube-system", "collectors": ["pods", "deployments", "ingresses"]}
    objects = rendered("kube-state-metrics", values)
    rules = objects[("ClusterRole", "kube-state-metrics")]["rules"]
    assert {(*rule["apiGroups"], *rule["resources"]) for rule in rules} == {
        ("", "pods"),
        ("apps", "deployments"),
        ("networking.k8s.io", "ingresses"),
    }
    assert all(rule["verbs"] == ["list", "watch"] for rule in rules)
    (subject,) = objects[("ClusterRoleBinding", "kube-state-metrics")]["subjects"]
    placed = {obj["metadata"]["namespace"] for obj in objects.values() if "namespace" in obj["metadata"]}
    assert placed == {subject["namespace"]} == {"kube-system"}
    pod = pod_of(objects, "kube-state-metrics")
    assert is_restricted(pod)
    assert "--resources=pods,deployments,ingresses" in pod["containers"][0]["args"]


def test_the_node_exporter_sees_the_node_and_changes_nothing_there() -> None:
    name = "node-exporter"
    objects = rendered("prometheus-node-exporter", {"fullnameOverride": name, "extraArgs": ["--no-collector.wifi"]})
    pod = pod_of(objects, name, "DaemonSet")
    assert (pod["hostNetwork"], pod["hostPID"], pod["automountServiceAccountToken"]) == (True, True, False)
    (container,) = pod["containers"]
    assert "--no-collector.wifi" in container["args"]
    mounted = {mount["name"]: mount for mount in container["volumeMounts"]}
    assert mounted.keys() == {volume["name"] for volume in pod["volumes"] if "hostPath" in volume}
    assert all(mount["readOnly"] for mount in mounted.values())


@pytest.mark.parametrize("name", ["kube-state-metrics", "prometheus-node-exporter"])
def test_monitors_of_exporters_come_when_they_are_asked_for(name: str) -> None:
    def monitors(values: dict[str, Any]) -> list[Any]:
        return [obj for (kind, _), obj in rendered(name, values).items() if kind == "ServiceMonitor"]

    assert monitors({}) == []
    (monitor,) = monitors({"prometheus": {"monitor": {"enabled": True}}})
    (service,) = [obj for (kind, _), obj in rendered(name).items() if kind == "Service"]
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]} == {
        port["name"] for port in service["spec"]["ports"]
    }
