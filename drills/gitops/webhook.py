"""What GitHub sends after a push, signed as GitHub signs."""

from __future__ import annotations

import hmac
import json
from typing import Final

import urllib3

from drills.gitops.git import BRANCH, Commit

PATH: Final = "/api/webhook"
TIMEOUT_SECONDS: Final = 10.0


def payload(repository: str, commit: Commit) -> bytes:
    """The body of a push to the repository at an address."""
    return json.dumps(
        {
            "ref": f"refs/heads/{BRANCH}",
            "before": commit.before,
            "after": commit.after,
            "repository": {"html_url": repository.removesuffix(".git"), "default_branch": BRANCH},
            "commits": [{"id": commit.after, **commit.changed}],
        }
    ).encode()


def send(url: str, body: bytes, secret: str) -> int:
    """Deliver it to whoever listens at the address; the HTTP status that comes back."""
    signature = {
        f"X-Hub-Signature{suffix}": f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"
        for suffix, algorithm in (("", "sha1"), ("-256", "sha256"))
    }
    return urllib3.request(
        "POST",
        f"{url}{PATH}",
        body=body,
        headers={"Content-Type": "application/json", "X-GitHub-Event": "push", **signature},
        timeout=TIMEOUT_SECONDS,
        retries=False,
    ).status
