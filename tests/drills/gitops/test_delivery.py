"""What a push waits for: one that comes too soon would be lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drills.gitops import delivery
from drills.gitops.delivery import Delivery
from drills.gitops.git import Repository
from sandbox import kube


class Cluster(kube.Client):
    """One whose only object has been asked for until it was listed so many times."""

    def __init__(self, kind: str, annotation: str, times: int) -> None:
        self._kind = kind
        self._asked: Iterator[dict[str, Any]] = iter([{"annotations": {annotation: "true"}}] * times)
        self.listed = 0

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str | None = None
    ) -> list[kube.Object]:
        del api_version, namespace, selector
        if kind != self._kind:
            return []
        self.listed += 1
        return [{"metadata": next(self._asked, {})}]


@pytest.mark.parametrize(
    ("kind", "annotation"),
    [
        ("Application", "argocd.argoproj.io/refresh"),
        ("ApplicationSet", "argocd.argoproj.io/application-set-refresh"),
    ],
)
def test_a_push_waits_until_what_the_last_one_asked_for_is_done(
    kind: str, annotation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "QUIET_SECONDS", 0.01)
    cluster = Cluster(kind, annotation, times=3)
    made = Delivery(
        cluster=cluster, url="", pattern="", repository=Repository(clone=Path()), told=lambda _url, _commit: None
    )
    made.settle()
    assert cluster.listed == 4
    monkeypatch.setattr(delivery, "SETTLED_SECONDS", 0.05)
    dataclasses.replace(made, cluster=Cluster(kind, annotation, times=1000)).settle()
