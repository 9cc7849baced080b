"""The machines that everything runs on."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

DISKS: Final = 'fstype!~"tmpfs|ramfs|overlay|squashfs|nfs.*|fuse.*",mountpoint!~"/(run|var/lib/kubelet)/.*"'
"""File systems of the nodes' own disks, each once: neither memory, nor what is mounted from elsewhere, nor a volume."""
_AVAILABLE: Final = f"node_filesystem_avail_bytes{{{DISKS}}}"
_SIZE: Final = f"node_filesystem_size_bytes{{{DISKS}}}"

RULES: Final = (
    Alert(
        name="NodeDown",
        severity="critical",
        expr='kube_node_status_condition{condition="Ready",status="true"} == 0',
        wait="5m",
        summary="Node {{ $labels.node }} is not ready",
        description="Its kubelet does not report. After five minutes its pods are made anew elsewhere, but for those "
        "that have a volume on its disk.",
    ),
    Alert(
        name="NodeUnderPressure",
        severity="warning",
        expr='kube_node_status_condition{condition=~"DiskPressure|MemoryPressure|PIDPressure",status="true"} == 1',
        wait="5m",
        summary="Node {{ $labels.node }} has {{ $labels.condition }}",
        description="Its kubelet evicts pods and starts no new ones until there is room again.",
    ),
    Alert(
        name="NodeDiskFilling",
        severity="warning",
        # Half empty disks are left alone: a large download looks like the end of the world for an hour.
        expr=f"predict_linear({_AVAILABLE}[6h], 24 * 3600) < 0 and {_AVAILABLE} / {_SIZE} < 0.4",
        wait="1h",
        summary="The disk {{ $labels.mountpoint }} of {{ $labels.instance }} is full within a day",
        description="If it fills as it did in the last six hours. Volumes of local classes are on it.",
    ),
    Alert(
        name="NodeDiskFull",
        severity="critical",
        expr=f"{_AVAILABLE} / {_SIZE} < 0.1",
        wait="10m",
        summary="{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} left",
        description="The kubelet begins to evict pods, and databases with a volume on it stop when it is full.",
    ),
    Alert(
        name="NodeMemoryShort",
        severity="warning",
        expr="node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1",
        wait="15m",
        summary="{{ $labels.instance }} has {{ $value | humanizePercentage }} of its memory left",
        description="The kernel ends processes when it has none left, and not always those that take the most.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of nodes."""
    return RuleGroup(name="nodes", rules=RULES)
