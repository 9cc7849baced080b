"""What a folder of a Git repository comes to: a Helm chart, a kustomization or plain manifests, as for Argo CD.

Not covered: plugins, Jsonnet, `directory.recurse`, Helm's value files and parameters, kustomize's options.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.paths import cache
from sandbox.rendering import helm

Object = dict[str, Any]

SECONDS: Final = 60
KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
MANIFESTS: Final = (".yaml", ".yml", ".json")

LOOKS: Final = ("apiVersion:", "kind:", "metadata:")
"""What a file has to have for its mistakes to be reported."""


class FolderError(Exception):
    """The folder cannot be rendered: why, on one line."""


def source_type(folder: Path) -> str:
    """`Helm`, `Kustomize` or `Directory`."""
    if (folder / "Chart.yaml").is_file():
        return "Helm"
    return "Kustomize" if any((folder / name).is_file() for name in KUSTOMIZATIONS) else "Directory"


def render(root: Path, path: str, *, name: str, namespace: str) -> list[Object]:
    """The objects of a folder below `root`, for the Application of that name."""
    folder = (root / path).resolve()
    if not folder.is_relative_to(root.resolve()) or not folder.is_dir():
        raise FolderError(f"{path}: app path does not exist")
    kind = source_type(folder)
    if kind == "Helm":
        return _parsed(_templated(folder, name, namespace), "helm template")
    if kind == "Kustomize":
        return _parsed(_output("kustomize", ["build", str(folder)]), "kustomize build")
    files = sorted(file for file in folder.iterdir() if file.suffix in MANIFESTS and file.is_file())
    return [obj for file in files for obj in _of_file(file)]


def _of_file(file: Path) -> list[Object]:
    """The objects of a manifest; none if it cannot be read and does not even look like one."""
    text = file.read_text(errors="replace")
    try:
        return _parsed(text, file.name)
    except FolderError:
        if all(word in text for word in LOOKS):
            raise
        return []


def _parsed(text: str, source: str) -> list[Object]:
    try:
        documents = [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError as error:
        raise FolderError(f'Failed to unmarshal "{source}": {" ".join(str(error).split())}') from error
    objects = [item for document in documents for item in _items(document)]
    for obj in objects:
        named = isinstance(obj, dict) and isinstance(obj.get("metadata"), dict) and obj["metadata"].get("name")
        if not named or not obj.get("kind") or not obj.get("apiVersion"):
            raise FolderError(f'Failed to unmarshal "{source}": an object needs apiVersion, kind and metadata.name')
    return objects


def _items(document: Any) -> list[Any]:
    """The objects of a list, or the one that the document is."""
    is_list = isinstance(document, dict) and document.get("kind") == "List"
    return list(document.get("items") or []) if is_list else [document]


def _templated(folder: Path, name: str, namespace: str) -> str:
    try:
        return helm.run(["template", name, folder, "--namespace", namespace, "--include-crds"])
    except helm.HelmError as error:
        raise FolderError(f"`helm template` failed: {error}") from error


def _output(program: str, arguments: list[str]) -> str:
    try:
        done = subprocess.run(
            [_program(program), *arguments],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise FolderError(f"{program}: no answer within {SECONDS} s") from error
    if done.returncode:
        raise FolderError(f"`{program} {arguments[0]}` failed: {' '.join(done.stderr.split())}")
    return done.stdout


def _program(name: str) -> str:
    """A program of the user's, or one that was built for the sandbox."""
    found = shutil.which(name) or next((str(file) for file in sorted(cache().glob(f"{name}-*/{name}"))), None)
    if found is None:
        raise FolderError(f"the sandbox has no program {name}: put it on the PATH")
    return found
