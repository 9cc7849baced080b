"""The first steps of the drill: the platform comes up by whoever delivers."""

from __future__ import annotations

from typing import Final

from drills.course import Course
from drills.gitops.backends import Backend
from drills.gitops.seen import WELL, all_of
from drills.home import up
from sandbox import kube
from sandbox.engine import Engine

UP: Final = 900.0
SOON: Final = 60.0
"""Seconds for all of it, and until nothing is under way any more."""


def bring_up(course: Course, engine: Engine, backend: Backend) -> None:
    """The whole platform, from one `pulumi up`."""
    with course.step("pulumi up of the whole platform", expected="up", within=UP, essential=True) as step:
        with backend.alongside(engine, step):
            up(engine)
        step.seen = "up"
    cluster = kube.Client.from_kubeconfig(engine.sandbox.kubeconfig)
    with course.step("the platform's own charts", expected=WELL, within=SOON) as step:
        step.until(lambda: all_of(cluster))
