"""Git repositories as Argo CD's repository server reads them: by the program `git`, at one commit.

A folder of the sandbox may stand for a repository elsewhere: `.sandbox/git/<host>/<path>` for https://<host>/<path>.
Any other address, `file://` too, is asked itself.

Not covered: credentials, submodules, Git LFS, signatures.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sandbox.paths import Sandbox

SECONDS: Final = 60
"""For one call of git: what takes longer is tried again."""
QUIET: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
"""Nobody is there to be asked, and what one user has set up is not how Argo CD sees it."""


COPYING: Final = threading.Lock()
"""One for all controllers: two of them may want the same commit at once."""


class GitError(Exception):
    """The repository, its revision or the folder cannot be had: git's own words, on one line."""


@dataclass(frozen=True, kw_only=True)
class Repositories:
    """Copies of repositories, one for each address and commit."""

    stand_ins: Path
    copies: Path

    @classmethod
    def of(cls, sandbox: Sandbox) -> Repositories:
        """Those of a sandbox, whichever controller asks."""
        return cls(stand_ins=sandbox.root / "git", copies=sandbox.root / "repositories")

    def commit(self, url: str, revision: str) -> str:
        """The commit that a branch, a tag or the default branch (`HEAD`) is at; a commit's own id stands for itself."""
        if len(revision) == 40 and all(character in "0123456789abcdef" for character in revision):
            return revision
        wanted = revision or "HEAD"
        names = ["HEAD"] if wanted == "HEAD" else [f"refs/heads/{wanted}", f"refs/tags/{wanted}"]
        found: dict[str, str] = {}
        for line in self._git("ls-remote", self._place(url), *names).splitlines():
            commit, _, name = line.partition("\t")
            found[name] = commit
        for name in names:
            if name in found:
                return found[name]
        raise GitError(f"unable to resolve '{wanted}' to a commit SHA")

    def folder(self, url: str, commit: str) -> Path:
        """What the repository has at a commit. Made once, and never changed."""
        place = self.copies / hashlib.sha256(f"{url} {commit}".encode()).hexdigest()[:32]
        with COPYING:
            if place.exists():
                return place
            unfinished = place.with_suffix(".new")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            self._git("init", "--quiet", str(unfinished))
            self._git("-C", str(unfinished), "fetch", "--quiet", "--depth=1", self._place(url), commit)
            self._git("-C", str(unfinished), "checkout", "--quiet", "FETCH_HEAD")
            unfinished.replace(place)
        return place

    def _place(self, url: str) -> str:
        parts = urlsplit(url)
        own = self.stand_ins / (parts.hostname or "") / parts.path.strip("/").removesuffix(".git")
        return str(own) if parts.hostname and own.is_dir() else url

    @staticmethod
    def _git(*arguments: str) -> str:
        try:
            done = subprocess.run(
                ["git", *arguments],
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **QUIET},
            )
        except FileNotFoundError as error:
            raise GitError("the program git is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise GitError(f"git {arguments[0]}: no answer within {SECONDS} s") from error
        if done.returncode:
            raise GitError(" ".join(done.stderr.split()) or f"git {arguments[0]} failed")
        return done.stdout
