"""The sandbox's charts, packaged by Helm and served under the addresses of the real ones."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from drills.errors import DrillError
from drills.web import Answer, Asked, file
from sandbox.rendering.package import REPOSITORIES, stand_ins


@dataclass(frozen=True, kw_only=True)
class Charts:
    """Packaged charts, and the repositories that they are looked for in."""

    folder: Path
    helm: Path

    def package(self) -> None:
        """Package every chart.

        Raises:
            DrillError: Helm refuses one.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for package in stand_ins():
            command = [str(self.helm), "package", "--destination", str(self.folder), str(package.path)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            if done.returncode != 0:
                message = f"chart {package.name}: {done.stderr.strip()}"
                raise DrillError(message)

    def answer(self, asked: Asked) -> Answer:
        """Serve the index or a package of the repository that was asked for."""
        address, _, name = asked.url.rpartition("/")
        entries = {about["name"]: [{**about, "urls": [_file(about)]}] for about in self._charts(address)}
        if name == "index.yaml" and entries:
            body = yaml.safe_dump({"apiVersion": "v1", "entries": entries}).encode()
            return Answer(headers={"Content-Type": "text/yaml"}, body=body)
        return file(self.folder / name, "application/gzip")

    def hosts(self) -> set[str]:
        """The hosts of chart repositories."""
        return {
            urlsplit(address).hostname or address for package in stand_ins() for address in package.listed(REPOSITORIES)
        }

    @staticmethod
    def _charts(address: str) -> Iterator[Mapping[str, Any]]:
        for package in stand_ins():
            if address in package.listed(REPOSITORIES):
                yield package.metadata


def _file(about: Mapping[str, Any]) -> str:
    return f"{about['name']}-{about['version']}.tgz"
