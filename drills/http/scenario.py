"""The steps of the drill, from what Traefik makes of the objects to who may call past it."""

from __future__ import annotations

from typing import Final

from drills.http import answers, bodies, mishaps, names, paths, policies, signing_in, tls, visitors
from drills.http.judged import Judge
from drills.http.scene import Scene

STARTED: Final = "Traefik makes a router of every rule, and finds no fault in anything"
NO_FAULT: Final = "no fault"
WITHIN: Final = 90.0


def run(scene: Scene, judge: Judge) -> None:
    """All steps, in order; the judge looks at the same objects."""
    course, traefik = scene.course, scene.traefik
    with course.step(STARTED, expected=NO_FAULT, within=WITHIN, essential=True) as step:
        traefik.start()
        step.until(lambda: "; ".join(traefik.faults()) or NO_FAULT)
        step.note = ", ".join(f"{len(traefik.told(what))} {what}" for what in ("routers", "services", "middlewares"))
    judge.all_well(scene, STARTED, NO_FAULT)
    tls.run(scene)
    long = bodies.Long(scene=scene)
    long.begin()
    answers.run(scene)
    signing_in.run(scene)
    paths.run(scene)
    names.run(scene)
    visitors.run(scene, scene.cloudflare)
    bodies.large(scene)
    policies.run(scene)
    mishaps.run(scene, judge)
    long.end()
