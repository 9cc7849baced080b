"""Rules of where the values of secrets must not be.

A literal is recognised by the name of what it is given to: its own text tells nothing. A value that the stack holds as
a secret is recognised by not being text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from components.vocabulary import EXEMPT
from policy.objects import WORKLOADS, Object, annotations_of, containers_of, pod_template, spec_of
from policy.rule import EVERY_KIND, Context, Rule

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""Annotation in which `kubectl apply` keeps a whole object: of a Secret, its values."""

SECRET_WORDS: Final = frozenset({"APIKEY", "CREDENTIALS", "KEY", "PASSPHRASE", "PASSWD", "PASSWORD", "SECRET", "TOKEN"})
"""Last words of a variable's name that holds a secret: `DB_PASSWORD` does, `TOKEN_URL` and `KEY_FILE` do not."""

NAMES_A_SECRET: Final = frozenset({"KEY", "SECRET"})
"""Words that mean the name or the checksum of a Secret where they end an annotation."""

RUN_TOGETHER: Final = ("APIKEY", "PASSWORD", "PASSWD", "SECRET", "TOKEN")
"""Words that also count without a separator before them, as in `DBPASSWORD`."""


SWITCHES: Final = frozenset({"true", "false"})
"""Values that are no secret, whatever the variable is called: `USE_REFRESH_TOKEN` is `false`."""


def _is_secret(name: str, words: frozenset[str]) -> bool:
    *others, last = re.split(r"[^A-Z0-9]+", name.upper())
    if last == "KEY" and others[-1:] == ["PUBLIC"]:
        return False
    return last in words or any(word in words and last.endswith(word) for word in RUN_TOGETHER)


def _is_literal(value: Any) -> bool:
    """Whether a value says something itself, beyond referring to other variables."""
    if isinstance(value, str):
        return value not in SWITCHES and bool(re.sub(r"\$\([^)]*\)", "", value))
    return value is not None


def _environment(obj: Object, _context: Context) -> Iterator[str]:
    template = pod_template(obj)
    for container in containers_of(spec_of(template)) if template is not None else ():
        for variable in container.get("env") or []:
            name, value = variable.get("name") or "", variable.get("value")
            if _is_literal(value) and (not isinstance(value, str) or _is_secret(name, SECRET_WORDS)):
                yield (
                    f"container {container.get('name')}: the value of {name} stands in the manifest: "
                    "refer to the key of a Secret"
                )


def _annotations(obj: Object, _context: Context) -> Iterator[str]:
    template = pod_template(obj)
    for place in [obj] if template is None or template is obj else [obj, template]:
        for key, value in annotations_of(place).items():
            # An exemption ends with the name of a rule, and its value is a reason.
            name = "" if key.startswith(EXEMPT) else key.rpartition("/")[2]
            if key == LAST_APPLIED and obj["kind"] == "Secret":
                yield f"annotation {key} repeats the values of the Secret: apply it on the server's side"
            elif _is_literal(value) and (not isinstance(value, str) or _is_secret(name, SECRET_WORDS - NAMES_A_SECRET)):
                yield f"annotation {key} has the value of a secret: whoever may read the object reads it"


RULES: Final = (
    Rule(
        name="no-secrets-in-environment",
        description="No environment variable has the value of a secret: it refers to a Secret.",
        kinds=WORKLOADS,
        judge=_environment,
    ),
    Rule(
        name="no-secrets-in-annotations",
        description="No annotation has the value of a secret.",
        kinds=EVERY_KIND,
        judge=_annotations,
    ),
)
