"""What is wrong in a stack file is said in one line a problem, every problem at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from components.configuration import SettingsError, parse
from components.configuration.tree import settings_model
from components.settings import SECRET_KEYS

STACK_FILE = Path(__file__).parents[3] / "Pulumi.homelab.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


def plain_values() -> dict[str, Any]:
    config = yaml.safe_load(STACK_FILE.read_text(encoding="utf-8"))["config"]
    ours = {key.removeprefix("homelab:"): value for key, value in config.items() if key.startswith("homelab:")}
    return {key: value for key, value in ours.items() if "secure" not in value}


def inner(values: dict[str, Any], path: str) -> tuple[Any, Any]:
    """The mapping or list that the last step of a path is in, and that step."""
    *parents, last = path.split("/")
    found: Any = values
    for key in parents:
        found = found[key]
    return found, int(last) if isinstance(found, list) else last


def changed(path: str, value: object) -> dict[str, Any]:
    values = plain_values()
    container, key = inner(values, path)
    container[key] = value
    return values


def problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        parse(values)
    header, *lines = str(refused.value).splitlines()
    assert header == f"Pulumi.<stack>.yaml: {len(lines)} problem{'s' if len(lines) > 1 else ''}"
    assert list(refused.value.problems) == lines
    return lines


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['path']}={case.get('value', '(absent)')!r}")
def test_a_bad_value_gives_exactly_its_lines(case: dict[str, Any]) -> None:
    values = plain_values()
    container, key = inner(values, case["path"])
    if "value" in case:
        container[key] = case["value"]
    else:
        del container[key]
    assert problems(values) == case["lines"].splitlines()


def test_a_key_of_the_top_that_is_not_known_is_told_what_there_is_and_what_is_near() -> None:
    (line,) = problems(changed("registry-mirror", "hunter2"))
    told = line.removeprefix("homelab:registry-mirror: unknown key; known here: ")
    known, _, near = told.partition(" (")
    assert near == "did you mean registryMirror?)"
    assert {*plain_values(), *SECRET_KEYS, "registryMirror"} <= set(known.split(", "))
    assert known.split(", ") == sorted(known.split(", "))


def test_a_host_is_as_long_as_dns_allows() -> None:
    (line,) = problems(changed("hosts/argocd", f"{'a.' * 130}org"))
    assert line.endswith("got a text of 263 characters (longer than 253 characters)")


def test_every_problem_is_reported_at_once() -> None:
    values = plain_values()
    for path, value in (
        ("hosts/argocd", "argocd"),
        ("access", {"navidrome.kubernetes.io": {"target": "ssh://192.168.1.11"}}),
        ("hosts/traefik", "grathnode.harvestasya.org"),
        ("cluster/nfs/export", "export"),
        ("cluster/nfs/serber", "192.168.1.10"),
        ("cluster/nodeAddresses/0", "node-1"),
        ("cluster/nodeAddresses/2", "192.168.1.12"),
        ("cluster/podCidr", "10.0.0.0/8"),
        ("acme/email", None),
        ("apps/navidrome", {"enabled": False, "dataSize": "much"}),
        ("apps/echoserver", {"enabled": "no", "replicas": 1}),
    ):
        container, key = inner(values, path)
        container[key] = value
    assert [line.partition(" ")[0] for line in problems(values)] == [
        "homelab:hosts.argocd:",
        "homelab:cluster.nfs.export:",
        "homelab:cluster.nfs.serber:",
        "homelab:cluster.nodeAddresses[0]:",
        "homelab:acme.email:",
        "homelab:apps.navidrome.dataSize:",
        "homelab:apps.echoserver.enabled:",
        'homelab:access["navidrome.kubernetes.io"]:',  # from here on: good by themselves
        "homelab:hosts.traefik:",
        "homelab:cluster.serviceCidr:",
        "homelab:cluster.nodeAddresses[2]:",
        "homelab:apps.filebrowser.enabled:",
    ]


def test_of_a_missing_mapping_every_value_is_named() -> None:
    values = plain_values()
    del values["cluster"]
    assert [line.partition(": ")[0] for line in problems(values)] == [
        "homelab:cluster.nfs.server",
        "homelab:cluster.nfs.export",
        "homelab:cluster.nodeAddresses",
        "homelab:cluster.podCidr",
        "homelab:cluster.serviceCidr",
    ]


def test_an_empty_configuration_names_all_that_it_takes() -> None:
    lines = problems({})
    keys = {line.partition(": ")[0] for line in lines}
    assert keys > {"homelab:zones", "homelab:hosts.argocd", "homelab:cluster.nfs.server", "homelab:acme.email"}
    assert len(keys) == len(lines)
    assert all("missing; expected " in line and "pulumi config set --path" in line for line in lines)


@pytest.mark.parametrize("value", ["X" * 40, "ops_" + "e" * 800])
@pytest.mark.parametrize(
    "path", ["hosts/argocd", "cloudflare/team", "acme/issuer", "onepassword/vault", "cluster/nodeAddresses/0", "apps"]
)
def test_what_may_be_a_token_in_the_wrong_place_is_not_repeated(path: str, value: str) -> None:
    (line,) = problems(changed(path, value))
    assert value[:5] not in line
    assert line.endswith(f"got a text of {len(value)} characters")


def paths(value: object, path: str = "") -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from paths(item, f"{path}/{key}" if path else key)


@pytest.mark.parametrize("path", list(paths(plain_values())))
@pytest.mark.parametrize("value", [[["hunter2"]], {"hunter2": {}}, -1])
def test_no_value_of_a_wrong_type_gets_through_or_breaks_the_report(path: str, value: object) -> None:
    lines = problems(changed(path, value))
    assert all(line.startswith("homelab:") and ("expected " in line or "unknown key" in line) for line in lines)


def optional(value: object, model: object) -> Iterator[str]:
    """Every key that has a default, and every mapping in the tree, by path."""
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    for info in model.model_fields.values():
        key = str(info.alias)
        if not info.is_required():
            yield key
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from (f"{key}/{path}" for path in optional(value, info.annotation))


@pytest.mark.parametrize("blank", [None, "", "  "])
@pytest.mark.parametrize("path", list(optional({}, settings_model())))
def test_a_blank_key_is_as_good_as_none(path: str, blank: object) -> None:
    *parents, last = path.split("/")
    with_blank, without = plain_values(), plain_values()
    for values, given in ((with_blank, {last: blank}), (without, {})):
        holder: Any = values
        for key in parents:
            holder = holder.setdefault(key, {})
        holder.pop(last, None)
        holder.update(given)

    def outcome(values: dict[str, Any]) -> object:
        try:
            return parse(values)
        except SettingsError as refused:
            return refused.problems

    assert outcome(with_blank) == outcome(without)
