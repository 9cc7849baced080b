"""Reads the stack configuration: once, whole, with every problem in one error."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

import pulumi
from pulumi.runtime.config import CONFIG
from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake

from components.apps import APPS
from components.configuration import relations
from components.configuration.blanks import without_blanks
from components.configuration.problems import NAMESPACE, Path, SettingsError, explain, line, place
from components.configuration.tree import Settings, settings_model, with_default_hosts
from components.kit import App
from components.settings.pasted import check_secret
from components.settings.secrets import SECRET_KEYS, Secrets


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Everything that the stack file says."""

    settings: Settings
    secrets: Secrets


def load(apps: Sequence[type[App]] = APPS) -> Configuration:
    """The configuration of the stack that is being deployed, with these applications.

    Raises:
        SettingsError: it cannot be used; the message has every problem.
    """
    # pulumi.Config answers for single keys only, and an unknown key is one that nobody asks for
    own = {
        key.removeprefix(f"{NAMESPACE}:"): value
        for key, value in CONFIG.get().items()
        if key.startswith(f"{NAMESPACE}:")
    }
    encrypted = {key for key in own if pulumi.runtime.is_config_secret(f"{NAMESPACE}:{key}")}
    plain = {key: value for key, value in own.items() if key not in SECRET_KEYS}
    settings, problems = _validate(
        plain, encrypted & {info.alias or "" for info in Settings.model_fields.values()}, settings_model(apps)
    )
    problems += _check_secrets(own, encrypted)
    if settings is None or problems:
        raise SettingsError(problems, source=f"Pulumi.{pulumi.get_stack()}.yaml")
    secrets = Secrets(**{to_snake(key): pulumi.Output.secret(str(own[key])) for key in SECRET_KEYS})
    return Configuration(settings=settings, secrets=secrets)


def parse(values: Mapping[str, Any], apps: Sequence[type[App]] = APPS) -> Settings:
    """The settings that plain keys, without their namespace, stand for; a structured one may be given as JSON text.

    Raises:
        SettingsError: they cannot be used; the message has every problem.
    """
    settings, problems = _validate(values, set(), settings_model(apps))
    if settings is None or problems:
        raise SettingsError(problems, source="Pulumi.<stack>.yaml")
    return settings


def _validate(
    values: Mapping[str, Any], encrypted: set[str], model: type[Settings]
) -> tuple[Settings | None, list[str]]:
    """The settings, if each value is good by itself, and every problem; of `encrypted` keys no value is looked at."""
    decoded = {str(key): _decoded(str(key), value) for key, value in values.items() if key not in encrypted}
    given = without_blanks(decoded, model)
    problems = [line((key,), _ENCRYPTED) for key in sorted(encrypted)]
    broken: set[Path] = {(key,) for key in encrypted}
    settings = None
    try:
        settings = with_default_hosts(model.model_validate(given, by_alias=True, by_name=False))
    except ValidationError as invalid:
        errors = [error for error in invalid.errors(include_url=False) if place(error) not in broken]
        broken |= {place(error) for error in errors}
        problems += [text for error in errors for text in explain(error, model)]
    problems += relations.check(relations.without(given, broken), broken, model)
    return settings, problems


_ENCRYPTED = (
    "encrypted, in whole or in part; expected plain values, since manifests show them: set them without --secret, "
    f"and keep secrets in the keys made for them, {', '.join(SECRET_KEYS)}"
)


def _decoded(key: str, value: Any) -> Any:
    """The value of a key; the engine hands structured ones over as JSON text."""
    field = next((info for info in Settings.model_fields.values() if info.alias == key), None)
    if field is None or not isinstance(value, str):
        return value
    structured = get_origin(field.annotation) is dict or (
        isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    )
    try:
        return json.loads(value, parse_int=_whole) if structured else value
    except (ValueError, RecursionError):
        return value


def _whole(digits: str) -> int | float:
    """A whole number; Python refuses to read one of thousands of digits, and no setting has one."""
    return int(digits) if len(digits) < 20 else float(digits)


def _check_secrets(own: Mapping[str, Any], encrypted: set[str]) -> Iterator[str]:
    for key, what in SECRET_KEYS.items():
        command = f"set it with: pulumi config set --secret {NAMESPACE}:{key}"
        if key not in own:
            yield line((key,), f"missing; expected the {what}; {command}")
        elif key not in encrypted:
            yield line(
                (key,), f"stored in plain text; replace it where it was made, others may have read it, and {command}"
            )
        elif wrong := check_secret(key, own[key]):
            yield line((key,), f"{wrong}; expected the {what}; {command}")
