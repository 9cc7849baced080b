"""Flow 6: metrics come, are kept, asked for, and told of, by the real Prometheus, Thanos, InfluxDB and Alertmanager."""
