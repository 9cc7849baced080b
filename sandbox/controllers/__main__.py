"""Runs every simulated controller: `python -m sandbox.controllers`.

KUBECONFIG and HOMELAB_SANDBOX say which sandbox. Once connected it leaves the file `run/controllers.ready` there; it
ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Final

from sandbox import kube
from sandbox.controllers import manifests
from sandbox.controllers.argocd import ArgoCd
from sandbox.controllers.authentik import Authentik
from sandbox.controllers.certmanager import CertManager
from sandbox.controllers.connectors import Connectors
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.kubelet import Kubelet
from sandbox.controllers.loadbalancer import LoadBalancer
from sandbox.controllers.log import Log
from sandbox.controllers.onepassword import OnePassword
from sandbox.controllers.releases import Releases
from sandbox.controllers.storage import Storage
from sandbox.controllers.tunnel import TunnelIngress
from sandbox.paths import Sandbox

CONNECT_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.2


def build(environment: Environment, sandbox: Sandbox) -> list[Controller]:
    """Every controller of the sandbox."""
    return [
        ArgoCd(environment, sandbox),
        Releases(environment, sandbox),
        OnePassword(environment, sandbox),
        CertManager(environment, sandbox),
        TunnelIngress(environment, sandbox),
        Connectors(environment, sandbox),
        Authentik(environment, sandbox),
        Storage(environment),
        Kubelet(environment),
        LoadBalancer(environment),
    ]


def main() -> int:
    """Run until told to stop; 1 if the API server cannot be reached within a minute."""
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
    controllers = build(Environment(client=hub.client, hub=hub, log=log), sandbox)
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
    sys.exit(main())
