"""The stack file of a sandbox: read and written by the engine only, and never worse than before."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.settings import SECRET_KEYS
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.stackfile import HIDDEN, stand_ins
from tests.support import fake_pulumi

KEYS = ["token", "other"]
PLAIN = {"homelab:zones": {"a.org": {"id": "1"}}, "homelab:flag": "yes"}


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: homelab\nruntime: python\n")
    made = Engine(
        sandbox=Sandbox(root=tmp_path / ".sandbox"), program=program, pulumi=fake_pulumi.write(tmp_path / "pulumi")
    )
    made.install()
    commit(made, {"config": {**PLAIN, "homelab:token": {"secure": "v1:theirs"}}, "encryptionsalt": "v1:theirs"})
    return made


def commit(engine: Engine, content: dict[str, Any] | str | bytes) -> None:
    text = content if isinstance(content, str | bytes) else yaml.safe_dump(content)
    file = engine.program / "Pulumi.homelab.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())


def copied(engine: Engine) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(engine.stack_file.read_text())
    return content


def secrets_of(engine: Engine) -> dict[str, Any]:
    return {
        key: value for key, value in copied(engine)["config"].items() if isinstance(value, dict) and "secure" in value
    }


def test_plain_keys_are_taken_over_and_secrets_get_stand_ins(engine: Engine) -> None:
    made = engine.configure(KEYS)
    assert set(made) == set(KEYS)
    config = copied(engine)["config"]
    assert {key: value for key, value in config.items() if key in PLAIN} == PLAIN
    assert set(secrets_of(engine)) == {"homelab:token", "homelab:other"}
    assert copied(engine)["encryptionsalt"] == "v1:ours"
    assert "theirs" not in engine.stack_file.read_text()
    assert engine.values() == {"zones": {"a.org": {"id": "1"}}, "flag": "yes"}


def test_stand_ins_that_are_there_stay(engine: Engine) -> None:
    engine.configure(KEYS)
    before = secrets_of(engine)
    assert engine.configure([*KEYS, "third"]).keys() == {"third"}
    assert {key: value for key, value in secrets_of(engine).items() if key in before} == before


def test_what_was_taken_out_of_the_committed_file_goes_from_the_copy(engine: Engine) -> None:
    engine.configure(KEYS)
    commit(engine, {"config": {"homelab:flag": "no"}})
    engine.configure(KEYS)
    assert engine.values() == {"flag": "no"}


@pytest.mark.parametrize("content", ["", "config:\n", "config: {}\n", "# only this\n", b"\xef\xbb\xbfconfig: {}\n"])
def test_a_file_without_keys_is_the_programs_affair(engine: Engine, content: str | bytes) -> None:
    commit(engine, content)
    engine.configure(KEYS)
    assert engine.values() == {}


@pytest.mark.parametrize("content", ["config: [1\n", "config:\n\thomelab:a: 1\n", "config:\n  homelab:a: *nobody\n"])
def test_what_the_engine_refuses_is_said_in_its_words_and_changes_nothing(engine: Engine, content: str) -> None:
    engine.configure(KEYS)
    before = engine.stack_file.read_bytes()
    commit(engine, content)
    with pytest.raises(SandboxError, match=r"^Pulumi\.homelab\.yaml: invalid YAML file: .*line \d+: ") as refused:
        engine.configure(KEYS)
    assert "\n" not in str(refused.value)
    assert engine.stack_file.read_bytes() == before
    assert engine.values()["flag"] == "yes"


def test_nobody_but_the_engine_reads_or_writes_the_committed_file(engine: Engine) -> None:
    file = engine.program / "Pulumi.homelab.yaml"
    before = file.read_bytes()
    engine.configure(KEYS)
    engine.configure(KEYS)
    assert file.read_bytes() == before
    calls = [json.loads(line) for line in (engine.pulumi.parent / "calls").read_text().splitlines()]
    own = [call for call in calls if str(file) in call]
    assert own
    assert all(call[-1] == "--json" for call in own), "a call that may write to it"


def test_a_secret_that_was_committed_in_plain_text_reaches_the_program_and_its_stand_in_survives(
    engine: Engine,
) -> None:
    engine.configure(KEYS)
    before = secrets_of(engine)
    for _ in range(2):
        commit(engine, {"config": {**PLAIN, "homelab:token": "hunter2"}})
        engine.configure(KEYS)
        assert copied(engine)["config"]["homelab:token"] == "hunter2"
    commit(engine, {"config": PLAIN})
    assert engine.configure(KEYS) == {}
    assert secrets_of(engine) == before


def test_what_is_encrypted_although_it_is_no_secret_stays_so_for_the_program_to_say(engine: Engine) -> None:
    commit(engine, {"config": {"homelab:hosts": {"secure": "v1:theirs"}}})
    engine.configure(KEYS)
    assert set(secrets_of(engine)) == {"homelab:hosts", "homelab:token", "homelab:other"}
    (last,) = [line for line in (engine.pulumi.parent / "calls").read_text().splitlines() if "set-all" in line]
    assert json.loads(json.loads(last)[-1])["homelab:hosts"] == {"value": HIDDEN, "secret": True}


def test_a_lost_copy_is_made_anew(engine: Engine) -> None:
    engine.configure(KEYS)
    engine.stack_file.unlink()
    engine.pulumi.write_text(
        re.sub(r'    file.write_text\("encryp.*', '    refuse("stack already exists")', engine.pulumi.read_text())
    )
    assert set(engine.configure(KEYS)) == set(KEYS)
    assert engine.values()["flag"] == "yes"


def test_stand_ins_are_new_each_time_and_of_the_form_that_is_asked_for() -> None:
    one, other = stand_ins(list(SECRET_KEYS)), stand_ins(list(SECRET_KEYS))
    assert set(one) == set(SECRET_KEYS)
    assert all(one[key] != other[key] for key in one)
    assert isinstance(json.loads(one["onepasswordConnectCredentials"]), dict)


def test_a_committed_file_that_is_lost_is_one_line_and_the_copy_stays(engine: Engine) -> None:
    engine.configure(KEYS)
    before = engine.stack_file.read_bytes()
    (engine.program / "Pulumi.homelab.yaml").unlink()
    with pytest.raises(SandboxError, match=r"^Pulumi\.homelab\.yaml: it is missing; .*git restore.*$"):
        engine.configure(KEYS)
    assert engine.stack_file.read_bytes() == before


def test_more_than_a_program_can_be_handed_is_refused_in_one_line_that_names_the_largest_key(engine: Engine) -> None:
    engine.configure(KEYS)
    before = engine.stack_file.read_bytes()
    many = {f"machine-{number}.example.org": {"target": f"ssh://192.168.1.{number}:22"} for number in range(3000)}
    commit(engine, {"config": {**PLAIN, "homelab:access": many}})
    with pytest.raises(SandboxError, match=r"^[^\n]*expected at most 120 kB[^\n]*make homelab:access shorter[^\n]*$"):
        engine.configure(KEYS)
    assert engine.stack_file.read_bytes() == before


def test_three_hundred_hosts_have_room_in_a_file_that_is_mostly_comments(engine: Engine) -> None:
    many = {f"machine-{number}.example.org": {"target": f"ssh://192.168.1.{number}:22"} for number in range(300)}
    commit(engine, {"config": {**PLAIN, "homelab:access": many}})
    with (engine.program / "Pulumi.homelab.yaml").open("a") as file:
        file.write("# a word to the reader\n" * 90_000)
    engine.configure(KEYS)
    assert engine.values()["access"] == many
