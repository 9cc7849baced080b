"""The wrapper and the plugins: all that surrounds the engine."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import choice, pins, wrapper
from sandbox.engine import Engine, plugin_version
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
    made = Engine(sandbox=Sandbox(root=tmp_path / ".sandbox"), program=program, pulumi=pulumi)
    monkeypatch.delenv(choice.PLUGIN, raising=False)
    made.install()
    return made


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
    assert printed == f"{engine.environment()['PULUMI_BACKEND_URL']} homelab {engine.sandbox.root}"


def test_what_else_the_shell_has_is_run_from_where_it_was_built_and_writes_beside_the_sandbox(engine: Engine) -> None:
    kubectl = engine.pulumi.with_name("built kubectl")
    kubectl.write_text('#!/bin/sh\necho "$KUBECACHEDIR" "$@"\n')
    kubectl.chmod(0o755)
    replace(engine, commands={"kubectl": kubectl}).install()
    script = f'. {engine.sandbox.env}; kubectl get "a b"'
    printed = subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout
    assert printed == f"{engine.sandbox.root}/kubectl get a b\n"


def test_every_plugin_is_where_the_engine_looks_for_it(engine: Engine) -> None:
    plugins = {item.name for item in (engine.sandbox.root / "pulumi" / "plugins").iterdir()}
    assert plugins == {
        f"resource-kubernetes-v{pins.python_package('pulumi-kubernetes')}",
        f"resource-cloudflare-v{pins.python_package('pulumi-cloudflare')}",
        f"resource-onepassword-v{pins.python_package('pulumi-onepassword')}",
        f"resource-terraform-provider-v{plugin_version('pulumi_authentik')}",
    }


def test_a_failure_is_told_by_its_errors(engine: Engine) -> None:
    engine.pulumi.write_text("#!/bin/sh\necho 'error: no such stack'; echo 'some more'; exit 255\n")
    with pytest.raises(SandboxError, match=r"^pulumi stack: error: no such stack$"):
        engine.read("stack", "output")


def test_what_an_error_says_below_its_first_line_is_told_too(engine: Engine) -> None:
    lines = "error: yaml: unmarshal errors:\n  line 3: key defined twice\nUsage:\n  pulumi stack"
    engine.pulumi.write_text(f"#!/bin/sh\ncat <<'END' >&2\n{lines}\nEND\nexit 255\n")
    with pytest.raises(SandboxError, match=r"^pulumi stack: error: yaml: unmarshal errors: line 3: key defined twice$"):
        engine.read("stack", "output")


PRINTED = """Diagnostics:
  cloudflare:index:DnsRecord (a.example.org):
    error: failed to make http request:
      EOF

  kubernetes:helm.sh/v3:Release (argocd):
    warning: slow
    error: timed out

  pulumi:pulumi:Stack (homelab-homelab):
    error: update failed

error: and nothing else
"""


def test_each_error_names_what_it_is_about(engine: Engine) -> None:
    engine.pulumi.write_text(f"#!/bin/sh\ncat <<'END'\n{PRINTED}END\nexit 255\n")
    with pytest.raises(SandboxError) as failed:
        engine.read("up")
    assert str(failed.value).removeprefix("pulumi up: ").split("; ") == [
        "cloudflare:index:DnsRecord (a.example.org): error: failed to make http request: EOF",
        "kubernetes:helm.sh/v3:Release (argocd): error: timed out",
        "error: update failed",
        "error: and nothing else",
    ]


def test_each_error_of_a_preview_in_json_does_too(engine: Engine) -> None:
    record = "urn:pulumi:homelab::homelab::homelab:edge:Edge$cloudflare:index/dnsRecord:DnsRecord::a.example.org"
    stack = "urn:pulumi:homelab::homelab::pulumi:pulumi:Stack::homelab-homelab"
    said = [{"urn": urn, "message": "EOF\n", "severity": "error"} for urn in (record, stack)]
    engine.pulumi.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps({'diagnostics': said})}\nEND\nexit 255\n")
    expected = r"^pulumi preview: cloudflare:index/dnsRecord:DnsRecord \(a\.example\.org\): EOF; EOF$"
    with pytest.raises(SandboxError, match=expected):
        engine.read("preview", "--json")
