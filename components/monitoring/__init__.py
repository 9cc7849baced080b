"""Metrics: so far the kinds of object by which every part says where its own are."""

from components.monitoring.layer import Monitoring, MonitoringArgs

__all__ = ["Monitoring", "MonitoringArgs"]
