"""What a stack file says of monitoring: what is kept for how long, who is told, and which rooms are watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from components.settings import kinds
from components.settings.base import Checked, Model


class PrometheusSettings(Model):
    """What Prometheus keeps itself, on a node's own disk; the bucket has the rest."""

    size: kinds.Size = "20Gi"
    """Size of the volume of each Prometheus that is made from now on; one that is there keeps its own."""
    days: int = Field(default=7, strict=True, ge=1, le=365)
    """Days that it keeps; it deletes what is oldest before its volume is full."""
    memory: kinds.Size = "2Gi"
    """Memory that each Prometheus asks for, and may take."""


class ThanosSettings(Model):
    """How long the bucket on the NFS server keeps metrics, by resolution."""

    raw: int = Field(default=60, strict=True, ge=3, le=3650)
    """Days of every sample; they are downsampled after two, so that less would leave nothing."""
    five_minutes: int = Field(default=365, strict=True, ge=11, le=36500)
    """Days of one value in five minutes, which are made into hours after ten."""
    hours: int = Field(default=3650, strict=True, ge=11, le=36500)
    """Days of one value an hour."""


class InfluxDbSettings(Model):
    """InfluxDB, which keeps chosen series for the long term, and what Proxmox sends."""

    size: kinds.Size = "50Gi"
    """Size of its volume."""
    memory: kinds.Size = "1Gi"
    """Memory that it asks for, and may take."""
    proxmox_days: int = Field(default=365, strict=True, ge=1, le=36500)
    """Days that measurements of Proxmox are kept; chosen series of Prometheus are kept for ever."""


class Alerts(Model):
    """Who is told of what is wrong."""

    item: kinds.ItemId
    """Id of the 1Password item with the fields `discord` and `watchdog`, or the one that is used."""
    discord: bool = Field(default=True, strict=True)
    """Whether a channel in Discord hears of alerts, by the webhook in the field `discord`."""
    watchdog: bool = Field(default=False, strict=True)
    """Whether the address in the field `watchdog` is called every few minutes: a service outside the house that tells
    when the calls end, and with them all of this."""


class Remo(Model):
    """Sensors of Nature Remo."""

    item: kinds.ItemId
    """Id of the 1Password item with the field `token`, an access token of Nature's cloud."""
    too_hot: int = Field(default=35, strict=True, ge=-50, le=100)
    """Degrees Celsius of a room above which there is an alert."""


class MonitoringSettings(Checked):
    """Metrics, what is made of them, and who is told."""

    enabled: bool = Field(default=True, strict=True)
    """Whether it is on. Off, nothing of it runs and nobody reaches it; its data stays where it is."""
    data: Literal["kept", "removable", "removed"] = "kept"
    """What becomes of its data: `kept` is protected; `removable` may be deleted by an update that has a reason to;
    `removed`, while it is off, is gone; an empty namespace stays. Only what is `removable` can be `removed`."""
    prometheus: PrometheusSettings = PrometheusSettings()
    """Prometheus itself."""
    thanos: ThanosSettings = ThanosSettings()
    """The bucket."""
    influxdb: InfluxDbSettings = InfluxDbSettings()
    """InfluxDB."""
    alerts: Alerts | None = None
    """Who is told; without it, alerts are on Grafana's and Alertmanager's pages only."""
    remo: Remo | None = None
    """Sensors of Nature Remo; without it, there is no exporter for them."""
    runbooks: kinds.Url | None = None
    """Where the repository's files can be read, such as https://github.com/owner/name/blob/main: alerts link to its
    runbooks there. Without it, they name the files."""

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together, by the keys that lead to it from here."""
        if self.data == "removed" and self.enabled:
            yield ("data",), "expected kept or removable while monitoring is on, got 'removed'"
        if self.alerts and not self.alerts.discord and not self.alerts.watchdog:
            yield ("alerts",), "expected discord: true or watchdog: true in it, got neither"
