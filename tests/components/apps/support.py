"""What tests of single applications have in common."""

from __future__ import annotations

from typing import Any

import pulumi

from components.kit import App, AppPlatform, CatalogEntry, ForwardAuth, TraefikRoute
from tests.support.parts import app_platform, container, policies
from tests.support.recorder import Recording, Secret, record

Object = dict[str, Any]


def deployed(app: App, **changes: Any) -> Recording[AppPlatform]:
    """What is registered for an application."""

    def program() -> AppPlatform:
        platform = app_platform(**changes)
        app.deploy(platform, opts=pulumi.ResourceOptions())
        return platform

    return record(program)


def entry(recording: Recording[AppPlatform]) -> CatalogEntry:
    """Its entry in the catalog, which is the only one."""
    (only,) = recording.result.base.contributions.catalog.close()
    return only


def guarded(recording: Recording[AppPlatform]) -> tuple[TraefikRoute, ForwardAuth]:
    """Its route and its sign-in, if that is forward auth."""
    exposure = entry(recording).exposure
    assert isinstance(exposure, TraefikRoute)
    assert isinstance(exposure.sign_in, ForwardAuth)
    return exposure, exposure.sign_in


def environment(recording: Recording[Any], name: str) -> dict[str, Any]:
    """The variables of a workload: a text, or name and key of a Secret."""
    return {
        item["name"]: item.get("value") or tuple(item["valueFrom"]["secretKeyRef"][key] for key in ("name", "key"))
        for item in container(recording, name)["env"]
    }


def mounted(recording: Recording[Any], name: str) -> dict[str, Object]:
    """The volumes of a workload, by where its container sees them."""
    pod = recording.one(":Deployment", name).spec["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    return {mount["mountPath"]: volumes[mount["name"]] for mount in container(recording, name)["volumeMounts"]}


def secret_file(recording: Recording[Any], item: str) -> tuple[str, str]:
    """Label and text of the file that an item of the vault carries, as a secret value."""
    sections = recording.one(":Item", item).inputs["sections"]
    assert isinstance(sections, Secret)
    (section,) = sections.value
    (field,) = section["fields"]
    return field["label"], field["value"]


def internet_ports(recording: Recording[Any], name: str) -> list[int]:
    """Where a workload may call the internet, and nothing at home."""
    spec = policies(recording).get(name)
    if spec is None:
        return []
    (rule,) = spec["egress"]
    assert all(peer["ipBlock"]["except"] for peer in rule["to"])
    return [int(port["port"]) for port in rule["ports"]]
