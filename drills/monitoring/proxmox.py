"""What Proxmox sends to InfluxDB, in the words of its own plugin: of a node, of a guest of each kind, of a storage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

DAY: Final = 86_400
NODE: Final = "object=nodes,host=pve1"
GUESTS: Final = ("object=qemu,vmid=100,nodename=pve1,host=router", "object=lxc,vmid=101,nodename=pve1,host=dns")
STORAGE: Final = "object=storages,nodename=pve1,host=local,type=dir"
EVERY: Final = 10
"""Seconds from one round to the next."""


def lines(since: int, now: float) -> str:
    """All rounds of a time, at least one, as lines of InfluxDB's protocol."""
    moments = range(since, max(int(now), since) + 1, EVERY)
    return "\n".join(line for moment in moments for line in _round(moment, moment % DAY))


def _round(moment: int, passed: int) -> list[str]:
    # It goes up and down, and what is counted goes on.
    load = 0.2 + 0.1 * math.sin(passed / 60)
    counted = 1e6 * (passed + 20 * math.sin(passed / 40))
    system = {
        "uptime": passed,
        "cpu": load,
        "cpus": 8,
        "mem": 4e9 * (1 + load),
        "maxmem": 16e9,
        "disk": 2e10,
        "maxdisk": 1e11,
    }
    flows = {"netin": counted, "netout": counted, "diskread": counted, "diskwrite": counted}
    points: list[tuple[str, Mapping[str, float]]] = [
        (f"system,{NODE}", system),
        (
            f"cpustat,{NODE}",
            {"cpu": load, "wait": load / 20, "user": 0.1, "avg1": 0.5, "avg5": 0.4, "avg15": 0.3, "cpus": 8},
        ),
        (f"memory,{NODE}", {"memtotal": 16e9, "memused": 8e9, "memfree": 8e9, "swaptotal": 1e9, "swapused": 0}),
        (f"blockstat,{NODE}", {"total": 1e11, "used": 4e10, "avail": 6e10}),
        (f"nics,{NODE},instance=vmbr0", {"receive": counted, "transmit": counted}),
        *((f"system,{guest}", {**system, **flows}) for guest in GUESTS),
        (f"system,{STORAGE}", {"total": 1e12, "used": 5e11, "avail": 5e11}),
    ]
    time = moment * 1_000_000_000
    return [f"{name} {','.join(f'{key}={value!r}' for key, value in fields.items())} {time}" for name, fields in points]
