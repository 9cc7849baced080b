"""The drill of flow 1: the platform comes up through the real Argo CD, and a developer works with it.

Everything around it is as in the sandbox. The simulated Argo CD then goes through the same steps in another sandbox and
has to come to the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from drills.authority import Authority
from drills.flow import Bench, Flow
from drills.gitops import homelab
from drills.gitops.backends import Backend, Real, Simulated
from drills.gitops.charts import Charts
from drills.gitops.coming_up import bring_up
from drills.gitops.delivery import Delivery
from drills.gitops.git import Server
from drills.gitops.github import API, GitHub
from drills.gitops.outside import Outside
from drills.gitops.scenario import Scenario
from drills.home import home
from drills.programs import ARGO_CD, KUSTOMIZE
from drills.web import Site, Web
from sandbox.tools import HELM


def run(bench: Bench) -> None:
    """Both, one after the other."""
    charts = Charts(folder=bench.folder / "charts", helm=bench.tools[HELM.name])
    charts.package()
    for backend in (Real(tools=bench.tools), Simulated()):
        folder = bench.folder / backend.name.replace(" ", "-").lower()
        folder.mkdir()
        _go_through(bench, backend, charts, folder)


def _go_through(bench: Bench, backend: Backend, charts: Charts, folder: Path) -> None:
    course = bench.course(backend.name)
    git, channel = Server(folder=folder / "git"), homelab.Channel()
    github = GitHub.make(folder / "github", git)
    known = {homelab.DISCORD: channel.answer, API: github.answer, **dict.fromkeys(charts.hosts(), charts.answer)}
    other = github.read if backend.has_credentials else git.answer

    def site(host: str) -> Site:
        return known.get(host, other)

    web = Web(authority=Authority.make(folder / "authority"), site=site)
    with web.serving(), _environment(web.environment()), home(folder, bench.console, without=backend.without) as engine:
        homelab.complete(engine, github)
        bring_up(course, engine, backend)
        delivery = Delivery.found(engine.sandbox, git, backend.told)
        outside = Outside(web=web, channel=channel, github=github)
        Scenario(course=course, delivery=delivery, backend=backend, outside=outside).run()


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """What is started within the block finds its way to the drill's internet."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


GITOPS: Final = Flow(
    name="gitops",
    title="a push reaches the cluster, by the real Argo CD and by its simulation",
    programs=(ARGO_CD, KUSTOMIZE, HELM),
    packages={"redis-server": "redis-server", "git": "git"},
    minutes=20,
    run=run,
)
