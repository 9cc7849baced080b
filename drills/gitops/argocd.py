"""The real Argo CD, out of the cluster: its programs on the objects that its Helm release wrote, addresses redirected.

Which settings a part reads is taken from its live workload, and what they are from the live ConfigMaps and Secrets.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import yaml

from drills import probes
from drills.errors import DrillError
from drills.gitops import helm
from drills.programs import ARGO_CD
from sandbox import kube
from sandbox.cluster import free_ports
from sandbox.controllers.objects import decoded
from sandbox.paths import ENV, Sandbox
from sandbox.processes import Process
from sandbox.tools import HELM

NAMESPACE: Final = "argocd"
WORKLOADS: Final = {
    "repo-server": ("Deployment", "argocd-repo-server"),
    "application-controller": ("StatefulSet", "argocd-application-controller"),
    "applicationset-controller": ("Deployment", "argocd-applicationset-controller"),
    "server": ("Deployment", "argocd-server"),
    "notifications-controller": ("Deployment", "argocd-notifications-controller"),
}
"""Kind and name of each part's workload; its program is called like that. In the order in which they are started."""
PROGRAMS: Final = {"notifications-controller": "argocd-notifications"}
"""The programs that are called otherwise."""
POD_TMP: Final = "/tmp/"  # noqa: S108 - is looked for in what the workloads say, and never used
"""Each pod has one of its own: so does each of two drills at once."""
MOUNTED: Final = {"ARGOCD_TLS_DATA_PATH": "argocd-tls-certs-cm", "ARGOCD_SSH_DATA_PATH": "argocd-ssh-known-hosts-cm"}
"""ConfigMaps that pods see as files, by the variable that says where."""
READY: Final = {
    "repo-server": "repo-server-metrics",
    "application-controller": "application-controller-metrics",
    "applicationset-controller": "applicationset-controller-probe",
    "server": "server",
}
"""Where a part says at `/healthz` that it is ready; the ApplicationSet controller answers that it knows no such."""
PORTS: Final = (
    "redis",
    "repo-server",
    "repo-server-metrics",
    "application-controller-metrics",
    "applicationset-controller-webhook",
    "applicationset-controller-metrics",
    "applicationset-controller-probe",
    "server",
    "server-metrics",
    "notifications-controller-metrics",
)
SYSTEM: Final = ("/usr/local/bin", "/usr/bin", "/bin")
POLL_SECONDS: Final = 0.3
ERROR: Final = r'\blevel"?[=:]"?(error|fatal|panic)\b'
"""In a line of a log, as text or as JSON."""


@dataclass(kw_only=True)
class ArgoCd:
    """Argo CD's parts in one sandbox."""

    sandbox: Sandbox
    tools: Mapping[str, Path]
    """argocd, helm, kustomize, git and redis-server."""
    ports: Mapping[str, int] = field(default_factory=lambda: dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))

    _templates: dict[str, kube.Object] = field(default_factory=dict)
    """The pods that each part was started as."""

    @cached_property
    def cluster(self) -> kube.Client:
        """A client of the sandbox's API server."""
        return kube.Client.from_kubeconfig(self.sandbox.kubeconfig)

    @property
    def folder(self) -> Path:
        """What the parts write."""
        return self.sandbox.root / "argocd"

    def url(self, part: str) -> str:
        """Where a part listens."""
        return f"http://127.0.0.1:{self.ports[part]}"

    def wait_for_release(self, given_up: threading.Event) -> bool:
        """Wait until the release has written what the parts run on; False if it is not waited for any more."""
        while not self._released():
            if given_up.wait(POLL_SECONDS):
                return False
        return True

    def _released(self) -> bool:
        try:
            workloads = [self.cluster.get("apps/v1", kind, name, NAMESPACE) for kind, name in WORKLOADS.values()]
            kinds = [self.cluster.kind("argoproj.io/v1alpha1", kind) for kind in ("Application", "ApplicationSet")]
            secret = self.cluster.get("v1", "Secret", "argocd-redis", NAMESPACE)
        except (kube.ApiError, kube.NoSuchKindError, kube.NotReachableError):
            return False
        return all(workloads) and all(kinds) and secret is not None

    def start(self) -> None:
        """Start every part, and wait until each is ready.

        Raises:
            SandboxError: one ended or is not ready within two minutes; with the last line of its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._start_redis()
        for part in WORKLOADS:
            self._start(part)

    def _start(self, part: str) -> None:
        workload = self._workload(part)
        self._templates[part] = workload["spec"]["template"]
        # The last word of a flag is what counts, so that ours come after the workload's own.
        words = [*_words(workload), *self._arguments(part)]
        self.process(part).start([self.tools[ARGO_CD.name], *words], self._environment(part, workload))
        if part in READY:
            url = f"{self.url(READY[part])}/healthz"
            self.process(part).wait_for(lambda: probes.answers(url, below=probes.KNOWN))

    def restart_changed(self) -> None:
        """Start those parts anew whose pods are others than when they were started, as a rollout does."""
        for part, template in list(self._templates.items()):
            if self._workload(part)["spec"]["template"] != template:
                self.process(part).stop()
                self._start(part)

    def process(self, part: str) -> Process:
        """The process of a part."""
        return Process(sandbox=self.sandbox, name=f"argocd-{part}")

    def errors(self, part: str) -> list[str]:
        """The lines of a part's log that it calls errors."""
        lines = self.process(part).log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.search(ERROR, line)]

    def stop(self) -> None:
        """End every part, those that use the others first."""
        for part in (*reversed(WORKLOADS), "redis"):
            self.process(part).stop()

    def _kubeconfig(self, part: str, workload: kube.Object) -> Path:
        """The sandbox's, with the namespace of the part's pods and under the name of their account.

        What it may do is not asked, as nobody's roles are those of the real charts.
        """
        config = yaml.safe_load(self.sandbox.kubeconfig.read_text())
        config["contexts"][0]["context"]["namespace"] = NAMESPACE
        account = workload["spec"]["template"]["spec"]["serviceAccountName"]
        user = {"as": f"system:serviceaccount:{NAMESPACE}:{account}", "as-groups": ["system:masters"]}
        config["users"][0]["user"] |= user
        file = self.folder / f"{part}.kubeconfig"
        file.touch(mode=0o600)
        file.write_text(yaml.safe_dump(config))
        return file

    def _start_redis(self) -> None:
        file = self.folder / "redis.conf"
        file.touch(mode=0o600)
        password = self._secret("argocd-redis", "auth")
        settings = ("bind 127.0.0.1", f"port {self.ports['redis']}", 'save ""', "appendonly no", f"dir {self.folder}")
        file.write_text("\n".join([*settings, f"requirepass {password}", ""]))
        self.process("redis").start([self.tools["redis-server"], file])

    def _arguments(self, part: str) -> Sequence[str]:
        """Addresses only: everything else is in the workload's own arguments and environment."""

        def port(name: str) -> str:
            return str(self.ports[name])

        loopback = "127.0.0.1"
        redis = ("--redis", f"{loopback}:{port('redis')}")
        repo_server = f"{loopback}:{port('repo-server')}"
        plain = ("--repo-server", repo_server, "--repo-server-plaintext")
        metrics = ("--metrics-port", port(f"{part}-metrics"))
        return {
            "repo-server": (
                *("--disable-tls", "--address", loopback, "--port", port("repo-server")),
                *(*redis, *metrics, "--metrics-address", loopback),
            ),
            "application-controller": (*plain, *redis, *metrics),
            "applicationset-controller": (
                *("--argocd-repo-server", repo_server, "--repo-server-plaintext", "--enable-leader-election=false"),
                *("--webhook-addr", f"{loopback}:{port('applicationset-controller-webhook')}"),
                *("--metrics-addr", f"{loopback}:{port('applicationset-controller-metrics')}"),
                *("--probe-addr", f"{loopback}:{port('applicationset-controller-probe')}"),
            ),
            "server": (*plain, *redis, *metrics, "--address", loopback, "--port", port("server")),
            "notifications-controller": (
                *("--argocd-repo-server", repo_server, "--argocd-repo-server-plaintext"),
                *metrics,
            ),
        }[part]

    def _environment(self, part: str, workload: kube.Object) -> dict[str, str]:
        resolved = dict(self._resolved(workload["spec"]["template"]["spec"]["containers"][0].get("env") or []))
        folders = sorted({path.parent for path in self.tools.values()})
        own = {
            **helm.install(self._made("bin"), self.tools[HELM.name]),
            ENV: str(self.sandbox.root),
            "ARGOCD_BINARY_NAME": PROGRAMS.get(part, WORKLOADS[part][1]),
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_GPG_ENABLED": "false",
            "KUBECONFIG": str(self._kubeconfig(part, workload)),
            "PATH": ":".join(map(str, [self._made("bin"), *folders, *SYSTEM])),
            "HOME": str(self._made("home")),
            "TMPDIR": str(self._made("tmp")),
            "ARGOCD_GNUPGHOME": str(self._made("gnupg")),
            "ARGOCD_GPG_DATA_PATH": str(self._made("gpg")),
            **{f"HELM_{what}_HOME": str(self._made("helm")) for what in ("CACHE", "CONFIG", "DATA")},
            "ARGOCD_ASK_PASS_SOCK": str(self._made("tmp") / "ask-pass.sock"),
            **{variable: str(self._mounted(name)) for variable, name in MOUNTED.items()},
        }
        return {**resolved, **own}

    def _workload(self, part: str) -> kube.Object:
        kind, name = WORKLOADS[part]
        found = self.cluster.get("apps/v1", kind, name, NAMESPACE)
        if found is None:
            message = f"{kind} {name}: not found in namespace {NAMESPACE}"
            raise DrillError(message)
        return found

    def _resolved(self, variables: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
        for variable in variables:
            source = variable.get("valueFrom") or {}
            if reference := source.get("configMapKeyRef"):
                value = self._config(reference["name"]).get(reference["key"])
            elif reference := source.get("secretKeyRef"):
                value = self._secret(reference["name"], reference["key"])
            else:
                value = variable.get("value")
            if value:
                yield variable["name"], self._in_own_tmp(str(value))

    def _in_own_tmp(self, value: str) -> str:
        return str(self._made("tmp") / value.removeprefix(POD_TMP)) if value.startswith(POD_TMP) else value

    def _config(self, name: str) -> dict[str, str]:
        return (self.cluster.get("v1", "ConfigMap", name, NAMESPACE) or {}).get("data") or {}

    def _secret(self, name: str, key: str) -> str | None:
        found = self.cluster.get("v1", "Secret", name, NAMESPACE)
        return decoded(found, key) if found else None

    def webhook_secret(self) -> str:
        """By which GitHub signs; `$secret:key` in Argo CD's own Secret leads to another. Empty if there is none."""
        value = self._secret("argocd-secret", "webhook.github.secret") or ""
        if value.startswith("$"):
            name, _, key = value[1:].rpartition(":")
            value = self._secret(name or "argocd-secret", key) or ""
        return value

    def _made(self, name: str) -> Path:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self.folder / name

    def _mounted(self, config_map: str) -> Path:
        folder = self._made(config_map)
        for name, text in self._config(config_map).items():
            (folder / name).write_text(text)
        return folder


def _words(workload: kube.Object) -> list[str]:
    """What a workload starts its program with: all but the program, which is the first word."""
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    return [*(container.get("command") or []), *(container.get("args") or [])][1:]
