"""Which alerts need not be said beside which others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Quieted:
    """Alerts of which nobody is told while another one says it all."""

    by: str
    """Name of the one that is said."""
    alerts: Sequence[str] = ()
    """Names of the others; none means whatever else is about the same."""
    same: Sequence[str]
    """Labels by which they are about the same: all of them have each, with one value."""

    @property
    def rule(self) -> dict[str, Any]:
        """As an AlertmanagerConfig has it, where a label that two alerts lack would have one value, too."""
        others = (
            matcher("alertname", "=~", "|".join(self.alerts)) if self.alerts else matcher("alertname", "!=", self.by)
        )
        return {
            "sourceMatch": [matcher("alertname", "=", self.by)],
            "targetMatch": [others, *(matcher(label, "=~", ".+") for label in self.same)],
            "equal": list(self.same),
        }


QUIETED: Final = (
    Quieted(by="NodeDown", same=["node"]),
    Quieted(by="NodeDiskFull", alerts=["NodeDiskFilling"], same=["instance", "mountpoint"]),
    Quieted(by="ClaimFull", alerts=["ClaimFilling"], same=["namespace", "persistentvolumeclaim"]),
    Quieted(by="ProbeFailing", alerts=["ProbeSlow"], same=["instance"]),
    Quieted(by="PodCrashLooping", alerts=["PodNotReady"], same=["namespace", "pod"]),
)


def matcher(label: str, how: str, value: str) -> dict[str, str]:
    """One condition on a label: `=`, `!=`, `=~` or `!~`."""
    return {"name": label, "matchType": how, "value": value}
