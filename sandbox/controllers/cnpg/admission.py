"""What CloudNativePG's webhook refuses, refused by the API server itself.

Nothing answers a webhook here, so its rules are written as policies of the API server, which there are as long as the
operator's Deployment is. Of its rules there are those that a program may break by mistake; its defaults are taken where
a Cluster is read (`cluster.py`). Without the operator the real webhook refuses everything: that is not covered.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import names

GROUP: Final = "postgresql.cnpg.io"
API: Final = "admissionregistration.k8s.io/v1"
POLICY: Final = (API, "ValidatingAdmissionPolicy")
BINDING: Final = (API, "ValidatingAdmissionPolicyBinding")
FIXED: Final = [
    "allow_system_table_mods",
    "archive_cleanup_command",
    "archive_command",
    "archive_mode",
    "bonjour",
    "bonjour_name",
    "cluster_name",
    "config_file",
    "data_directory",
    "data_sync_retry",
    "event_source",
    "external_pid_file",
    "hba_file",
    "hot_standby",
    "ident_file",
    "jit_provider",
    "listen_addresses",
    "log_destination",
    "log_directory",
    "log_file_mode",
    "log_filename",
    "log_rotation_age",
    "log_rotation_size",
    "log_truncate_on_rotation",
    "logging_collector",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "promote_trigger_file",
    "recovery_end_command",
    "recovery_min_apply_delay",
    "recovery_target",
    "recovery_target_action",
    "recovery_target_inclusive",
    "recovery_target_lsn",
    "recovery_target_name",
    "recovery_target_time",
    "recovery_target_timeline",
    "recovery_target_xid",
    "restart_after_crash",
    "restore_command",
    "shared_preload_libraries",
    "ssl",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_file",
    "ssl_dh_params_file",
    "ssl_ecdh_curve",
    "ssl_key_file",
    "ssl_passphrase_command",
    "ssl_passphrase_command_supports_reload",
    "ssl_prefer_server_ciphers",
    "stats_temp_directory",
    "synchronized_standby_slots",
    "synchronous_standby_names",
    "syslog_facility",
    "syslog_ident",
    "syslog_sequence_numbers",
    "syslog_split_messages",
    "temp_tablespaces",
    "unix_socket_directories",
    "unix_socket_group",
    "unix_socket_permissions",
]
"""PostgreSQL's parameters that the operator keeps to itself."""
TIME: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)?$"
TARGETS: Final = ("targetImmediate", "targetLSN", "targetName", "targetXID", "targetTime")
WAYS: Final = ("initdb", "recovery", "pg_basebackup")
RECOVERY: Final = "spec.?bootstrap.?recovery"
Rule = tuple[str, str]
"""What has to hold, and what is said if it does not; `object` and `oldObject` are the new and the old one."""


def _size(field: str) -> Iterator[Rule]:
    """Of a volume."""
    given = f"object.spec.?{field}"
    size, old = f"{given}.?size", f"oldObject.spec.?{field}.?size"
    missing = f"spec.{field}.size: Size not configured. Please add it, or a storage request in the pvcTemplate."
    yield f"!{given}.hasValue() || {size}.hasValue() || {given}.?pvcTemplate.hasValue()", missing
    yield f"!{size}.hasValue() || isQuantity({size}.value())", f"spec.{field}.size: Size value isn't valid"
    grown = f"quantity({size}.value()).compareTo(quantity({old}.value())) >= 0"
    shrunk = f"spec.{field}: can't shrink existing storage"
    yield f"oldObject == null || !{size}.hasValue() || !{old}.hasValue() || {grown}", shrunk


def _recovery() -> Iterator[Rule]:
    target, source = f"object.{RECOVERY}.?recoveryTarget", f"object.{RECOVERY}.?source"
    given = " + ".join(f"({target}.?{name}.hasValue() ? 1 : 0)" for name in TARGETS)
    path = "spec.bootstrap.recovery"
    yield f"{given} <= 1", f"{path}.recoveryTarget: Recovery target options are mutually exclusive"
    time = f"{target}.?targetTime"
    yield (
        f"!{time}.hasValue() || {time}.value().matches({json.dumps(TIME)})",
        f"{path}.recoveryTarget: The format of TargetTime is invalid",
    )
    others = "object.spec.?externalClusters.orValue([])"
    yield (
        f"!{source}.hasValue() || {others}.exists(item, item.name == {source}.value())",
        f"{path}.source: External cluster not found",
    )
    missing = "both Barman and CNPG-i plugin configurations are missing"
    usable = "has(item.plugin) || has(item.barmanObjectStore)"
    yield (
        f"!{source}.hasValue() || {others}.all(item, item.name != {source}.value() || {usable})",
        f"{path}.source: External cluster cannot be used for recovery: {missing}",
    )
    yield (
        f"{others}.all(item, {others}.filter(other, other.name == item.name).size() == 1)",
        "spec.externalClusters: the list of external clusters contains duplicate values",
    )


def cluster_rules() -> Iterator[Rule]:
    """Of Clusters."""
    yield (
        "object.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        "metadata.name: cluster name must be a valid DNS label",
    )
    yield "size(object.metadata.name) <= 50", "metadata.name: the maximum length of a cluster name is 50 characters"
    yield from _size("storage")
    yield from _size("walStorage")
    yield (
        "oldObject == null || !has(oldObject.spec.walStorage) || has(object.spec.walStorage)",
        "spec.walStorage: walStorage cannot be disabled once configured",
    )
    ways = " + ".join(
        f"(object.spec.?bootstrap.?{way}.hasValue() ? 1 : 0)" for way in ("initdb", "recovery", "pg_basebackup")
    )
    yield f"{ways} <= 1", "spec.bootstrap: Only one bootstrap method can be specified at a time"
    yield from _recovery()
    parameters = "object.spec.?postgresql.?parameters"
    yield (
        f"!{parameters}.hasValue() || {parameters}.value().all(name, !(name in {json.dumps(FIXED)}))",
        "spec.postgresql.parameters: Can't set fixed configuration parameter",
    )
    plugins = "object.spec.?plugins.orValue([])"
    yield (
        f"{plugins}.filter(plugin, plugin.?enabled.orValue(true) && plugin.?isWALArchiver.orValue(false)).size() <= 1",
        "spec.plugins: Cannot enable more than one WAL archiver plugin",
    )
    roles = "object.spec.?managed.?roles.orValue([])"
    yield (
        f"{roles}.all(role, {roles}.filter(other, other.name == role.name).size() == 1)",
        "spec.managed.roles: Role name is duplicate of another",
    )
    reserved = "role.name.matches('^(postgres|streaming_replica|pg_.*|cnpg_.*)$')"
    yield (
        f"{roles}.all(role, !{reserved})",
        "spec.managed.roles: This role is reserved for operator use",
    )
    yield (
        "object.spec.?primaryUpdateStrategy.orValue('') != 'supervised' || object.spec.?instances.orValue(1) > 1",
        "spec.primaryUpdateStrategy: supervised update strategy is not allowed for clusters with a single instance",
    )


def schedule_rules() -> Iterator[Rule]:
    """Of ScheduledBackups: only how many fields there are."""
    yield r"object.spec.schedule.matches('^(@.+|\\S+( +\\S+){4,5})$')", "spec.schedule: Expected 5 to 6 fields"


def backup_rules() -> Iterator[Rule]:
    """Of Backups."""
    yield (
        "object.spec.?method.orValue('') != 'plugin' || object.spec.?pluginConfiguration.?name.orValue('') != ''",
        "spec.pluginConfiguration: cannot be empty when the backup method is plugin",
    )


def policies() -> Iterator[kube.Object]:
    """The policies, each with its binding."""
    kinds = {"cluster": cluster_rules, "scheduledbackup": schedule_rules, "backup": backup_rules}
    for kind, rules in kinds.items():
        meta = {"name": f"v{kind}.cnpg.io", "labels": {"app.kubernetes.io/managed-by": names.MANAGER}}
        what = {
            "apiGroups": [GROUP],
            "apiVersions": ["v1"],
            "operations": ["CREATE", "UPDATE"],
            "resources": [f"{kind}s"],
        }
        validations: list[dict[str, Any]] = [{"expression": rule, "message": said} for rule, said in rules()]
        spec = {"matchConstraints": {"resourceRules": [what]}, "validations": validations}
        yield {"apiVersion": API, "kind": POLICY[1], "metadata": meta, "spec": spec}
        bound = {"policyName": meta["name"], "validationActions": ["Deny"]}
        yield {"apiVersion": API, "kind": BINDING[1], "metadata": meta, "spec": bound}
