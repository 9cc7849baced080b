"""The workflows: nothing in them that cannot be run on a workstation, and no right that is not needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / ".github"
TEXTS = {
    file.relative_to(FOLDER).as_posix(): file.read_text(encoding="utf-8")
    for file in sorted([*FOLDER.glob("workflows/*.yml"), *FOLDER.glob("actions/*/action.yml")])
}
WORKFLOWS: dict[str, dict[Any, Any]] = {
    name: yaml.safe_load(text) for name, text in TEXTS.items() if name.startswith("workflows/")
}
MAKE = re.compile(r"make ([a-z-]+)(?: [A-Z_]+=[a-z0-9]+)*")
NOT_RENOVATE = "!startsWith(github.head_ref, 'renovate/')"
"""Who changes versions and writes no pages: the only reason for which a check is left out."""
TARGETS = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
PINNED = re.compile(r"^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
SET_UP = "./.github/actions/set-up"
ALLOWED = {
    "actions/checkout",
    "actions/setup-python",
    "actions/setup-go",
    "actions/cache",
    "1password/install-cli-action",
    SET_UP,
}
"""What a step may be besides a target of the Makefile: the checkout, and what a workstation has installed."""


def jobs() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, workflow in WORKFLOWS.items():
        for key, job in workflow["jobs"].items():
            yield f"{name} {key}", job


JOBS = dict(jobs())


@pytest.mark.parametrize("name", JOBS)
def test_every_step_is_a_target_of_the_makefile_or_sets_up(name: str) -> None:
    ran = 0
    for step in JOBS[name]["steps"]:
        if "run" in step:
            match = MAKE.fullmatch(step["run"])
            assert match, step["run"]
            assert match[1] in TARGETS, step["run"]
            ran += 1
        else:
            assert step["uses"].partition("@")[0] in ALLOWED
    assert ran


@pytest.mark.parametrize("name", TEXTS)
def test_every_action_is_pinned_by_its_commit_and_says_its_version(name: str) -> None:
    for line in TEXTS[name].splitlines():
        if "uses:" in line and SET_UP not in line:
            assert PINNED.match(line), line


def test_one_action_has_one_commit_everywhere() -> None:
    uses = set(re.findall(r"uses: ([^@\s]+)@(\S+) # (\S+)", "\n".join(TEXTS.values())))
    assert len(uses) == len({name for name, _, _ in uses})


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_has_no_rights_and_never_runs_twice_at_once(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] == {}
    assert WORKFLOWS[name]["concurrency"]["group"]


@pytest.mark.parametrize("name", JOBS)
def test_a_job_has_the_rights_that_it_needs_and_ends(name: str) -> None:
    job = JOBS[name]
    assert job["permissions"]["contents"] == "read"
    writes = {right for right, level in job["permissions"].items() if level == "write"}
    assert writes <= {"pull-requests", "issues"}
    assert job["timeout-minutes"] <= 180
    (checkout,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", JOBS)
def test_secrets_are_in_an_environment_and_away_from_forks(name: str) -> None:
    job, text = JOBS[name], yaml.safe_dump(JOBS[name])
    if "secrets." not in text:
        return
    assert job["environment"]
    assert all("run" in step for step in job["steps"] if "env" in step)
    if name.startswith("workflows/pull-request"):
        assert "head.repo.full_name == github.repository" in job["if"]


def test_what_needs_no_secret_runs_for_forks_too() -> None:
    for name, job in JOBS.items():
        if name.startswith("workflows/pull-request") and "secrets." not in yaml.safe_dump(job):
            assert job.get("if", NOT_RENOVATE) == NOT_RENOVATE


def test_no_workflow_runs_a_forks_code_with_this_repositorys_rights() -> None:
    assert WORKFLOWS
    for workflow in WORKFLOWS.values():
        # PyYAML takes the key `on` for a yes.
        assert "pull_request_target" not in str(workflow[True])


def test_only_what_was_merged_and_approved_changes_the_homelab() -> None:
    changing = {name: job for name, job in JOBS.items() if "make deploy" in yaml.safe_dump(job)}
    assert changing
    for name, job in changing.items():
        assert WORKFLOWS[name.split()[0]][True] == {"push": {"branches": ["main"]}}
        assert job["environment"] == "homelab"
