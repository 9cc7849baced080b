"""What Proxmox sends to InfluxDB, in the words of its own plugin: of a node, of a guest of each kind, of a storage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NODE: Final = "object=nodes,host=pve1"
GUESTS: Final = ("object=qemu,vmid=100,nodename=pve1,host=router", "object=lxc,vmid=101,nodename=pve1,host=dns")
STORAGE: Final = "object=storages,nodename=pve1,host=local,type=dir"
SECONDS: Final = (60, 50, 40, 30, 20, 10, 0)
"""How old its rounds are: rates need more than one."""


def lines(now: float) -> str:
    """Some rounds, as lines of InfluxDB's protocol."""
    return "\n".join(line for age in SECONDS for line in _round(now - age, 60 - age))


def _round(moment: float, passed: int) -> list[str]:
    counted = 1e6 * (passed + 1)
    system = {"uptime": 1000 + passed, "cpu": 0.2, "cpus": 8, "mem": 4e9, "maxmem": 16e9, "disk": 2e10, "maxdisk": 1e11}
    flows = {"netin": counted, "netout": counted, "diskread": counted, "diskwrite": counted}
    points: list[tuple[str, Mapping[str, float]]] = [
        (f"system,{NODE}", system),
        (f"cpustat,{NODE}", {"cpu": 0.2, "wait": 0.01, "user": 0.1, "avg1": 0.5, "avg5": 0.4, "avg15": 0.3, "cpus": 8}),
        (f"memory,{NODE}", {"memtotal": 16e9, "memused": 8e9, "memfree": 8e9, "swaptotal": 1e9, "swapused": 0}),
        (f"blockstat,{NODE}", {"total": 1e11, "used": 4e10, "avail": 6e10}),
        (f"nics,{NODE},instance=vmbr0", {"receive": counted, "transmit": counted}),
        *((f"system,{guest}", {**system, **flows}) for guest in GUESTS),
        (f"system,{STORAGE}", {"total": 1e12, "used": 5e11, "avail": 5e11}),
    ]
    time = int(moment * 1e9)
    return [f"{name} {','.join(f'{key}={value!r}' for key, value in fields.items())} {time}" for name, fields in points]
