"""The stack file's copy, the wrapper and the plugins: all that surrounds the engine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from components.settings import SECRET_KEYS
from sandbox import choice, pins, wrapper
from sandbox.engine import Engine, plugin_version, stand_ins
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose pulumi prints its arguments."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text('#!/bin/sh\necho "$@"\n')
    pulumi.chmod(0o755)
    program = tmp_path / "program"
    program.mkdir()
    (program / "Pulumi.yaml").write_text("name: homelab\nruntime: python\n")
    config = {"homelab:zones": {"a.org": {"id": "1"}}, "homelab:token": {"secure": "v1:theirs"}}
    (program / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": config, "encryptionsalt": "v1:theirs"}))
    made = Engine(sandbox=Sandbox(root=tmp_path / ".sandbox"), program=program, pulumi=pulumi)
    monkeypatch.delenv(choice.PLUGIN, raising=False)
    made.install()
    return made


def copied(engine: Engine) -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load(engine.stack_file.read_text())
    return content


def test_plain_keys_are_copied_and_foreign_secrets_left_out(engine: Engine) -> None:
    engine.configure(["token"])
    assert copied(engine) == {"config": {"homelab:zones": {"a.org": {"id": "1"}}}}


def test_the_users_own_cluster_is_out_of_reach(engine: Engine) -> None:
    config = {"homelab:cluster": {"context": "home", "kubeconfig": "~/.kube/config", "podCidr": "10.0.0.0/16"}}
    (engine.program / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": config}))
    engine.configure([])
    assert copied(engine) == {"config": {"homelab:cluster": {"context": "homelab", "podCidr": "10.0.0.0/16"}}}


def test_stand_ins_that_are_there_stay(engine: Engine) -> None:
    ours = {"config": {"homelab:token": {"secure": "v1:ours"}}, "encryptionsalt": "v1:ours"}
    engine.stack_file.write_text(yaml.safe_dump(ours))
    assert engine.configure(["token"]) == {}
    assert copied(engine) == {
        "config": {"homelab:zones": {"a.org": {"id": "1"}}, "homelab:token": {"secure": "v1:ours"}},
        "encryptionsalt": "v1:ours",
    }


def test_the_committed_stack_file_is_left_alone(engine: Engine) -> None:
    before = (engine.program / "Pulumi.homelab.yaml").read_bytes()
    engine.configure(["token"])
    assert (engine.program / "Pulumi.homelab.yaml").read_bytes() == before


@pytest.mark.parametrize("command", wrapper.WITH_CONFIG)
def test_the_wrapper_names_the_copy_where_a_stack_file_is_read(engine: Engine, command: str) -> None:
    assert engine.read(command, "--flag", "a b") == f"{command} --config-file {engine.stack_file} --flag a b\n"


@pytest.mark.parametrize("flags", [("--non-interactive",), ("--color", "never"), ("--cwd=elsewhere",), ("-v", "9")])
def test_flags_before_the_command_do_not_hide_it(engine: Engine, flags: tuple[str, ...]) -> None:
    asked = engine.read(*flags, "up", "--yes")
    assert asked == f"{' '.join(flags)} up --config-file {engine.stack_file} --yes\n"


@pytest.mark.parametrize("command", wrapper.OF_STACKS)
def test_what_writes_or_deletes_stack_files_works_beside_the_copy(engine: Engine, command: str) -> None:
    asked = engine.read("stack", command, "homelab", "--yes")
    assert asked == f"stack {command} --cwd {engine.sandbox.project} homelab --yes\n"


@pytest.mark.parametrize("command", ["stack", "version", "cancel"])
def test_it_leaves_other_commands_as_they_are(engine: Engine, command: str) -> None:
    assert engine.read(command, "output") == f"{command} output\n"


def test_sourcing_the_shell_file_gives_the_engines_environment(engine: Engine) -> None:
    script = f'. {engine.sandbox.env}; printf "%s" "$PULUMI_BACKEND_URL $PULUMI_STACK $HOMELAB_SANDBOX"'
    printed = subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout
    assert printed == f"{engine.sandbox.state.as_uri()} homelab {engine.sandbox.root}"


def test_every_plugin_is_where_the_engine_looks_for_it(engine: Engine) -> None:
    plugins = {item.name for item in (engine.sandbox.root / "pulumi" / "plugins").iterdir()}
    assert plugins == {
        f"resource-kubernetes-v{pins.python_package('pulumi-kubernetes')}",
        f"resource-cloudflare-v{pins.python_package('pulumi-cloudflare')}",
        f"resource-onepassword-v{pins.python_package('pulumi-onepassword')}",
        f"resource-terraform-provider-v{plugin_version('pulumi_authentik')}",
    }


def test_stand_ins_are_new_each_time_and_of_the_form_that_is_asked_for() -> None:
    one, other = stand_ins(list(SECRET_KEYS)), stand_ins(list(SECRET_KEYS))
    assert set(one) == set(SECRET_KEYS)
    assert all(one[key] != other[key] for key in one)
    assert isinstance(json.loads(one["onepasswordConnectCredentials"]), dict)


def test_a_failure_is_told_by_its_errors(engine: Engine) -> None:
    engine.pulumi.write_text("#!/bin/sh\necho 'error: no such stack'; echo 'some more'; exit 255\n")
    with pytest.raises(SandboxError, match=r"^pulumi stack: error: no such stack$"):
        engine.read("stack", "output")


def test_locks_of_a_killed_engine_are_forgotten(engine: Engine) -> None:
    lock = engine.sandbox.state / ".pulumi" / "locks" / "organization" / "a.json"
    lock.parent.mkdir(parents=True)
    lock.write_text("{}")
    engine.unlock()
    assert not lock.exists()
