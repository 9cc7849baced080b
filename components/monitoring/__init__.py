"""Flow 6: metrics, from whoever has them to whoever looks at them, and alerts."""

from components.monitoring.ground import MonitoringGround, MonitoringGroundArgs
from components.monitoring.layer import Monitoring, MonitoringArgs

__all__ = ["Monitoring", "MonitoringArgs", "MonitoringGround", "MonitoringGroundArgs"]
