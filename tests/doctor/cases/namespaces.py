from __future__ import annotations

from tests.support.breaking import Break
from tests.support.healthy import Healthy

MESSAGE = "Some content in the namespace has finalizers remaining: example.org/nobody in 1 resource instances"


def held_up(live: Healthy) -> None:
    namespace = live.get("Namespace", "echoserver")
    namespace["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "all is well"},
        {"type": "NamespaceFinalizersRemaining", "status": "True", "message": MESSAGE},
    ]
    namespace["status"] = {"phase": "Terminating", "conditions": conditions}


BREAKS = (
    Break(
        check="namespace -> held up by nothing",
        subject="Namespace echoserver",
        target="nothing in its way",
        problem=f"it is being deleted and still there: {MESSAGE}: look for what that is",
        change=held_up,
    ),
)
