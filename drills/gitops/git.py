"""A real Git server, by Git's own `http-backend`, and a clone to change and push from."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.web import Answer, Asked

BRANCH: Final = "main"
WHO: Final = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "developer"), ("EMAIL", "developer@example.org"))
}
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
    """A repository on the server, and the clone that its developer works in."""

    served: Path
    """Folder of the server, below which a repository is where its address says."""
    path: str
    """`owner/name.git`."""
    clone: Path

    @classmethod
    def make(cls, folder: Path, path: str) -> Repository:
        """A new repository with one empty commit, and its clone."""
        made = cls(served=folder / "git", path=path.strip("/"), clone=folder / "clone")
        bare = made.served / made.path
        bare.mkdir(parents=True)
        _git(bare, "init", "--quiet", "--bare", f"--initial-branch={BRANCH}")
        _git(folder, "clone", "--quiet", str(bare), str(made.clone))
        _git(made.clone, "checkout", "--quiet", "-B", BRANCH)
        _git(made.clone, "commit", "--quiet", "--allow-empty", "--message", "Begin")
        _git(made.clone, "push", "--quiet", "origin", BRANCH)
        return made

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

    def answer(self, asked: Asked) -> Answer:
        """Serve by Git's own server program."""
        environment = {
            **os.environ,
            **OWN,
            "GIT_PROJECT_ROOT": str(self.served),
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
