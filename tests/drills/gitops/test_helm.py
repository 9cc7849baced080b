"""What Helm prints is completed where the sandbox's charts only name something, and left alone everywhere else."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from drills.gitops import helm
from sandbox.rendering.crds import Definitions

CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.org"},
    "spec": {"group": "example.org", "scope": "Namespaced"},
}
PRINTED = """---
# Source: chart/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: a   # with a comment
data:
  text: |
    kind: CustomResourceDefinition
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.org
  annotations: {helm.sh/resource-policy: keep}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: webhook
---
"""


def definitions(folder: Path) -> Definitions:
    (folder / "things").mkdir(parents=True)
    (folder / "things" / "crd.yaml").write_text(yaml.safe_dump(CRD))
    return Definitions.below(folder)


def test_crds_get_their_definitions_and_what_nobody_could_answer_is_left_out(tmp_path: Path) -> None:
    found = list(yaml.safe_load_all(helm.completed(PRINTED, definitions(tmp_path))))
    assert [obj["kind"] for obj in found] == ["ConfigMap", "CustomResourceDefinition"]
    assert found[1]["spec"] == CRD["spec"]
    assert found[1]["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_everything_else_is_passed_on_to_the_letter(tmp_path: Path) -> None:
    first = PRINTED.split("---\n")[1]
    assert helm.completed(PRINTED, definitions(tmp_path)).startswith(f"---\n{first.strip()}\n---\n")


def test_the_real_helm_is_run_with_its_arguments_and_its_exit_code(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.write_text('#!/bin/sh\necho "$@"\nexit 3\n')
    real.chmod(0o755)
    environment = helm.install(tmp_path / "bin", real)
    for arguments in (["pull", "chart", "--version", "1"], ["template", "."]):
        done = subprocess.run(
            [tmp_path / "bin" / "helm", *arguments],
            env={**environment, "PATH": "/usr/bin:/bin", "HOMELAB_SANDBOX": str(tmp_path / ".sandbox")},
            check=False,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout.strip()) == (3, " ".join(arguments)), done.stderr


def test_the_environment_names_the_real_program(tmp_path: Path) -> None:
    assert json.dumps(helm.install(tmp_path / "bin", tmp_path / "real")).count(str(tmp_path / "real")) == 1
