"""What is in InfluxDB beside data: buckets, and a token for each program with the least that it has to be allowed."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.batch.v1 import Job, JobSpecArgs
from pulumi_kubernetes.core.v1 import (
    ContainerArgs,
    EmptyDirVolumeSourceArgs,
    PodSpecArgs,
    PodTemplateSpecArgs,
    Secret,
    ServiceAccount,
    VolumeArgs,
    VolumeMountArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import PolicyRuleArgs, Role, RoleBinding, RoleRefArgs, SubjectArgs

from components import versions
from components.kit import AllowTrafficArgs, Namespace, Pods, Resources, SecretKey, Site, allow_traffic, plain
from components.kit.containers import confined, confined_pod
from components.kit.userinput import digest
from components.kit.workload import NAME_LABEL
from components.monitoring.influx_cli import ADMIN, USER, Operator
from components.vocabulary import EXEMPT

TOKEN: Final = "token"  # noqa: S105 - a key's name
"""Key of the Secrets."""

MANIFESTS: Final = "/tokens"
"""Where one container leaves the tokens for the other, as manifests of their Secrets: in memory, gone with the pod."""

LONG: Final = 180
"""Days from which on a bucket's pieces are of a week: as InfluxDB does it, which opens every piece at its start."""

ATTEMPTS: Final = 6
MINUTES: Final = 15
"""Until the Job is given up: InfluxDB runs before it, so that it takes seconds."""

EXEMPTION: Final = {
    f"{EXEMPT}no-service-account-token": "it puts InfluxDB's tokens into Secrets, and may do nothing else"
}

WORDS: Final = f"""\
set -euo pipefail
umask 077

bucket_id() {{
  influx bucket list --hide-headers | awk -F '\\t+' -v name="$1" '$2 == name {{ print $1 }}'
}}

# bucket <name> <how long it keeps what it has> <how much of that goes at once>
bucket() {{
  local id
  id="$(bucket_id "$1")"
  if [ -n "$id" ]; then
    influx bucket update --id "$id" --retention "$2" --shard-group-duration "$3" > /dev/null
  else
    influx bucket create --name "$1" --retention "$2" --shard-group-duration "$3" > /dev/null
  fi
}}

# token <name> <Secret> <read:bucket or write:bucket>...
token() {{
  local described="$1: ${{*:3}}" rights=() right id value
  for right in "${{@:3}}"; do
    id="$(bucket_id "${{right#*:}}")"
    [ -n "$id" ]
    rights+=("--${{right%%:*}}-bucket" "$id")
  done
  value="$(influx auth list --hide-headers \\
    | awk -F '\\t+' -v described="$described" '$2 == described {{ value = $3 }} END {{ print value }}')"
  if [ -z "$value" ]; then
    value="$(influx auth create --hide-headers --user {ADMIN} --description "$described" "${{rights[@]}}" \\
      | awk -F '\\t+' '{{ print $3 }}')"
  fi
  [ -n "$value" ]
  cat > {MANIFESTS}/"$1".yaml <<END
apiVersion: v1
kind: Secret
metadata:
  name: $2
data:
  {TOKEN}: $(printf %s "$value" | base64 --wrap=0)
END
}}

"""
"""Makes what is missing and leaves what is there. A token is known by its description, which says what it may: whoever
is to be allowed something else gets another one."""


@dataclass(frozen=True, kw_only=True)
class InfluxDbAccessArgs:
    """Which buckets there are, and who may do what with them."""

    site: Site
    namespace: Namespace
    operator: Operator
    influxdb: pulumi.Resource
    """Done when InfluxDB can be asked."""
    buckets: Mapping[str, int]
    """Number of days that each keeps what it has; 0 is for ever."""
    tokens: Mapping[str, Sequence[str]]
    """What may be done with each token, as `read:<bucket>` and `write:<bucket>`, by the name of whoever has it."""


class InfluxDbAccess(pulumi.ComponentResource):
    """Buckets, and a Secret for each token, which a Job fills.

    InfluxDB makes tokens up by itself (decision 26). So the Secrets are made without a value, and the Job puts a token
    into each; it may change these Secrets, and read none. It runs once: it is called by what it brings about, and for
    anything else there is another Job.
    """

    tokens: Mapping[str, SecretKey]
    """By name; each waits for the Job."""

    def __init__(self, name: str, args: InfluxDbAccessArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:InfluxDbAccess", name, plain(args), opts)
        self._name, self._args = name, args
        self._labels = {NAME_LABEL: name}
        secrets = {token: f"{name}-{token}" for token in args.tokens}
        made = [Secret(secret, metadata=self._metadata(secret), opts=self._opts()) for secret in secrets.values()]
        pods = Pods(namespace=args.namespace, labels=self._labels)
        calls = allow_traffic(
            name,
            {
                "to-influxdb": AllowTrafficArgs(source=pods, target=args.operator.endpoint),
                "to-api-server": AllowTrafficArgs(source=pods, target=args.site.api_server),
            },
            parent=self,
        )
        job = self._job(secrets, [*made, *calls, *self._account(list(secrets.values()))])
        self.tokens = {token: SecretKey(secret=secret, key=TOKEN, synced=job) for token, secret in secrets.items()}
        self.register_outputs({})

    def _account(self, secrets: list[str]) -> list[pulumi.Resource]:
        """Who may change these Secrets, without reading them."""
        account = ServiceAccount(
            self._name,
            metadata=self._metadata(self._name),
            automount_service_account_token=False,
            opts=self._opts(),
        )
        role = Role(
            self._name,
            metadata=self._metadata(self._name),
            rules=[PolicyRuleArgs(api_groups=[""], resources=["secrets"], resource_names=secrets, verbs=["patch"])],
            opts=self._opts(),
        )
        binding = RoleBinding(
            self._name,
            metadata=self._metadata(self._name),
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=self._name),
            subjects=[SubjectArgs(kind="ServiceAccount", name=self._name, namespace=self._args.namespace.name)],
            opts=self._opts([account, role]),
        )
        return [account, binding]

    def _job(self, secrets: Mapping[str, str], depends_on: Sequence[pulumi.Resource]) -> Job:
        args = self._args
        script = WORDS + "".join(f"{line}\n" for line in _wanted(args, secrets))
        filled = VolumeMountArgs(name="tokens", mount_path=MANIFESTS)
        return Job(
            self._name,
            metadata=self._metadata(f"{self._name}-{digest(script)}"),
            spec=JobSpecArgs(
                backoff_limit=ATTEMPTS,
                active_deadline_seconds=MINUTES * 60,
                template=PodTemplateSpecArgs(
                    metadata=ObjectMetaArgs(labels=self._labels, annotations=EXEMPTION),
                    spec=PodSpecArgs(
                        restart_policy="OnFailure",
                        service_account_name=self._name,
                        automount_service_account_token=True,
                        enable_service_links=False,
                        security_context=confined_pod(USER),
                        init_containers=[args.operator.container("influx", script, [filled])],
                        containers=[self._carrier()],
                        volumes=[VolumeArgs(name="tokens", empty_dir=EmptyDirVolumeSourceArgs(medium="Memory"))],
                    ),
                ),
            ),
            # Its name says what it does: one that is to do it again needs the name.
            opts=self._opts([args.influxdb, args.operator.token.synced, *depends_on], delete_before_replace=True),
        )

    def _carrier(self) -> ContainerArgs:
        """Puts the tokens into their Secrets, as a manager of its own: the program's own fields are not touched."""
        return ContainerArgs(
            name="kubectl",
            image=self._args.site.image(versions.KUBECTL),
            args=[
                "apply",
                "--server-side",
                f"--field-manager={self._name}",
                f"--namespace={self._args.namespace.name}",
                f"--filename={MANIFESTS}",
            ],
            resources=Resources(memory="128Mi").requirements,
            security_context=confined(),
            volume_mounts=[VolumeMountArgs(name="tokens", mount_path=MANIFESTS, read_only=True)],
        )

    def _metadata(self, name: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=self._args.namespace.name, labels=self._labels)

    def _opts(
        self, depends_on: Sequence[pulumi.Resource] = (), *, delete_before_replace: bool | None = None
    ) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=[self._args.namespace.resource, *depends_on],
            delete_before_replace=delete_before_replace,
        )


def _wanted(args: InfluxDbAccessArgs, secrets: Mapping[str, str]) -> list[str]:
    """What the script is to bring about, in its own words: buckets first."""
    buckets = [["bucket", name, *_retention(days)] for name, days in args.buckets.items()]
    tokens = [["token", name, secrets[name], *rights] for name, rights in args.tokens.items()]
    return [shlex.join(words) for words in (*buckets, *tokens)]


def _retention(days: int) -> tuple[str, str]:
    """How long a bucket keeps, and the length of the pieces that it deletes as a whole.

    InfluxDB would choose the second when it makes a bucket, and later refuse a retention that is shorter.
    """
    return f"{days}d" if days else "0", "1d" if 0 < days < LONG else "7d"
