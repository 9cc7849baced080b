"""Pictures of the dashboards, drawn of what the drill's own queries yield: Grafana cannot be had here."""
