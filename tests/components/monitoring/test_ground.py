"""The kinds of object by which parts say where their metrics are."""

from __future__ import annotations

from components import versions
from components.monitoring import MonitoringGround, MonitoringGroundArgs
from components.settings import MonitoringSettings
from tests.support.parts import chart_sources, project, site, waits_for
from tests.support.recorder import record


def test_the_kinds_come_by_argo_cd_into_the_namespace_of_monitoring() -> None:
    recording = record(
        lambda: MonitoringGround(
            "monitoring", MonitoringGroundArgs(site=site(), project=project(), settings=MonitoringSettings())
        )
    )
    application = recording.one(":Application", "prometheus-operator-crds")
    assert application.spec["destination"]["namespace"] == "temporis"
    (chart,) = chart_sources(application)
    assert chart["targetRevision"] == versions.PROMETHEUS_OPERATOR_CRDS.version
    assert waits_for(recording, application, "core/v1:Namespace", "temporis")
