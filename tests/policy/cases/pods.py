from __future__ import annotations

from tests.support.judging import CONTAINER, POD, Case, contained, secured, workload

WITHOUT_PROBES = {key: value for key, value in CONTAINER.items() if not key.endswith("Probe")}
EXTRA = {**CONTAINER, "name": "first", "image": "first"}

CASES = (
    *(
        Case(rule="images-pinned", obj=contained(image=image), problem=f"image {image or '(none)'} names no version")
        for image in ("", "web", "web:latest", "registry.example.org:5000/web")
    ),
    Case(
        rule="images-pinned",
        obj=workload(pod={"initContainers": [EXTRA]}),
        problem="container first: image first names no version",
    ),
    Case(rule="images-pinned", obj=contained("CronJob", image="web"), problem="names no version"),
    Case(rule="images-pinned", obj=contained("Pod", image="web"), problem="names no version"),
    *(
        Case(rule="images-pinned", obj=contained(image=image))
        for image in (
            "web:1",
            "registry.example.org:5000/team/web:1.2",
            f"web@sha256:{'0' * 64}",
            f"web:1@sha256:{'0' * 64}",
        )
    ),
    Case(rule="resources", obj=contained(resources=None), problem="resources.requests.cpu is not set"),
    Case(
        rule="resources",
        obj=contained(resources={"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1"}}),
        problem="resources.limits.memory is not set",
    ),
    Case(rule="resources", obj=workload()),
    Case(rule="probes", obj=contained(readinessProbe=None), problem="it has no readinessProbe"),
    Case(rule="probes", obj=contained("DaemonSet", livenessProbe=None), problem="it has no livenessProbe"),
    Case(rule="probes", obj=workload("StatefulSet")),
    Case(rule="probes", obj=workload("Job", pod={"containers": [WITHOUT_PROBES]})),
    *(
        Case(rule="restricted-pods", obj=workload(pod={field: True}), problem="shares it with its node")
        for field in ("hostNetwork", "hostPID", "hostIPC")
    ),
    Case(
        rule="restricted-pods",
        obj=workload(pod={"volumes": [{"name": "root", "hostPath": {"path": "/"}}]}),
        problem="volume root: it is a folder of the node",
    ),
    Case(
        rule="restricted-pods",
        obj=workload(pod={"securityContext": {**POD["securityContext"], "runAsNonRoot": False}}),
        problem="it may run as root",
    ),
    Case(rule="restricted-pods", obj=secured(runAsUser=0), problem="it may run as root"),
    Case(
        rule="restricted-pods",
        obj=workload(pod={"securityContext": {"runAsNonRoot": True}}),
        problem="it has no seccompProfile",
    ),
    Case(rule="restricted-pods", obj=secured(privileged=True), problem="it is privileged"),
    Case(rule="restricted-pods", obj=secured(allowPrivilegeEscalation=None), problem="it may gain privileges"),
    Case(rule="restricted-pods", obj=secured(capabilities={}), problem="it keeps capabilities: drop ALL"),
    Case(
        rule="restricted-pods",
        obj=secured(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN", "NET_BIND_SERVICE"]}),
        problem="it adds the capabilities SYS_ADMIN",
    ),
    Case(
        rule="restricted-pods",
        obj=contained(ports=[{"containerPort": 80, "hostPort": 80}]),
        problem="it opens a port of its node",
    ),
    Case(rule="restricted-pods", obj=workload()),
    Case(rule="restricted-pods", obj=secured(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]})),
    Case(
        rule="read-only-root-filesystem",
        obj=secured(readOnlyRootFilesystem=False),
        problem="readOnlyRootFilesystem is not set",
    ),
    Case(rule="read-only-root-filesystem", obj=workload()),
    Case(
        rule="no-service-account-token",
        obj=workload(pod={"automountServiceAccountToken": None}),
        problem="its pods get a token of the API server",
    ),
    Case(rule="no-service-account-token", obj=workload("CronJob")),
)
