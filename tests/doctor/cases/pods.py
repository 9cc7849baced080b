from __future__ import annotations

from tests.support.breaking import Break, container, pod_spec

BREAKS = (
    Break(
        check="pod -> Secret or ConfigMap key",
        subject="Deployment access-tunnel/access-tunnel",
        target="Secret access-tunnel/secret-access-tunnel key tunnel-token",
        problem="no such key: it has token",
        change=lambda live: live.get("Secret", "secret-access-tunnel", "access-tunnel").update(data={"token": ""}),
    ),
    Break(
        check="pod -> Secret or ConfigMap key",
        subject="Deployment echoserver/echoserver",
        target="ConfigMap echoserver/settings",
        problem="there is no such ConfigMap",
        change=lambda live: container(live, "Deployment", "echoserver", "echoserver").update(
            envFrom=[{"configMapRef": {"name": "settings"}}, {"secretRef": {"name": "extra", "optional": True}}]
        ),
    ),
    Break(
        check="pod -> image pull secret",
        subject="Deployment echoserver/echoserver",
        target="Secret echoserver/registry",
        problem="cannot be pulled",
        change=lambda live: pod_spec(live, "Deployment", "echoserver", "echoserver").update(
            imagePullSecrets=[{"name": "registry"}]
        ),
    ),
    Break(
        check="pod -> volume claim",
        subject="Deployment navidrome/navidrome",
        target="PersistentVolumeClaim navidrome/gone",
        problem="stays pending",
        change=lambda live: pod_spec(live, "Deployment", "navidrome", "navidrome")["volumes"].append(
            {"name": "more", "persistentVolumeClaim": {"claimName": "gone"}}
        ),
    ),
    Break(
        check="pod -> service account",
        subject="Deployment echoserver/echoserver",
        target="ServiceAccount echoserver/echoserver",
        problem="no such account",
        change=lambda live: live.drop("ServiceAccount", "echoserver", "echoserver"),
    ),
    Break(
        check="volume claim -> storage class",
        subject="Cluster authentik/authentik-db storage",
        target="StorageClass gone",
        problem="set cluster.storageClasses",
        change=lambda live: live.get("Cluster", "authentik-db", "authentik")["spec"]["storage"].update(
            storageClass="gone"
        ),
    ),
    Break(
        check="volume claim -> volume",
        subject="PersistentVolumeClaim navidrome/navidrome-data",
        target="PersistentVolume pvc-navidrome-data",
        problem="not bound",
        change=lambda live: live.get("PersistentVolumeClaim", "navidrome-data", "navidrome").update(
            status={"phase": "Pending"}
        ),
    ),
    Break(
        check="volume claim -> volume",
        subject="PersistentVolumeClaim navidrome/navidrome-data",
        target="PersistentVolume pvc-navidrome-data",
        problem="the volume is gone",
        change=lambda live: live.drop("PersistentVolume", "pvc-navidrome-data"),
    ),
    Break(
        check="volume -> claim",
        subject="PersistentVolume pvc-navidrome-data",
        target="PersistentVolumeClaim navidrome/gone",
        problem="there is no such claim",
        change=lambda live: live.get("PersistentVolume", "pvc-navidrome-data")["spec"]["claimRef"].update(name="gone"),
    ),
)
