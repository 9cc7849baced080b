"""Runs every simulated controller: `python -m sandbox.controllers`, or all `--without=NAME` where a real one runs.

KUBECONFIG and HOMELAB_SANDBOX say which sandbox. Once connected it leaves the file `run/controllers.ready` there; it
ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from sandbox import kube
from sandbox.controllers import manifests
from sandbox.controllers.applicationsets import ApplicationSets
from sandbox.controllers.argocd import ArgoCd
from sandbox.controllers.authentik import Authentik
from sandbox.controllers.certmanager import CertManager
from sandbox.controllers.cnpg.operator import CloudNativePg
from sandbox.controllers.connectors import Connectors
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.influxdb import InfluxDbAccess
from sandbox.controllers.kubelet import Kubelet
from sandbox.controllers.loadbalancer import LoadBalancer
from sandbox.controllers.log import Log
from sandbox.controllers.nfs import Nfs
from sandbox.controllers.onepassword import OnePassword
from sandbox.controllers.prometheus_operator.operator import PrometheusOperator
from sandbox.controllers.releases import Releases
from sandbox.controllers.storage import Storage
from sandbox.controllers.tunnel import TunnelIngress
from sandbox.controllers.volsync import VolSync
from sandbox.paths import Sandbox

ARGO_CD: Final = "system:serviceaccount:argocd:argocd-application-controller"
"""Argo CD's application controller, as the API server knows it."""
CONNECT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2


def build(environment: Environment, sandbox: Sandbox, without: Collection[str] = ()) -> list[Controller]:
    """Every controller of the sandbox but those without which it is to run, by name."""
    controllers: list[Controller] = [
        ArgoCd(_as_account(environment, ARGO_CD), sandbox),
        ApplicationSets(environment, sandbox),
        Releases(environment, sandbox, starts_argo_cd=ArgoCd.name not in without),
        OnePassword(environment, sandbox),
        CertManager(environment, sandbox),
        CloudNativePg(environment),
        TunnelIngress(environment, sandbox),
        Connectors(environment, sandbox),
        Authentik(environment, sandbox),
        Storage(environment),
        Nfs(environment),
        VolSync(environment),
        PrometheusOperator(environment),
        Kubelet(environment, [InfluxDbAccess(environment=environment).run]),
        LoadBalancer(environment),
    ]
    return [controller for controller in controllers if controller.name not in without]


def _as_account(environment: Environment, user: str) -> Environment:
    """The environment of a controller that acts as its service account, which rules of the API server may speak of.

    What it may do is not asked, as nobody's roles are those of the real charts.
    """
    headers = {**environment.client.headers, "Impersonate-User": user, "Impersonate-Group": "system:masters"}
    return replace(environment, client=replace(environment.client, headers=headers))


def main(arguments: Sequence[str]) -> int:
    """Run until told to stop; 1 if the API server cannot be reached within a minute."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.controllers")
    parser.add_argument("--without", action="append", default=[], metavar="NAME", help="leave out a controller")
    without = parser.parse_args(arguments).without
    sandbox = Sandbox.of_clone()
    stopping = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda _signum, _frame: stopping.set())
    kubeconfig = Path(os.environ.get("KUBECONFIG", sandbox.kubeconfig))
    if not kubeconfig.is_file():
        sys.stderr.write(f"{kubeconfig} is missing; start the sandbox's control plane first\n")
        return 1
    log = Log()
    hub = Hub(client=kube.Client.from_kubeconfig(kubeconfig), log=log, stopping=stopping)
    controllers = build(Environment(client=hub.client, hub=hub, log=log), sandbox, without)
    for controller in controllers:
        controller.setup()
    hub.start()
    if not _connected(hub, stopping):
        if stopping.is_set():
            return 0
        sys.stderr.write(f"the API server of {kubeconfig} does not answer within {CONNECT_SECONDS:.0f} s\n")
        return 1
    for controller in controllers:
        threading.Thread(target=controller.run, args=(stopping,), name=controller.name, daemon=True).start()
    ready = sandbox.run / "controllers.ready"
    ready.parent.mkdir(parents=True, exist_ok=True)
    ready.write_text(f"{os.getpid()}\n")
    try:
        stopping.wait()
    finally:
        ready.unlink(missing_ok=True)
    return 0


def _connected(hub: Hub, stopping: threading.Event) -> bool:
    """Whether the copies of the built-in kinds were filled in time: a controller must not take missing for deleted."""
    end = time.monotonic() + CONNECT_SECONDS
    for kind in manifests.KINDS:
        while not hub.wait(*kind, POLL_SECONDS):
            if stopping.is_set() or time.monotonic() > end:
                return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
