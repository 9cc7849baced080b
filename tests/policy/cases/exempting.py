from __future__ import annotations

from tests.support.judging import Case, thing, workload

CASES = (
    Case(
        rule="exemptions",
        obj=thing("Service", annotations={"homelab/exempt-unheard-of": "because"}),
        problem="annotation homelab/exempt-unheard-of: there is no such rule; there are ",
    ),
    Case(
        rule="exemptions",
        obj=workload(annotations={"homelab/exempt-probes": " "}),
        problem="annotation homelab/exempt-probes: expected the reason, got nothing",
    ),
    Case(
        rule="exemptions",
        obj=thing("Service", annotations={"homelab/exempt-exemptions": "because"}),
        problem="annotation homelab/exempt-exemptions: there is no such rule",
    ),
    Case(rule="exemptions", obj=thing("Service", annotations={"homelab/exempt-no-open-ports": "it is the way in"})),
    Case(rule="exemptions", obj=thing("Service")),
)
