"""A real Git server, by Git's own `http-backend`, and a clone to change and push from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.web import Answer, Asked
from sandbox.golang import locked

BRANCH: Final = "main"
WHO: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "developer"), ("EMAIL", "developer@example.org"))
}
SMART: Final = re.compile(r"/([\w.-]+(?:/[\w.-]+)+)/(?:info/refs|git-upload-pack)")
"""What is asked of a repository; it comes first."""
OWN: Final = {**WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""Nothing of the user's own settings is to have a say."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What was pushed, as a webhook tells of it."""

    before: str
    after: str
    changed: Mapping[str, list[str]]
    """Paths that were `added`, `modified` and `removed`."""


@dataclass(frozen=True, kw_only=True)
class Repository:
    """The clone that a developer works in."""

    clone: Path

    def push(self, files: Mapping[str, str | None]) -> Commit:
        """Change files and push; None removes a file or a folder."""
        before = self.head()
        for path, text in files.items():
            target = self.clone / path
            if text is not None:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            elif target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink()
        _git(self.clone, "add", "--all")
        _git(self.clone, "commit", "--quiet", "--message", f"Change {', '.join(files)}")
        _git(self.clone, "push", "--quiet", "origin", BRANCH)
        lines = _git(self.clone, "diff", "--name-status", "--no-renames", before, "HEAD").splitlines()
        changed = {
            word: [line.split("\t")[1] for line in lines if line.startswith(letter)]
            for word, letter in (("added", "A"), ("modified", "M"), ("removed", "D"))
        }
        return Commit(before=before, after=self.head(), changed=changed)

    def head(self) -> str:
        """The commit that the branch is at."""
        return _git(self.clone, "rev-parse", "HEAD").strip()


@dataclass(frozen=True, kw_only=True)
class Server:
    """Every address is a repository: it is made, with one empty commit, when somebody first asks for it."""

    folder: Path

    def clone(self, path: str) -> Repository:
        """A clone of the repository at a path."""
        clone = self.folder / "clones" / path
        clone.parent.mkdir(parents=True)
        _git(self.folder, "clone", "--quiet", str(self._ensured(path)), str(clone))
        return Repository(clone=clone)

    def holds(self, path: str, commit: str) -> bool:
        """Whether a commit is in the repository at a path, which may be said without its `.git`."""
        for place in (self._served / path, self._served / f"{path}.git"):
            if place.is_dir():
                look = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
                done = subprocess.run(look, cwd=place, env={**os.environ, **OWN}, check=False, capture_output=True)
                return done.returncode == 0
        return False

    def _ensured(self, path: str) -> Path:
        bare = self._served / path
        with locked(self.folder):
            if not bare.exists():
                half = self.folder / "half"
                _git(self.folder, "init", "--quiet", f"--initial-branch={BRANCH}", str(half))
                _git(half, "commit", "--quiet", "--allow-empty", "--message", "Begin")
                bare.parent.mkdir(parents=True, exist_ok=True)
                _git(self.folder, "clone", "--quiet", "--bare", str(half), str(bare))
                shutil.rmtree(half)
        return bare

    @property
    def _served(self) -> Path:
        return self.folder / "served"

    def answer(self, asked: Asked) -> Answer:
        """Serve by Git's own server program; 404 for what Git's clients do not ask for."""
        found = SMART.fullmatch(asked.path)
        if not found:
            return Answer(status=404)
        self._ensured(found[1])
        environment = {
            **os.environ,
            **OWN,
            "GIT_PROJECT_ROOT": str(self._served),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "CONTENT_TYPE": asked.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(asked.body)),
            "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
            "HTTP_GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        }
        done = subprocess.run(
            ["git", "http-backend"], env=environment, input=asked.body, check=False, capture_output=True
        )
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines() if ": " in line)
        status = int(headers.pop("Status", "200" if done.returncode == 0 else "500").split()[0])
        return Answer(status=status, headers=headers, body=body)


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **OWN}, check=True, capture_output=True, text=True
    ).stdout
