from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import charts
from sandbox.controllers.charts import traefik
from sandbox.controllers.charts.base import Chart, ChartError, dig, merge, unknown_keys

VERSIONS = {
    "argo-cd": "9.1.4",
    "authentik": "2025.10.2",
    "cert-manager": "v1.19.1",
    "cloudflare-tunnel-ingress-controller": "0.0.21",
    "connect": "2.0.5",
    "traefik": "37.4.0",
    "traefik-crds": "1.12.0",
}


def rendered(name: str, values: dict[str, Any] | None = None, release: str = "") -> dict[tuple[str, str], Any]:
    chart = next(chart for chart in charts.CHARTS if chart.name == name)
    objects = charts.render(chart, name=release or name, namespace="space", version=VERSIONS[name], values=values or {})
    found = {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}
    assert len(found) == len(objects), "two objects of one kind and name"
    return found


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


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.name)
def test_every_chart_renders_consistent_objects_with_its_defaults(chart: Chart) -> None:
    for (kind, name), obj in rendered(chart.name).items():
        cluster_wide = kind in ("ClusterRole", "ClusterRoleBinding", "IngressClass")
        assert ("namespace" in obj["metadata"]) is not cluster_wide, (kind, name)
        if kind in ("Deployment", "StatefulSet"):
            selector = obj["spec"]["selector"]["matchLabels"]
            labels = obj["spec"]["template"]["metadata"]["labels"]
            assert selector.items() <= labels.items(), name


@pytest.mark.parametrize("chart", charts.CHARTS, ids=lambda chart: chart.name)
def test_every_service_selects_pods_of_its_chart_and_named_ports_exist(chart: Chart) -> None:
    objects = rendered(chart.name)
    pods = [obj["spec"]["template"] for (kind, _), obj in objects.items() if kind in ("Deployment", "StatefulSet")]
    for (kind, name), obj in objects.items():
        if kind != "Service" or name.startswith("controlled-cloudflared"):
            continue  # the connector's pods are made by the controller itself
        selected = [pod for pod in pods if obj["spec"]["selector"].items() <= pod["metadata"]["labels"].items()]
        assert len(selected) == 1, name
        declared = {
            port["name"]: port["containerPort"]
            for container in selected[0]["spec"]["containers"]
            for port in container.get("ports", [])
        }
        for port in obj["spec"]["ports"]:
            if isinstance(port["targetPort"], str):
                assert port["targetPort"] in declared, (name, port)


def test_a_chart_of_another_name_repository_or_major_version_is_refused_with_a_reason() -> None:
    with pytest.raises(ChartError, match=r"chart nope not known to the sandbox; known: argo-cd 9\.x, "):
        charts.find("nope", "https://charts.jetstack.io", "1.0.0")
    with pytest.raises(ChartError, match=r"chart traefik not found in https://charts.jetstack.io; the sandbox knows"):
        charts.find("traefik", "https://charts.jetstack.io", "37.4.0")
    with pytest.raises(ChartError, match=r"chart traefik 38\.0\.0 not known to the sandbox"):
        charts.find("traefik", "https://traefik.github.io/charts", "38.0.0")
    assert charts.find("traefik", "https://traefik.github.io/charts/", "37.4.0").name == "traefik"
    assert charts.find("cert-manager", None, "v1.19.1").major == "1"


def test_values_are_merged_as_helm_does() -> None:
    defaults = {"a": {"b": 1, "c": [1, 2]}, "d": 5}
    assert merge(defaults, {"a": {"c": [3]}, "d": None, "e": 1}) == {"a": {"b": 1, "c": [3]}, "e": 1}
    assert defaults == {"a": {"b": 1, "c": [1, 2]}, "d": 5}
    assert dig(defaults, "a.b") == 1
    assert dig(defaults, "a.b.c", "none") == "none"
    assert unknown_keys(defaults, {"a": 1, "x": 1, "fullnameOverride": ""}) == ["x"]


def test_cert_manager_brings_crds_only_when_asked_and_elects_its_leader_in_kube_system() -> None:
    chart = charts.find("cert-manager", None, "1.19.1")
    assert not chart.brings_crds(merge(chart.defaults, {}))
    assert chart.brings_crds(merge(chart.defaults, {"crds": {"enabled": True}}))
    assert chart.keeps_crds(merge(chart.defaults, {}))
    objects = rendered("cert-manager", {"replicaCount": 2, "webhook": {"replicaCount": 3}})
    assert objects[("Deployment", "cert-manager")]["spec"]["replicas"] == 2
    assert objects[("Deployment", "cert-manager-webhook")]["spec"]["replicas"] == 3
    assert objects[("Role", "cert-manager:leaderelection")]["metadata"]["namespace"] == "kube-system"
    moved = rendered("cert-manager", {"global": {"leaderElection": {"namespace": "space"}}})
    assert moved[("Role", "cert-manager:leaderelection")]["metadata"]["namespace"] == "space"


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
    assert [(port["name"], port["port"]) for port in spec["ports"]] == [("websecure", 443), ("metrics", 9100)]
    assert spec["externalTrafficPolicy"] == "Local"
    assert spec["selector"] == {"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-space"}
    assert objects[("Deployment", "traefik")]["spec"]["replicas"] == 2
    with pytest.raises(ChartError, match="none of the ports is exposed"):
        rendered("traefik", {"ports": dict.fromkeys(("web", "websecure"))})


def test_traefik_is_told_its_trusted_addresses_and_providers() -> None:
    values = merge(
        traefik.DEFAULTS,
        {
            "ports": {
                "web": {"redirections": {"entryPoint": {"to": "websecure"}}},
                "websecure": {"forwardedHeaders": {"trustedIPs": ["10.0.0.0/8", "192.0.2.1/32"]}},
            },
            "providers": {"kubernetesCRD": {"allowCrossNamespace": True}},
        },
    )
    flags = traefik.arguments(values)
    assert "--entryPoints.websecure.forwardedHeaders.trustedIPs=10.0.0.0/8,192.0.2.1/32" in flags
    assert "--entryPoints.web.http.redirections.entryPoint.to=:443" in flags
    assert "--providers.kubernetescrd.allowCrossNamespace=true" in flags
    assert "--entryPoints.web.address=:8000/tcp" in flags


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
        "postgresql": {"enabled": True},
    }
    objects = rendered("authentik", values)
    assert objects[("Deployment", "authentik-server")]["spec"]["replicas"] == 2
    for name in ("authentik-server", "authentik-worker"):
        assert is_restricted(pod_of(objects, name)), name
    assert is_restricted(pod_of(objects, "authentik-postgresql", "StatefulSet"))


def test_authentik_takes_its_environment_from_values_and_from_secrets() -> None:
    values = {
        "authentik": {"error_reporting": {"enabled": False}, "email": {"host": "mail.example.net"}},
        "global": {
            "env": [{"name": "AUTHENTIK_SECRET_KEY", "value": "x"}],
            "envFrom": [{"secretRef": {"name": "own"}}],
        },
    }
    objects = rendered("authentik", values)
    data = objects[("Secret", "authentik")]["stringData"]
    assert data["AUTHENTIK_POSTGRESQL__HOST"] == "authentik-postgresql"
    assert data["AUTHENTIK_EMAIL__HOST"] == "mail.example.net"
    assert data["AUTHENTIK_ERROR_REPORTING__ENABLED"] == "false"
    assert "AUTHENTIK_SECRET_KEY" not in data
    server = pod_of(objects, "authentik-server")["containers"][0]
    assert [source["secretRef"]["name"] for source in server["envFrom"]] == ["authentik", "own"]
    without = rendered("authentik", {"authentik": {"enabled": False}})
    assert ("Secret", "authentik") not in without
    ports = [port["port"] for port in objects[("Service", "authentik-server")]["spec"]["ports"]]
    assert ports == [80, 443]


def test_the_bundled_postgresql_uses_an_existing_secret_and_asks_for_storage() -> None:
    values = {
        "postgresql": {
            "enabled": True,
            "auth": {"existingSecret": "db", "secretKeys": {"userPasswordKey": "pw"}},
            "primary": {"persistence": {"storageClass": "nfs-client", "size": "2Gi"}},
        }
    }
    objects = rendered("authentik", values)
    claim = objects[("StatefulSet", "authentik-postgresql")]["spec"]["volumeClaimTemplates"][0]["spec"]
    assert (claim["storageClassName"], claim["resources"]["requests"]["storage"]) == ("nfs-client", "2Gi")
    assert ("Secret", "authentik-postgresql") not in objects
    assert ("Secret", "authentik-postgresql") in rendered("authentik", {"postgresql": {"enabled": True}})


def test_the_tunnel_controller_takes_all_credentials_from_one_secret() -> None:
    name = "cloudflare-tunnel-ingress-controller"
    own = rendered(name, {"cloudflare": {"tunnelName": "home", "accountId": "a", "apiToken": "t"}})
    assert own[("Secret", "cloudflare-api")]["stringData"]["cloudflare-tunnel-name"] == "home"
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


def bundled(auth: dict[str, Any] | None = None, primary: dict[str, Any] | None = None) -> dict[tuple[str, str], Any]:
    given = {"existingSecret": "db", "secretKeys": {"userPasswordKey": "pw", "adminPasswordKey": "admin"}}
    values = {"enabled": True, "auth": {**given, **(auth or {})}, "primary": primary or {}}
    return rendered("authentik", {"postgresql": values})


def test_the_bundled_postgresql_mounts_its_whole_secret_unless_it_gets_single_keys() -> None:
    whole = pod_of(bundled(), "authentik-postgresql", "StatefulSet")
    assert {"name": "postgresql-password", "secret": {"secretName": "db"}} in whole["volumes"]
    variables = {item["name"]: item.get("value") for item in whole["containers"][0]["env"]}
    assert variables["POSTGRES_PASSWORD_FILE"] == "/opt/bitnami/postgresql/secrets/pw"
    single = pod_of(bundled(auth={"usePasswordFiles": False}), "authentik-postgresql", "StatefulSet")
    assert not any("secret" in volume for volume in single.get("volumes", []))
    keys = {
        item["name"]: item["valueFrom"]["secretKeyRef"]["key"]
        for item in single["containers"][0]["env"]
        if "valueFrom" in item
    }
    assert keys == {"POSTGRES_PASSWORD": "pw", "POSTGRES_POSTGRES_PASSWORD": "admin"}


def test_the_bundled_postgresql_opens_itself_unless_told_not_to() -> None:
    name = ("NetworkPolicy", "authentik-postgresql")
    opened = bundled()[name]["spec"]
    assert (opened["ingress"], opened["egress"]) == ([{"ports": [{"port": 5432}]}], [{}])
    closed = bundled(primary={"networkPolicy": {"allowExternal": False, "allowExternalEgress": False}})[name]["spec"]
    assert all(rule["from"] for rule in closed["ingress"])
    assert all(rule["to"] for rule in closed["egress"])
    assert name not in bundled(primary={"networkPolicy": {"enabled": False}})


def test_traefiks_own_crds_come_by_either_chart_and_others_by_none() -> None:
    chart = charts.find("traefik-crds", "https://traefik.github.io/charts", "1.12.0")
    assert chart.brings_crds(chart.defaults)
    assert chart.keeps_crds(chart.defaults)
    assert not chart.keeps_crds(merge(chart.defaults, {"deleteOnUninstall": True}))
    assert not chart.brings_crds(merge(chart.defaults, {"traefik": False}))
    for asked in ("gatewayAPI", "hub"):
        with pytest.raises(ChartError, match=f"traefik-crds {asked}"):
            rendered("traefik-crds", {asked: True})


def test_argo_cds_url_is_made_of_its_domain_everywhere() -> None:
    objects = rendered("argo-cd", {"global": {"domain": "argocd.example.net"}}, release="argocd")
    assert objects[("ConfigMap", "argocd-cm")]["data"]["url"] == "https://argocd.example.net"
    context = objects[("ConfigMap", "argocd-notifications-cm")]["data"]["context"]
    assert "https://argocd.example.net" in context
