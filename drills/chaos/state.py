"""Trouble with the state itself: no room for it, a file that is cut off, yesterday's copy, two at once, no passphrase.

The way back is the runbook's each time, by its own commands.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from drills.chaos.following import Person
from drills.chaos.held import holding, updating
from drills.chaos.scene import ADOPT, Done, Scene
from drills.chaos.tally import Tally
from drills.chaos.vault import PASSWORD, Vault
from drills.chaos.worlds import Difference
from drills.disk import Disk
from drills.home import GONE, UP, configure
from sandbox.paths import REPOSITORY
from sandbox.plugins.accounts.account import NAMES

RUNBOOK: Final = "docs/runbooks/state-damaged.md"
CUT_OFF: Final = "## The file is cut off, empty or gone"
ANOTHER_DAY: Final = "## A copy of another day was put back"
ENCRYPTED: Final = "## The passphrase is another one"
ROTATED: Final = "argocd-oidc-client-secret"
TITLE: Final = "argocd-oidc client-secret"
REPLACE: Final = ("--replace", f"**::{ROTATED}")
CLONED: Final = ("__main__.py", "Pulumi.yaml", "Pulumi.homelab.yaml", "components")
"""What of this repository pulumi needs."""
APART: Final = 1000
"""Between the numbers of what two people begin."""
ROOM: Final = 32
"""Megabytes beside all that the state is by then, for the copies that the engine makes of it."""
SPARED: Final = "filebrowser"
"""An application that comes and goes without data."""
PRINTER: Final = {"target": "http://192.168.1.30", "group": "homelab-users"}


def run(scene: Scene, tally: Tally) -> None:
    """One trouble after the other."""
    with tempfile.TemporaryDirectory(prefix="homelab-state-") as folder:
        person = Person(scene=scene, home=Path(folder) / "home")
        troubles = Troubles(scene=scene, tally=tally, person=person, folder=Path(folder))
        troubles.passphrase()
        troubles.damaged()
        troubles.another_day()
        troubles.full()


@dataclass(frozen=True, kw_only=True)
class Troubles:
    """The troubles of one platform's state."""

    scene: Scene
    tally: Tally
    person: Person
    folder: Path
    """For what is of the moment."""

    @property
    def file(self) -> Path:
        """The state."""
        return self.scene.engine.backend.file

    @property
    def vault(self) -> Vault:
        """Where the item is that gets another value."""
        return Vault(account=self.scene.account("onepassword"))

    def passphrase(self) -> None:
        """Somebody gives another passphrase, and an empty one; the vault has the right one."""
        right = self.scene.engine.environment()["PULUMI_CONFIG_PASSPHRASE"]
        for what, given in (("another one", "another"), ("empty", "")):
            environment = {"PULUMI_CONFIG_PASSPHRASE": given}
            left = self._refused(
                "incorrect passphrase", partial(self.scene.pulumi, *UP, *REPLACE, environment=environment)
            )
            with self.vault.holding("the passphrase", {PASSWORD: right}) as own:
                (vault,) = {item["vault"] for key, item in self.vault.items().items() if key == own}
                commands = self.person.follow(RUNBOOK, ENCRYPTED, vault=vault, item=own)
            self.tally.tried(f"the passphrase is {what}", Difference(left=left), commands)

    def damaged(self) -> None:
        """The file is cut off in the middle, is empty, is gone."""
        whole = self.file.read_bytes()
        for what, damage, words in (
            ("cut off", partial(self.file.write_bytes, whole[: len(whole) // 2]), "unexpected end of JSON input"),
            ("empty", partial(self.file.write_bytes, b""), "unexpected end of JSON input"),
            ("gone", self.file.unlink, "no stack selected"),
        ):
            damage()
            left = self._refused(words, partial(self.scene.up, *REPLACE))
            commands = self.person.follow(RUNBOOK, CUT_OFF, up_to=ADOPT, folder=self.backend)
            if self.file.read_bytes() != whole:
                left = (*left, "the state that came back is another one")
            self.tally.tried(f"the file of the state is {what}", Difference(left=left), commands)

    def another_day(self) -> None:
        """Things are deleted, replaced and made, and then yesterday's state is put back.

        Of yesterday are a machine behind Access that is gone today, and an item that has another id today. Of today is
        an application that there was not yesterday.
        """
        with self._yesterday():
            self.scene.up().works()
            copy = self.file.read_bytes()
        self.two_at_once()
        self.file.write_bytes(copy)
        commands = self.person.follow(RUNBOOK, ANOTHER_DAY)
        # The values are today's, which a copy of yesterday does not know.
        self.tally.tried("yesterday's state is put back", self.person.whole(), commands)

    def two_at_once(self) -> None:
        """Two update the same state from two clones: one goes on, the other changes nothing and can go on later."""
        engine = replace(self.scene.engine, program=self._clone())
        other = replace(self.scene, engine=engine, begun=self.scene.begun + APART)
        with updating(self.scene, *REPLACE) as first:
            first.until("there is a lock", self._locked)
            left = tuple(_one_error(other.up(*REPLACE), "the stack is currently locked by 1 lock(s)"))
        first.ended().works()
        before = self.vault.of(TITLE)
        other.up("--expect-no-changes").works()
        if self.vault.of(TITLE) != before:
            left = (*left, f"{TITLE}: the update that was refused has changed it")
        difference = self.person.whole(rotated=True)
        self.tally.tried("two update at once", replace(difference, left=(*difference.left, *left)))

    def full(self) -> None:
        """The disk is full from the moment in which an item has been made, and pulumi gives up.

        Without a disk of the state's own, which not every machine permits, this is not tried.
        """
        with self._small_disk() as disk:
            if not disk.own:
                return
            with updating(self.scene, *REPLACE) as update:
                with holding(self.vault.account) as asked:
                    update.until("the vault is asked", lambda: update.noted(ROTATED, "creating") and asked())
                    disk.fill()
                while update.process.poll() is None:
                    # What the engine cuts off leaves room, which others take: at once, or its next state finds it.
                    disk.fill()
            left = tuple(_says(update.ended(), "no space left on device"))
            disk.free()
            left += self._refused("unexpected end of JSON input", self.scene.up)
            commands = self.person.follow(RUNBOOK, CUT_OFF, folder=self.backend)
        difference = self.person.whole(rotated=True)
        self.tally.tried("the disk of the state is full", replace(difference, left=(*difference.left, *left)), commands)

    @property
    def backend(self) -> str:
        """The folder that the runbook speaks of."""
        return str(self.scene.engine.sandbox.state)

    def _refused(self, words: str, update: Callable[[], Done]) -> tuple[str, ...]:
        """What is wrong with an update that is to be refused in one line, and to change nothing at all."""
        sandbox = self.scene.engine.sandbox
        held = [path for path in (self.file, *(sandbox.account(name) for name in NAMES)) if path.exists()]
        before = {path: path.read_bytes() for path in held}
        done = update()
        changed = [f"{path.name}: it was changed" for path in held if path.read_bytes() != before[path]]
        return (*_one_error(done, words), *changed)

    def _locked(self) -> bool:
        return any((self.scene.engine.sandbox.state / ".pulumi" / "locks").rglob("*.json"))

    @contextmanager
    def _yesterday(self) -> Iterator[None]:
        """The stack file of yesterday, while the block runs."""
        engine = self.scene.engine
        before = engine.stack_file.read_bytes()
        zone = next(iter(engine.plain("zones")))
        apps: dict[str, Any] = {**engine.plain("apps"), SPARED: GONE}
        configure(engine, {"apps": apps, "access": {**engine.plain("access"), f"printer.{zone}": PRINTER}})
        try:
            yield
        finally:
            engine.stack_file.write_bytes(before)

    def _clone(self) -> Path:
        """Another clone of the program."""
        clone = self.folder / "clone"
        clone.mkdir()
        for name in CLONED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, clone / name)
        return clone

    @contextmanager
    def _small_disk(self) -> Iterator[Disk]:
        """Have the state on a small disk of its own while the block runs."""
        state, aside = self.scene.engine.sandbox.state, self.folder / "aside"
        held = sum(path.stat().st_size for path in state.rglob("*") if path.is_file()) >> 20
        disk = Disk(folder=state, size=f"{held + ROOM}m")
        shutil.copytree(state, aside)
        try:
            with disk.mounted():
                if disk.own:
                    shutil.copytree(aside, state, dirs_exist_ok=True)
                try:
                    yield disk
                finally:
                    shutil.rmtree(aside)
                    shutil.copytree(state, aside)
        finally:
            shutil.rmtree(state)
            shutil.copytree(aside, state)


def _one_error(done: Done, words: str) -> Iterator[str]:
    """What is wrong with how a refused update says why."""
    yield from _says(done, words)
    if len(done.errors) != 1:
        yield f"{len(done.errors)} errors instead of one: {'; '.join(done.errors)}"


def _says(done: Done, words: str) -> Iterator[str]:
    if done.code == 0:
        yield f"it went on, instead of saying {words}"
    if words not in done.text:
        yield f"it does not say {words}: {done.text[-500:]}"
