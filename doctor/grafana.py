"""Checks of Grafana: its files, what its datasources ask, and what its dashboards ask them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from doctor import kube
from doctor.calls import call_to, followed, pods_of
from doctor.check import Context, Reference, check, unless
from doctor.files import File, files
from doctor.snapshot import Snapshot
from policy.objects import containers_of, label, namespace_of

PROVISIONING: Final = PurePosixPath("/etc/grafana/provisioning")
HOME: Final = "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"
"""Variable with the path of the dashboard that people see first."""
OWN: Final = ("grafana", "-- Grafana --", "-- Mixed --", "-- Dashboard --")
"""Uids of the datasources that Grafana has by itself."""
AGAIN: Final = "`pulumi up --refresh` makes it anew"


@dataclass(frozen=True, kw_only=True)
class Grafana:
    """One Grafana, as far as its files can be read."""

    owner: kube.Object
    files: list[File]
    datasources: list[Mapping[str, Any]]
    dashboards: list[tuple[File, Mapping[str, Any]]]
    folders: list[PurePosixPath]
    """Where it looks for dashboards."""
    unreadable: list[tuple[File, str]]
    """With what is wrong."""


def _all(snapshot: Snapshot) -> list[Grafana]:
    """Every Grafana: whatever has files for provisioning."""
    found: list[Grafana] = snapshot.once("grafana", lambda: list(_find(snapshot)))
    return found


def _find(snapshot: Snapshot) -> Iterator[Grafana]:
    owners = {label(file.owner): file.owner for file in files(snapshot) if PROVISIONING in file.path.parents}
    for name, owner in owners.items():
        yield _read(owner, [file for file in files(snapshot) if label(file.owner) == name])


def _read(owner: kube.Object, own: list[File]) -> Grafana:
    grafana = Grafana(owner=owner, files=own, datasources=[], dashboards=[], folders=[], unreadable=[])
    for file in own:
        part = file.path.parent.name if PROVISIONING in file.path.parents else ""
        if not part and file.path.suffix != ".json":
            continue
        content = _parsed(file, grafana.unreadable)
        if part == "datasources":
            grafana.datasources.extend(_entries(content, "datasources"))
        elif part == "dashboards":
            paths = [(item.get("options") or {}).get("path") for item in _entries(content, "providers")]
            grafana.folders.extend(PurePosixPath(path) for path in paths if path)
        elif content:
            grafana.dashboards.append((file, content))
    return grafana


def _parsed(file: File, unreadable: list[tuple[File, str]]) -> Mapping[str, Any]:
    """A file's content, which is JSON or YAML; nothing, with a remark, if it is neither."""
    if file.text is None:
        unreadable.append((file, "there is no such ConfigMap, or no such key in it"))
        return {}
    try:
        # JSON is read as such: all of it is YAML, too, but slow to read.
        content = json.loads(file.text) if file.text.lstrip().startswith("{") else yaml.safe_load(file.text)
    except (ValueError, yaml.YAMLError) as error:
        unreadable.append((file, f"it cannot be read: {' '.join(str(error).split())}"))
        return {}
    if not isinstance(content, Mapping):
        unreadable.append((file, "it is no mapping of keys"))
        return {}
    return content


def _entries(content: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = content.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


@check("Grafana -> its files")
def readable(context: Context) -> Iterator[Reference]:
    """Whatever it is given at its start is there, and can be read."""
    for grafana in _all(context.snapshot):
        faults = {file.path: fault for file, fault in grafana.unreadable}
        for file in grafana.files:
            fault = faults.get(file.path, "")
            yield Reference(label(grafana.owner), str(file.path), *unless(not fault, fault, AGAIN))


@check("Grafana -> its first dashboard")
def home(context: Context) -> Iterator[Reference]:
    """What people see first is among its files."""
    for grafana in _all(context.snapshot):
        paths = {str(file.path) for file in grafana.files}
        for container in containers_of(grafana.owner["spec"]["template"]["spec"]):
            for variable in container.get("env") or []:
                if variable["name"] == HOME and "value" in variable:
                    fault, advice = "no file is there, so people see Grafana's own page", f"correct {HOME}"
                    problem = unless(variable["value"] in paths, fault, advice)
                    yield Reference(label(grafana.owner), variable["value"], *problem)


@check("dashboard -> Grafana")
def shown(context: Context) -> Iterator[Reference]:
    """Every dashboard beside a Grafana is where it looks for some."""
    for grafana in _all(context.snapshot):
        shown_there = {
            (file.config_map, file.key)
            for file in grafana.files
            if any(folder in file.path.parents for folder in grafana.folders)
        }
        for config_map in context.snapshot.within("ConfigMap", namespace_of(grafana.owner)):
            for key, text in (config_map.get("data") or {}).items():
                if key.endswith(".json") and '"panels"' in text:
                    fault = f"{label(grafana.owner)} has no such file where it looks for dashboards, so nobody sees it"
                    advice = "give it to Grafana as a file, or delete it"
                    found = (config_map["metadata"]["name"], key) in shown_there
                    yield Reference(f"{label(config_map)} key {key}", "Grafana", *unless(found, fault, advice))


@check("datasource -> Service")
def asked(context: Context) -> Iterator[Reference]:
    """What a datasource asks is there, and Grafana may call it."""
    for grafana in _all(context.snapshot):
        callers = pods_of(context.snapshot, grafana.owner)
        for source in grafana.datasources:
            subject = f"{label(grafana.owner)} datasource {source.get('uid') or source.get('name')}"
            url = str(source.get("url") or "")
            call = call_to(url, subject=subject, callers=callers, means="panels that ask it stay empty")
            yield from followed(context.snapshot, call) if call else ()


@check("dashboard -> datasource")
def named(context: Context) -> Iterator[Reference]:
    """Every datasource that a dashboard names is one of Grafana's."""
    for grafana in _all(context.snapshot):
        if not grafana.datasources:
            continue  # its file cannot be read, which is said elsewhere
        known = {source.get("uid") for source in grafana.datasources}
        for file, dashboard in grafana.dashboards:
            for uid in dict.fromkeys(_uids(dashboard)):
                fault = f"there is no such datasource: there are {', '.join(sorted(map(str, known)))}"
                yield Reference(
                    f"{label(grafana.owner)} file {file.path}",
                    f"datasource {uid}",
                    *unless(uid in known, fault, "correct the uid"),
                )


def _uids(value: Any) -> Iterator[str]:
    """The uids of datasources that are named somewhere in a dashboard; not those that are chosen on its page."""
    if isinstance(value, Mapping):
        source = value.get("datasource")
        uid = source.get("uid") if isinstance(source, Mapping) else source
        if isinstance(uid, str) and uid and uid not in OWN and not uid.startswith("$"):
            yield uid
        for item in value.values():
            yield from _uids(item)
    elif isinstance(value, list):
        for item in value:
            yield from _uids(item)
