from __future__ import annotations

from typing import Any

from policy.rules.secrets import LAST_APPLIED
from tests.support.judging import Case, contained, thing, workload


def with_variable(name: str, value: Any) -> dict[str, Any]:
    return contained(env=[{"name": name, "value": value}])


CASES = (
    *(
        Case(
            rule="no-secrets-in-environment",
            obj=with_variable(name, "swordfish"),
            problem=f"the value of {name} stands in the manifest",
        )
        for name in ("DB_PASSWORD", "OAUTH_TOKEN", "clientSecret", "API_KEY", "DBPASSWORD", "RESTIC_PASSPHRASE")
    ),
    Case(
        rule="no-secrets-in-environment",
        obj=with_variable("HARMLESS", {"ciphertext": "a value that the stack holds as a secret"}),
        problem="the value of HARMLESS stands in the manifest",
    ),
    *(
        Case(rule="no-secrets-in-environment", obj=with_variable(name, "plain"))
        for name in ("DB_USER", "TOKEN_URL", "DB_PASSWORD_FILE", "SSH_PUBLIC_KEY", "MONKEY")
    ),
    Case(rule="no-secrets-in-environment", obj=with_variable("DB_PASSWORD", "")),
    Case(rule="no-secrets-in-environment", obj=with_variable("USE_REFRESH_TOKEN", "false")),
    Case(rule="no-secrets-in-environment", obj=with_variable("DB_PASSWORD", "$(PGPASSWORD)")),
    Case(
        rule="no-secrets-in-environment",
        obj=contained(env=[{"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}]),
    ),
    Case(
        rule="no-secrets-in-annotations",
        obj=thing("Service", annotations={"example.org/api-token": "swordfish"}),
        problem="annotation example.org/api-token has the value of a secret",
    ),
    Case(
        rule="no-secrets-in-annotations",
        obj=workload(annotations={"password": "swordfish"}),
        problem="annotation password has the value of a secret",
    ),
    Case(
        rule="no-secrets-in-annotations",
        obj=thing("Ingress", annotations={"note": {"ciphertext": "a value that the stack holds as a secret"}}),
        problem="annotation note has the value of a secret",
    ),
    Case(
        rule="no-secrets-in-annotations",
        obj=thing("Secret", annotations={LAST_APPLIED: "{}"}),
        problem="repeats the values of the Secret",
    ),
    Case(rule="no-secrets-in-annotations", obj=thing("ConfigMap", annotations={LAST_APPLIED: "{}"})),
    Case(rule="no-secrets-in-annotations", obj=workload(annotations={"checksum/secret": "4f2a"})),
    Case(
        rule="no-secrets-in-annotations",
        obj=workload(annotations={"homelab/exempt-no-service-account-token": "it asks the API server"}),
    ),
)
