"""Trouble of the cluster's, each while an update is in the middle of its work."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

from drills.chaos.kills import Killer
from drills.chaos.scene import ADOPT, Scene, traces
from drills.chaos.slow import slow
from drills.chaos.trial import Trial
from drills.chaos.worlds import Difference, doubles
from drills.errors import DrillError
from drills.home import UP, restart_controllers
from sandbox.cluster import answers
from sandbox.processes import Process

MIDDLE: Final = 10
"""Calls after which an update is in the middle of its work."""
BEGUN_SECONDS: Final = 120.0
AWAY_SECONDS: Final = 10.0
"""How long a controller or a node is away."""
LATE_SECONDS: Final = 0.2
ADMISSION: Final = "admissionregistration.k8s.io/v1"
POLICY: Final = "ValidatingAdmissionPolicy"
REFUSED: Final = "chaos-refuses"
WITHIN: Final = 300.0


def run(killer: Killer, trial: Trial) -> None:
    """Bring a platform up from nothing, through one trouble after the other, with as many updates as that takes."""
    scene, update = killer.scene, Update(killer=killer)
    # Those that end an update come first: they leave something to do for the others.
    troubles: dict[str, Callable[[Scene], AbstractContextManager[None]]] = {
        "the API server is killed and starts again": restarted("kube-apiserver"),
        "etcd is killed and starts again": restarted("etcd"),
        "the API server refuses some objects for a while": refusing,
        "a controller is away for a while": without_controller,
        "a node is away for a while": without_node,
    }
    for what, trouble in troubles.items():
        with trial.of(f"{what}, during an update", within=WITHIN) as outcome:
            update.gets_on()
            if update.finished:
                raise DrillError("the update is at its end, so that nothing can come over it any more")
            with trouble(scene):
                time.sleep(AWAY_SECONDS)
            update.gets_on()
            outcome.difference = Difference(double=tuple(doubles(scene.now())), left=tuple(update.odd()))
            outcome.commands, update.commands = update.commands, []
    update.ends()
    with trial.of(f"the API server answers {LATE_SECONDS * 1000:.0f} ms late", within=WITHIN) as outcome:
        with late(scene) as environment:
            done = scene.pulumi(*UP, "--refresh", environment={**killer.environment, **environment})
        outcome.difference = scene.whole() if done.code == 0 else Difference(left=(done.why,))
    scene.up().works()  # the one before was told of another address of the API server
    with trial.of("after all of these, a preview", within=WITHIN) as outcome:
        outcome.difference = scene.unchanged()


@dataclass(kw_only=True)
class Update:
    """An update that has work to do; another one follows each that fails."""

    killer: Killer
    running: subprocess.Popen[bytes] | None = None
    finished: bool = False
    """Whether one has come to its end, with everything done."""
    commands: list[str] = field(default_factory=list)
    """What its errors have asked for."""

    def gets_on(self) -> None:
        """Come back when some of its work was done since, or it is at its end."""
        if self.running is None:
            self.killer.spare()
            self.running = self.killer.scene.start(*UP, environment=self.killer.environment)
        wanted, end = self.killer.calls() + MIDDLE, time.monotonic() + BEGUN_SECONDS
        while self.killer.calls() < wanted and time.monotonic() < end:
            if self.running.poll() is not None:
                self.ends()
                return
            time.sleep(0.05)

    def ends(self) -> None:
        """Wait for the end of the one that runs; one that fails is made good as its error says."""
        if self.running is not None:
            self.finished = self.running.wait() == 0
            self.running = None
            if ADOPT in self.killer.scene.log.read_text(errors="replace"):
                self.killer.scene.recover().works()
                self.commands.append(ADOPT)

    def odd(self) -> Iterator[str]:
        """What one that failed has left, or said, that it should not have: its failures are lines that say why."""
        if self.running is None and not self.finished:
            yield from traces(self.killer.scene.engine)
            said = self.killer.scene.log.read_text(errors="replace")
            yield from (line for line in said.splitlines() if "Traceback" in line or "panic:" in line)
            if "error:" not in said:
                yield f"it failed, and did not say why: {said[-200:]}"


def restarted(part: str) -> Callable[[Scene], AbstractContextManager[None]]:
    """A part of the control plane is killed, and started again as it was."""

    @contextmanager
    def trouble(scene: Scene) -> Iterator[None]:
        process = Process(sandbox=scene.engine.sandbox, name=part)
        pid = process.pid()
        if pid is None:
            raise DrillError(f"{part} does not run")
        command = [os.fsdecode(word) for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
        os.kill(pid, signal.SIGKILL)
        process.stop()
        yield
        process.start(command)
        process.wait_for(partial(answers, scene.cluster))

    return trouble


@contextmanager
def refusing(scene: Scene) -> Iterator[None]:
    """The API server refuses to have Deployments and ConfigMaps made."""
    rules = [
        {
            "apiGroups": ["apps", ""],
            "apiVersions": ["v1"],
            "operations": ["CREATE"],
            "resources": ["deployments", "configmaps"],
        }
    ]
    policy: dict[str, Any] = {
        "apiVersion": ADMISSION,
        "kind": POLICY,
        "metadata": {"name": REFUSED},
        "spec": {
            "matchConstraints": {"resourceRules": rules},
            "validations": [{"expression": "false", "message": "not just now"}],
        },
    }
    binding = {
        "apiVersion": ADMISSION,
        "kind": f"{POLICY}Binding",
        "metadata": {"name": REFUSED},
        "spec": {"policyName": REFUSED, "validationActions": ["Deny"]},
    }
    for obj in (policy, binding):
        scene.cluster.apply(obj, REFUSED)
    try:
        yield
    finally:
        for kind in (f"{POLICY}Binding", POLICY):
            scene.cluster.delete(ADMISSION, kind, REFUSED)


@contextmanager
def without_controller(scene: Scene) -> Iterator[None]:
    """The operator that carries secrets into the cluster is away for a while."""
    restart_controllers(scene.engine, without=("onepassword",))
    try:
        yield
    finally:
        restart_controllers(scene.engine, without=())


@contextmanager
def without_node(scene: Scene) -> Iterator[None]:
    """A node is away for a while, and then comes back under its name."""
    node = scene.cluster.list("v1", "Node")[-1]
    name = node["metadata"]["name"]
    kept = {key: node["metadata"].get(key) for key in ("name", "labels", "annotations")}
    back = {**node, "metadata": kept}
    scene.cluster.delete("v1", "Node", name)
    try:
        yield
    finally:
        scene.cluster.request("POST", "/api/v1/nodes", body=back)


@contextmanager
def late(scene: Scene) -> Iterator[dict[str, str]]:
    """The environment of a caller to whom the API server answers late."""
    text = yaml.safe_load(scene.engine.sandbox.kubeconfig.read_text())
    address = urlsplit(text["clusters"][0]["cluster"]["server"])
    with slow(address.port or 443, LATE_SECONDS) as port:
        text["clusters"][0]["cluster"]["server"] = f"https://{address.hostname}:{port}"
        own = scene.engine.sandbox.root / "kubeconfig-late"
        own.touch(mode=0o600)
        own.write_text(yaml.safe_dump(text))
        yield {"KUBECONFIG": str(own)}
