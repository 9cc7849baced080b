"""Every drill there is, in the order in which they are begun: what no machine should go without comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from drills.backups.drill import BACKUPS
from drills.certificates.drill import CERTIFICATES
from drills.chaos.drill import ACCOUNTS, CLUSTER, KILLS, LOAD, STATE
from drills.databases.drill import DATABASES
from drills.flow import Flow
from drills.gitops.drill import GITOPS
from drills.http.drill import HTTP
from drills.monitoring.drill import MONITORING
from drills.tunnel.drill import TUNNEL

FLOWS: Final[Mapping[str, Flow]] = {
    flow.name: flow
    for flow in (
        *(KILLS, GITOPS, DATABASES, BACKUPS, MONITORING, CERTIFICATES, HTTP, TUNNEL),
        *(CLUSTER, ACCOUNTS, STATE, LOAD),
    )
}
