"""What CloudNativePG calls things."""

from __future__ import annotations

from typing import Final

VERSION: Final = "postgresql.cnpg.io/v1"
CLUSTER: Final = (VERSION, "Cluster")
DATABASE: Final = (VERSION, "Database")
BACKUP: Final = (VERSION, "Backup")
SCHEDULE: Final = (VERSION, "ScheduledBackup")
STORE: Final = ("barmancloud.cnpg.io/v1", "ObjectStore")
CLAIM: Final = ("v1", "PersistentVolumeClaim")
CONFIG_MAP: Final = ("v1", "ConfigMap")
POD: Final = ("v1", "Pod")
SECRET: Final = ("v1", "Secret")
SERVICE: Final = ("v1", "Service")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
BUDGET: Final = ("policy/v1", "PodDisruptionBudget")
ENDPOINTS: Final = ("discovery.k8s.io/v1", "EndpointSlice")

MANAGER: Final = "cloudnative-pg"
PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
SIDECAR: Final = "plugin-barman-cloud"

OF_CLUSTER: Final = "cnpg.io/cluster"
OF_INSTANCE: Final = "cnpg.io/instanceName"
ROLE: Final = "cnpg.io/instanceRole"
OLD_ROLE: Final = "role"
POD_ROLE: Final = "cnpg.io/podRole"
CLAIM_ROLE: Final = "cnpg.io/pvcRole"
SERIAL: Final = "cnpg.io/nodeSerial"
POD_SPEC: Final = "cnpg.io/podSpec"
RELOAD: Final = "cnpg.io/reload"
PLUGIN_NAME: Final = "cnpg.io/pluginName"

PORT: Final = 5432
METRICS_PORT: Final = 9187
STATUS_PORT: Final = 8000

HEALTHY: Final = "Cluster in healthy state"
FIRST_PRIMARY: Final = "Setting up primary"
NEW_REPLICA: Final = "Creating a new replica"
UPGRADING: Final = "Upgrading cluster"
NOT_ACTIVE: Final = "Waiting for the instances to become active"
UNKNOWN_PLUGIN: Final = "Cluster cannot proceed to reconciliation due to an unknown plugin being required"
PLUGIN_FAILURE: Final = "Cluster cannot proceed to reconciliation due to an error while interacting with plugins"
"""The operator's own words for a Cluster's phase."""
