"""What happens to a sandbox from its first start to its end."""

from __future__ import annotations

import fcntl
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from components.settings.secrets import SECRET_KEYS
from doctor import examination, kept
from doctor import report as wiring
from doctor.errors import DoctorError
from pages import command
from pages.errors import PagesError
from policy import verdict
from policy.stack import declared
from recovery import RecoveryError, Report, folder
from sandbox import (
    chart_source,
    choice,
    foreground,
    interrupts,
    manifests,
    mending,
    opening,
    processes,
    services,
    stacks,
    tools,
    updates,
)
from sandbox.bench.figures import QUICK, WHOLE, Bench, table
from sandbox.cluster import Cluster, node_addresses, pod_ranges
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.guard import guarded
from sandbox.paths import ENV, REPOSITORY, Sandbox
from sandbox.processes import Process
from sandbox.rendering.crds import Definitions
from sandbox.rendering.uses import of_state
from sandbox.steps import Steps
from telling import terminal

CONTROLLERS = "controllers"
ROTATABLE = "-oidc-client-secret"
"""Ends the names of what may be generated anew at any time; servers take their own keys at their first start only."""
README = REPOSITORY / "README.md"
MARKS = ("<!-- figures: written by `make bench` -->\n", "<!-- end of figures -->\n")


@dataclass(frozen=True, kw_only=True)
class Lifecycle:
    """The commands, on one sandbox."""

    sandbox: Sandbox
    console: Console
    bound: bool = False
    """Whether what runs has to end with this process, even if it is killed: a sandbox that nobody comes back to."""
    without: tuple[str, ...] = ()
    """Simulated controllers, by name, that are not to run: real ones take their place."""
    checkpoints: bool = True
    """Whether a pulumi that is killed leaves a state that knows what it has done."""

    @classmethod
    def of_clone(cls) -> Lifecycle:
        """The sandbox of the clone that this package belongs to."""
        return cls(sandbox=Sandbox.of_clone(), console=terminal.console())

    def up(self) -> int:
        """Build what is missing, start what does not run, and bring the platform up."""
        with self._alone(), self.started() as engine:
            self._update(engine, "up", "--skip-preview", then=self._after_update("make up"))
            healthy = self._check(engine, settling=examination.SETTLING)
            self._show_charts(engine)
            self._show_services(engine)
        return 0 if healthy else 1

    def build(self) -> int:
        """Build what is missing, and start nothing."""
        steps = Steps(self.console)
        tools.ensure(steps)
        for bundle in (*manifests.CRDS, manifests.STAGES):
            bundle.ensure(steps)
        return 0

    def preview(self) -> int:
        """Show what `up` would change."""
        with self._alone(), self.started() as engine:
            then = "Nothing was changed: correct what is named there, and run it again."
            found = updates.run(engine, self.console, "preview", "--diff", then=then)
            self._say(
                "Next: `make up` does it." if found.changed else "Next: nothing; `make doctor` looks at what runs."
            )
        return 0

    def rotate(self, secret: str) -> int:
        """Have 1Password generate a client's secret anew, and carry it to everybody who uses it."""
        with self._alone(), self.started() as engine:
            generated = sorted(
                item["urn"].rpartition("::")[2]
                for item in engine.state()["deployment"].get("resources", [])
                if item["type"] == "onepassword:index/item:Item" and item["urn"].endswith(ROTATABLE)
            )
            if secret not in generated:
                known = f"expected one of {', '.join(generated)}" if generated else "there is none before `make up`"
                message = f"secret {secret!r}: {known}"
                raise SandboxError(message)
            then = self._after_update("make up")
            self._update(engine, "up", "--skip-preview", "--replace", f"**::{secret}", then=then)
        self._say("Next: `make doctor` shows that everybody who uses it has the new one.")
        return 0

    def recover(self, *, adopt: bool, force: bool) -> int:
        """Bring back what an interrupted update left; `up` does so by itself."""
        if not self.sandbox.state.exists():
            message = "there is no sandbox, so nothing was interrupted: start it with `make up`"
            raise SandboxError(message)
        with self._alone(), self.started(reread=False) as engine:
            report = self._recovered(engine, adopt=adopt, force=force)
            if report.trouble:
                raise SandboxError(report.trouble)
        self._say("Next: `make up` goes on from here.")
        return 0

    def doctor(self) -> int:
        """Check the wiring of what runs."""
        healthy = self._check(self._running())
        self._say(
            "Next: `make policy` asks the rules of single objects."
            if healthy
            else "Next: `make up` makes what is missing; for what it cannot mend, docs/runbooks has the ways out."
        )
        return 0 if healthy else 1

    def _running(self) -> Engine:
        """The engine of a sandbox that is up and is only looked at.

        Raises:
            SandboxError: it is not up, or is another home's.
        """
        if not processes.running(self.sandbox):
            message = "the sandbox does not run: start it with `make up`"
            raise SandboxError(message)
        stacks.settle(self.sandbox, REPOSITORY)
        return self._engine(tools.ensure(Steps(self.console)))

    def policy(self) -> int:
        """Judge what the stack declares by the rules, and list the exceptions with their reasons."""
        if not self.sandbox.state.exists():
            message = "there is no sandbox, so there is no stack to judge: start it with `make up`"
            raise SandboxError(message)
        stacks.settle(self.sandbox, REPOSITORY)
        engine = self._engine(tools.ensure(Steps(self.console)))
        found = verdict.judge(declared(engine.state()))
        verdict.show(found, self.console)
        self._say(
            "Next: `make preview` shows what an update would change."
            if found.good
            else "Next: mend it in components/, or except the object with a reason (`homelab/exempt-<rule>`)."
        )
        return 0 if found.good else 1

    def docs(self, *, check: bool) -> int:
        """Write the pages of what runs, or only compare them with those that are there."""
        state = self._running().state()
        kubeconfig = self.sandbox.kubeconfig
        try:
            good = command.run(kubeconfig, None, state, root=REPOSITORY, check=check, console=self.console)
        except (DoctorError, PagesError) as error:
            raise SandboxError(str(error)) from error
        return 0 if good else 1

    def down(self) -> int:
        """Destroy all but what is protected, and stop."""
        if not self.sandbox.state.exists():
            self._say("There is no sandbox.")
            return 0
        with self._alone(), self.started(reread=False) as engine:
            then = f"{self._after_update('make down')} It also ends what refuses to be destroyed."
            self._update(engine, "destroy", "--skip-preview", "--exclude-protected", then=then)
            self._say("")
            kept.show(engine.state(), self.console)
            self.stop_all()
        self._say("Stopped. `make up` is the sandbox's `pulumi up`; `make clean` forgets what is kept, too.")
        return 0

    def bench(self, *, quick: bool) -> int:
        """Measure the figures in sandboxes of their own, and write them where the README shows them."""
        steps = Steps(self.console)
        built = tools.ensure(steps)
        bench = Bench(
            fresh=self._passing, steps=steps, kubectl=built.commands["kubectl"], runs=QUICK if quick else WHOLE
        )
        written = table(list(bench.figures()), bench.parts)
        before, _, rest = README.read_text().partition(MARKS[0])
        README.write_text(f"{before}{MARKS[0]}{written}{MARKS[1]}{rest.partition(MARKS[1])[2]}")
        self.console.print(written, markup=False, highlight=False, soft_wrap=True)
        self._say("Next: README.md has these figures now; `git diff README.md` shows what has become of the last ones.")
        return 0

    @contextmanager
    def _passing(self) -> Iterator[Engine]:
        """A sandbox with nothing in it, which goes when it is not needed any more."""
        with tempfile.TemporaryDirectory(prefix="homelab-bench-") as folder:
            own = Lifecycle(sandbox=Sandbox(root=Path(folder) / ".sandbox"), console=Console(quiet=True), bound=True)
            try:
                with own.started() as engine:
                    yield engine
            finally:
                own.stop_all()

    def stop(self) -> int:
        """Stop, and keep everything."""
        self.stop_all()
        self._say("Stopped; `make up` starts it again as it was.")
        return 0

    def clean(self) -> int:
        """Stop, and forget everything."""
        root = self.sandbox.root
        if root.exists() and any(root.iterdir()) and not (root / "lock").exists():
            message = f"{root}: this is no sandbox, so it is not deleted; see what {ENV} names"
            raise SandboxError(message)
        with self._alone():
            self.stop_all()
            shutil.rmtree(root, ignore_errors=True)
        self._say("The sandbox is gone; the tools that were built are kept for the next one.")
        return 0

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the sandbox's lock: two commands at once would fight over its state."""
        self.sandbox.root.mkdir(parents=True, exist_ok=True)
        with (self.sandbox.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                message = f"another command is at work in {self.sandbox.root}: wait for it, or end it with Ctrl-C"
                raise SandboxError(message) from None
            foreground.end_abandoned(self.sandbox)
            yield

    @contextmanager
    def started(self, *, reread: bool = True) -> Iterator[Engine]:
        """The running sandbox's engine, which reads the committed stack file anew, unless it can do without.

        A command that is interrupted, or cannot start the sandbox, stops what it has started. What fails in a sandbox
        that runs, such as an update, leaves it running, so that one can look at it.
        """
        ran_before = bool(processes.running(self.sandbox))
        engine = None
        with guarded(self.sandbox, bound=self.bound) as guard:
            if ran_before and not self.bound:
                guard.spare_servers()
            try:
                engine = self._start(Steps(self.console), reread=reread)
                if not self.bound:
                    guard.spare_servers()
                yield engine
            except BaseException as error:
                failed_inside = engine is not None and isinstance(error, SandboxError)
                if not ran_before and not failed_inside:
                    with interrupts.ignored():
                        self.stop_all()
                raise

    def _start(self, steps: Steps, *, reread: bool) -> Engine:
        choice.settle(self.sandbox)
        stacks.settle(self.sandbox, REPOSITORY)
        built = tools.ensure(steps)
        if chart_source.settle(self.sandbox, steps):
            # They start again below, and then look at everything anew.
            Process(sandbox=self.sandbox, name=CONTROLLERS).stop()
        manifests.install_crds(self.sandbox, steps)
        stages = manifests.STAGES.ensure(steps)
        engine = self._engine(built)
        with steps.step("Read the stack file"):
            engine.install()
            engine.backend.unlock()
            if cut_off := folder.mend(self.sandbox.state):
                Report(cut_off=cut_off).show(self.console)
            if engine.configured:
                engine.backend.examine()
            # First of all that can go wrong: a file that cannot be read costs nobody the start of a cluster.
            made = engine.configure(list(SECRET_KEYS)) if reread or not engine.configured else None
        with steps.step("Start the control plane"):
            given = engine.values().get("cluster") if made is not None else None
            Cluster(
                sandbox=self.sandbox,
                tools=built.bin,
                stages=stages,
                pod_ranges=pod_ranges(given),
                nodes=node_addresses(given) if made is not None else (),
            ).start()
        with steps.step("Open the simulated accounts"):
            if made is not None:
                opening.open_accounts(self.sandbox.root, engine.values(), made)
        with steps.step("Start the simulated controllers"):
            start_controllers(engine, self.without)
        return engine

    def _update(self, engine: Engine, *arguments: str, then: str) -> None:
        """Run an update, after what the last one left is brought back if that did not end well.

        The accounts are the sandbox's own: whatever is in them without a note was made by it.
        """
        unfinished = self.sandbox.unfinished
        if unfinished.exists() or engine.backend.notes():
            self.console.print("\n[bold]The last update did not end: what it left is brought back[/]")
            self._recovered(engine, adopt=True)
        unfinished.touch()
        updates.run(engine, self.console, *arguments, "--yes", "--suppress-outputs", then=then)
        unfinished.unlink()

    def _recovered(self, engine: Engine, *, adopt: bool, force: bool = False) -> Report:
        try:
            report = mending.recover(engine, adopt=adopt, force=force)
        except RecoveryError as error:
            raise SandboxError(str(error)) from error
        report.show(self.console)
        return report

    def _after_update(self, command: str) -> str:
        """How to go on after an update that failed halfway."""
        log = Process(sandbox=self.sandbox, name=CONTROLLERS).log
        return (
            f"What was done stays, and the sandbox runs on. Correct what is named there and run `{command}` again: it "
            f"goes on from here. `make doctor` shows what does not fit together, {_short(log)} what the simulated "
            "controllers wait for, docs/runbooks has the ways out, and `make clean` begins anew."
        )

    def _engine(self, built: tools.Tools) -> Engine:
        return Engine(
            sandbox=self.sandbox,
            program=REPOSITORY,
            pulumi=built.pulumi,
            commands=built.commands,
            checkpoints=self.checkpoints,
        )

    def _check(self, engine: Engine, *, settling: float = 0.0) -> bool:
        """Run the wiring check and print what it found; what is broken is given so many seconds."""
        try:
            report = examination.run(self.sandbox.kubeconfig, None, engine.state(), settling=settling)
        except DoctorError as error:
            raise SandboxError(str(error)) from error
        wiring.show(report, self.console)
        return report.healthy

    def _show_charts(self, engine: Engine) -> None:
        """Where the charts come from, if they are real ones, and what of them the sandbox cannot bring."""
        packages = self.sandbox.packages()
        if packages is None:
            return
        definitions = Definitions.below(self.sandbox.crds)
        uses = of_state(engine.state()["deployment"].get("resources", []))
        brought = [(use.chart, use.rendered(definitions, packages).left_out) for use in uses]
        left_out = [f"{chart}: {obj['kind']} {obj['metadata']['name']}" for chart, found in brought for obj in found]
        self._say(f"Charts are taken from {_short(packages)}. Left out, as nobody would answer without containers:")
        for line in left_out or ["nothing"]:
            self._say(f"  {line}")

    def _show_services(self, engine: Engine) -> None:
        services.show(engine.outputs()["services"], self.console)
        self._say(
            f"Next: after [bold]. {_short(self.sandbox.env)}[/] pulumi and kubectl are the sandbox's: "
            "[bold]kubectl get pods -A[/] shows the pods."
        )

    def _say(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, highlight=False)

    def stop_all(self) -> None:
        """End every process, controllers first: they would complain about the API server's end."""
        Process(sandbox=self.sandbox, name=CONTROLLERS).stop()
        Cluster.stop(self.sandbox)
        processes.end_all(self.sandbox)


def start_controllers(engine: Engine, without: Sequence[str]) -> None:
    """Start the simulated controllers but for some, by their names, unless they run.

    Raises:
        SandboxError: they are not ready in time.
    """
    sandbox = engine.sandbox
    ready = sandbox.run / f"{CONTROLLERS}.ready"
    process = Process(sandbox=sandbox, name=CONTROLLERS)
    if process.pid() is None:
        ready.unlink(missing_ok=True)
    process.start(
        [sys.executable, "-m", "sandbox.controllers", *(f"--without={name}" for name in without)],
        {**engine.environment(), "PYTHONPATH": str(REPOSITORY)},
    )
    process.wait_for(ready.exists)


def _short(path: Path) -> str:
    """A path as one types it in the clone."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
