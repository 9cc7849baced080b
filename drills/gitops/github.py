"""GitHub, as far as Argo CD calls it: tokens of an App's installation, states of commits, a private repository.

Not covered: what an App may do in which repository, tokens that expire, limits of calls, pull requests.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from drills.gitops.git import Server
from drills.web import Answer, Asked
from sandbox.cluster import openssl
from sandbox.errors import SandboxError

API: Final = "api.github.com"
APP: Final = 4711
INSTALLATION: Final = 815
TOKENS: Final = f"/app/installations/{INSTALLATION}/access_tokens"
STATUSES: Final = re.compile(r"/repos/([\w.-]+/[\w.-]+)/statuses/([0-9a-f]{40})")
STATES: Final = ("error", "failure", "pending", "success")
USER: Final = "x-access-token"
"""Whoever reads a repository by a token is called so."""
LONGEST_SECONDS: Final = 600
"""For which an App may say that it is itself by one signature."""
TOKEN_LIFE: Final = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """An App that is installed for every repository of a Git server."""

    folder: Path
    git: Server
    states: dict[tuple[str, str], str] = field(default_factory=dict)
    """The last state of a commit, by its id and the state's context."""
    readers: set[str] = field(default_factory=set)
    """Tokens by which somebody has read a repository."""
    _tokens: set[str] = field(default_factory=set)

    @classmethod
    def make(cls, folder: Path, git: Server) -> GitHub:
        """One with a new App, whose key is in a folder of its own."""
        folder.mkdir(parents=True)
        openssl(folder, "genrsa", "-out", "app.key", "2048")
        openssl(folder, "rsa", "-in", "app.key", "-pubout", "-out", "app.pub")
        return cls(folder=folder, git=git)

    @property
    def key(self) -> str:
        """The App's private key, as GitHub hands it out."""
        return (self.folder / "app.key").read_text()

    def answer(self, asked: Asked) -> Answer:
        """Be GitHub's API."""
        found = STATUSES.fullmatch(asked.path)
        if asked.method == "POST" and asked.path == TOKENS:
            return self._token(asked)
        if asked.method == "POST" and found:
            return self._state(asked, repository=found[1], commit=found[2])
        return _refusal(404, "Not Found")

    def read(self, asked: Asked) -> Answer:
        """Be GitHub's Git server, for whoever has a token."""
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        user, _, token = _decoded(given).decode(errors="replace").partition(":") if kind == "Basic" else ("", "", "")
        if user != USER or token not in self._tokens:
            return Answer(status=401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
        self.readers.add(token)
        return self.git.answer(asked)

    def _token(self, asked: Asked) -> Answer:
        kind, _, given = asked.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or not self._is_the_app(given):
            return _refusal(401, "A JSON web token could not be decoded")
        token = f"ghs_{secrets.token_urlsafe(27)}"
        self._tokens.add(token)
        expires = (datetime.now(UTC) + TOKEN_LIFE).strftime("%Y-%m-%dT%H:%M:%SZ")
        return _json(201, {"token": token, "expires_at": expires})

    def _is_the_app(self, given: str) -> bool:
        """Whether a JSON web token was signed by the App's key, for itself and for now."""
        try:
            head, claims = (json.loads(_decoded(part)) for part in given.split(".")[:2])
            now, issued, ends = time.time(), float(claims["iat"]), float(claims["exp"])
        except (ValueError, KeyError, TypeError):
            return False
        timely = issued <= now < ends <= now + LONGEST_SECONDS
        return head.get("alg") == "RS256" and str(claims.get("iss")) == str(APP) and timely and self._signed(given)

    def _signed(self, given: str) -> bool:
        said, _, signature = given.rpartition(".")
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            (folder / "said").write_text(said)
            (folder / "signature").write_bytes(_decoded(signature))
            verify = ("-sha256", "-verify", "../app.pub", "-signature", "signature")
            try:
                openssl(folder, "dgst", *verify, "said")
            except SandboxError:
                return False
        return True

    def _state(self, asked: Asked, *, repository: str, commit: str) -> Answer:
        token = asked.headers.get("authorization", "").rpartition(" ")[2]
        if token not in self._tokens:
            return _refusal(401, "Bad credentials")
        try:
            status = json.loads(asked.body)
        except ValueError:
            return _refusal(400, "Problems parsing JSON")
        if not self.git.holds(repository, commit):
            return _refusal(422, f"No commit found for SHA: {commit}")
        if status.get("state") not in STATES:
            return _refusal(422, "Validation Failed")
        self.states[commit, status.get("context", "default")] = status["state"]
        return _json(201, status)


def _decoded(text: str) -> bytes:
    """What was said in base64, of either alphabet and without padding; ValueError if it is none."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & set("-_") else None)


def _json(status: int, body: Mapping[str, Any]) -> Answer:
    return Answer(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(body).encode())


def _refusal(status: int, message: str) -> Answer:
    return _json(status, {"message": message})
