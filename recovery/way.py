"""The way back: locks, notes, and what an account has made without the engine hearing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from recovery import folder, locks
from recovery.directory import Directory
from recovery.engine import Engine, Pulumi
from recovery.errors import LockedError, RecoveryError
from recovery.mending import Asked, Mending
from recovery.report import Report
from recovery.state import State

Directories = Callable[[State, Engine], Mapping[str, Directory]]
"""Who is asked, by the package of a resource's type: for every provider of the state there has to be one."""


def recover(
    pulumi: Pulumi,
    directories: Directories,
    *,
    folders: Iterable[Path] = (),
    adopt: bool = False,
    force: bool = False,
) -> Report:
    """Bring an interrupted update back; `pulumi up` then goes on.

    Args:
        pulumi: the command line, which knows its stack.
        directories: where things are looked up.
        folders: those of this machine that the state is in.
        adopt: take over what is there without a note, too, or under another id than the state has. Otherwise that is
            looked for only if there are no notes, and listed.
        force: take away locks of other machines.

    Raises:
        RecoveryError: an update runs, an account that is needed for a note does not answer, or pulumi refuses.
    """
    engine = Engine(pulumi)
    report = Report(cut_off=[file for place in folders for file in folder.mend(place)])
    try:
        noted = _settled(engine, directories)
    except LockedError as error:
        report.locks.extend(locks.judged(str(error), force=force))
        engine.cancel()
        noted = _settled(engine, directories)
    report.found.extend(noted.found)
    if noted.found and not adopt:
        # It was killed: whatever else it was about has a note as well.
        return report
    try:
        _without_a_note(engine, directories, report, adopt=adopt)
    except RecoveryError as error:
        # What was noted is settled, and should be told.
        report.trouble = f"what was made without a note cannot be found out: {error}"
    return report


def _settled(engine: Engine, directories: Directories) -> Mending:
    """Every note, settled. It writes also where there is none: a locked stack says so then, with every backend."""
    mending = _mending(engine, directories)
    for operation, resource in mending.state.notes:
        mending.settle(operation, resource)
    mending.write(engine)
    return mending


def _without_a_note(engine: Engine, directories: Directories, report: Report, *, adopt: bool) -> None:
    """What is there under another id than the state has, and what an update would make a second time."""
    held = _mending(engine, directories)
    held.look_after_ids()
    if adopt and held.found:
        held.write(engine)
    found = held.found
    while True:
        made = _mending(engine, directories)
        creates, report.trouble = engine.creates()
        for declared in creates:
            made.adopt(declared)
        found.extend(made.found)
        if not adopt or not made.reread:
            break
        made.write(engine)  # what is known by the id of what was just taken over is found in the next round
    (report.found if adopt else report.waiting).extend(found)


def _mending(engine: Engine, directories: Directories) -> Mending:
    state = engine.export()
    return Mending(state, Asked(directories(state, engine)))
