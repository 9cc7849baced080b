"""renovate.json against the repository: expressions that read and write the pins, rules that say what merges by itself.

Whether Renovate itself takes the file, and finds every pin with it, is what `make renovate` shows.
"""

from __future__ import annotations

import fnmatch
import json
import re
from pathlib import Path
from typing import Any

import pytest

from components import versions
from components.versions import Chart, Image
from pipeline import pinned
from tests.conftest import REPOSITORY

CONFIG: dict[str, Any] = json.loads((REPOSITORY / "renovate.json").read_text(encoding="utf-8"))
SOURCE = Path(versions.__file__).read_text(encoding="utf-8")
DIGEST = f"sha256:{'0123456789abcdef' * 4}"
MANAGERS = CONFIG["customManagers"]
IMAGES = next(manager for manager in MANAGERS if "autoReplaceStringTemplate" in manager)


def expression(manager: dict[str, Any]) -> re.Pattern[str]:
    (text,) = manager["matchStrings"]
    return re.compile(text.replace("(?<", "(?P<"))


def found(source: str) -> list[dict[str, str | None]]:
    return [match.groupdict() for manager in MANAGERS for match in expression(manager).finditer(source)]


def rendered(groups: dict[str, str | None], value: str, digest: str | None) -> str:
    """The template as Renovate fills it in, as far as this one goes: values, and one condition."""
    text: str = IMAGES["autoReplaceStringTemplate"]
    text = re.sub(r"\{\{#if newDigest\}\}(.*?)\{\{/if\}\}", r"\1" if digest else "", text, flags=re.DOTALL)
    for name, given in {**groups, "newValue": value, "newDigest": digest}.items():
        text = text.replace(f"{{{{{{{name}}}}}}}", given or "")
    assert "{{" not in text
    return text


def test_each_pin_is_read_once_with_its_version() -> None:
    expected = {
        (pin.name, pin.version) if isinstance(pin, Chart) else (pin.repository, pin.tag)
        for pin in versions.pins().values()
    }
    read = [(item["depName"], item["currentValue"]) for item in found(SOURCE)]
    assert len(read) == len(expected)
    assert set(read) == expected


@pytest.mark.parametrize("name", [name for name, pin in versions.pins().items() if isinstance(pin, Image)])
def test_a_digest_is_written_into_a_pin_and_read_again(name: str) -> None:
    """First where there is none, then another one; each time the code is the pin that it has to be."""
    source, pin = SOURCE, versions.pins()[name]
    assert isinstance(pin, Image)
    for value, digest in (("9.9.9", DIGEST), ("9.9.10", DIGEST.replace("0", "f"))):
        (match,) = [item for item in expression(IMAGES).finditer(source) if item["depName"] == pin.repository]
        source = source.replace(match[0], rendered(match.groupdict(), value, digest))
        made: dict[str, Any] = {"__name__": versions.__name__}
        exec(compile(source, "versions.py", "exec"), made)  # noqa: S102 - the program's own text, with a digest in it
        assert made[name].ref() == f"{pin.repository}:{value}@{digest}"
        (read,) = [item for item in found(source) if item["depName"] == pin.repository]
        assert (read["currentValue"], read["currentDigest"]) == (value, digest)
        # What Renovate reads is one line, however long the address of a repository is.
        assert max(len(line) for line in source.splitlines() if not line.startswith("# renovate: ")) <= 120


def rules(package: str, *, update: str, version: str, file: str = "components/versions.py") -> dict[str, Any]:
    """What the rules together say of an update, the later ones over the earlier ones."""
    told: dict[str, Any] = {}
    for rule in CONFIG["packageRules"]:
        if _applies(rule, package, update, version, file):
            told |= {key: value for key, value in rule.items() if not key.startswith("match") and key != "description"}
    return told


def _applies(rule: dict[str, Any], package: str, update: str, version: str, file: str) -> bool:
    known = {"matchUpdateTypes", "matchCurrentVersion", "matchPackageNames", "matchFileNames"}
    if not {key for key in rule if key.startswith("match")} <= known:
        return False
    return (
        update in rule.get("matchUpdateTypes", [update])
        and _matches(rule.get("matchPackageNames", ["*"]), package)
        and _matches(rule.get("matchFileNames", ["**"]), file)
        and _matches([rule.get("matchCurrentVersion", "/./")], version)
    )


def _matches(patterns: list[str], text: str) -> bool:
    """Renovate's patterns: /expression/, !/expression/, or a name with stars."""
    for pattern in patterns:
        if pattern.startswith("!/"):
            if not re.search(pattern[2:-1], text):
                return True
        elif pattern.startswith("/"):
            if re.search(pattern[1:-1], text):
                return True
        elif fnmatch.fnmatch(text, pattern):
            return True
    return False


def test_patches_and_digests_merge_by_themselves() -> None:
    for update in ("patch", "digest", "pinDigest"):
        assert rules("authentik", update=update, version="2025.10.2")["automerge"]


@pytest.mark.parametrize("update", ["minor", "major"])
def test_larger_steps_wait_for_somebody(update: str) -> None:
    told = rules("authentik", update=update, version="2025.10.2")
    assert told["dependencyDashboardApproval"]
    assert not told.get("automerge")


@pytest.mark.parametrize("version", ["0.58.5", "v0.0.21"])
@pytest.mark.parametrize("update", ["patch", "minor"])
def test_before_the_first_release_nothing_is_a_small_step(version: str, update: str) -> None:
    assert not rules("deluan/navidrome", update=update, version=version).get("automerge")


@pytest.mark.parametrize(
    "package",
    [
        "valkey/valkey",
        "docker.io/library/redis",
        "bitnami/postgresql",
        "postgres",
        "cloudnative-pg",
        "ghcr.io/cloudnative-pg/postgresql",
        "ghcr.io/tensorchord/cloudnative-vectorchord",
        "github.com/cloudnative-pg/cloudnative-pg",
        "plugin-barman-cloud",
        "github.com/versity/versitygw",
        "versity/versitygw",
        "influxdb2",
        "influxdb",
        "prom/prometheus",
        "quay.io/thanos/thanos",
        "csi-driver-nfs",
        "nfs-subdir-external-provisioner",
    ],
)
@pytest.mark.parametrize("update", ["patch", "digest", "pinDigest", "minor", "major"])
def test_databases_and_storage_never_merge_by_themselves(package: str, update: str) -> None:
    told = rules(package, update=update, version="1.2.3")
    assert told["automerge"] is False
    assert told["dependencyDashboardApproval"]


def test_no_rule_after_that_of_the_data_takes_it_back() -> None:
    last = CONFIG["packageRules"][-1]
    assert last["automerge"] is False
    assert "data" in last["addLabels"]


def test_nothing_is_taken_on_the_day_it_appears() -> None:
    assert re.fullmatch(r"[1-9]\d* days", CONFIG["minimumReleaseAge"])
    assert CONFIG["internalChecksFilter"] == "strict"


@pytest.mark.parametrize("rule", CONFIG["packageRules"], ids=lambda rule: rule["description"][:40])
def test_every_rule_says_why(rule: dict[str, Any]) -> None:
    assert rule["description"].endswith(".")


def test_no_rule_names_a_package_or_a_file_that_is_not_here() -> None:
    """Names without a pattern: a typing error in one would quietly undo its rule."""
    pins = pinned.of(REPOSITORY)
    names = {pin.name for pin in pins} | {pin.name.rpartition("/")[2] for pin in pins}
    for rule in CONFIG["packageRules"]:
        for name in rule.get("matchPackageNames", []) + rule.get("matchDepNames", []):
            assert name.startswith("/") or "*" in name or name in names, name
        for file in rule.get("matchFileNames", []):
            assert "*" in file or (REPOSITORY / file).exists(), file


def test_modules_that_move_together_are_in_one_group() -> None:
    groups = {rule.get("groupName"): rule for rule in CONFIG["packageRules"]}
    staging = groups["Kubernetes"]
    kubernetes = [
        pin.name for pin in pinned.of(REPOSITORY) if pin.file == "tools/kubernetes/go.mod" and pin.name != "go"
    ]
    assert len(kubernetes) > 20
    assert all(_matches(staging["matchPackageNames"], name) for name in kubernetes)
    assert {"traefik", "traefik-crds"} <= set(groups["Traefik"]["matchPackageNames"])


def only_builds(module: Path) -> bool:
    """Whether a Go module has tools, and no code of its own."""
    return bool(pinned.TOOL.findall(module.read_text(encoding="utf-8"))) and not any(module.parent.glob("*.go"))


MODULES = [file for file in sorted((REPOSITORY / "tools").glob("*/go.mod")) if only_builds(file)]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.parent.name)
def test_a_module_that_only_builds_tools_requires_directly_only_what_holds_them(file: Path) -> None:
    """All else follows them: required directly, each of its releases would come as a pull request."""
    text = pinned.EXCLUDED.sub("", file.read_text(encoding="utf-8"))
    tools = pinned.TOOL.findall(text)
    direct = {match[1] for match in pinned.REQUIRED.finditer(text) if not match["indirect"]}
    assert {path for path in direct if not any(f"{tool}/".startswith(f"{path}/") for tool in tools)} == set()
