"""As much of GitHub's REST API as is needed: one comment of a pull request, one issue, each kept up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import urllib3

from pipeline.errors import PipelineError

BOT: Final = "github-actions[bot]"
"""Who a workflow's own token writes as."""
PAGE: Final = 100
SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Repository:
    """One repository, and the token that may write in it."""

    name: str
    """Owner and name."""
    token: str = field(repr=False)
    api: str = "https://api.github.com"
    author: str = BOT
    """Only what this account wrote is ours to change."""

    def keep_comment(self, number: int, marker: str, body: str) -> None:
        """Write the pull request's one comment with this marker, or write it anew."""
        text = f"<!-- {marker} -->\n{body}"
        for comment in self._pages(f"issues/{number}/comments"):
            if self._is_ours(comment) and str(comment.get("body", "")).startswith(f"<!-- {marker} -->"):
                self._call("PATCH", f"issues/comments/{comment['id']}", {"body": text})
                return
        self._call("POST", f"issues/{number}/comments", {"body": text})

    def keep_issue(self, title: str, body: str) -> None:
        """Open the issue of this title, or bring the open one up to date."""
        number = self._open_issue(title)
        if number is None:
            self._call("POST", "issues", {"title": title, "body": body})
        else:
            self._call("PATCH", f"issues/{number}", {"body": body})

    def close_issue(self, title: str, last_word: str) -> None:
        """Close the issue of this title, if it is open, with a last comment."""
        number = self._open_issue(title)
        if number is not None:
            self._call("POST", f"issues/{number}/comments", {"body": last_word})
            self._call("PATCH", f"issues/{number}", {"state": "closed", "state_reason": "completed"})

    def _open_issue(self, title: str) -> int | None:
        for issue in self._pages("issues", state="open"):
            if issue.get("title") == title and self._is_ours(issue) and "pull_request" not in issue:
                return int(issue["number"])
        return None

    def _is_ours(self, item: Mapping[str, Any]) -> bool:
        return bool((item.get("user") or {}).get("login") == self.author)

    def _pages(self, path: str, **query: str) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            items = self._call("GET", path, fields={**query, "per_page": str(PAGE), "page": str(page)})
            yield from items
            if len(items) < PAGE:
                return
            page += 1

    def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        fields: Mapping[str, str] | None = None,
    ) -> Any:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self.token}",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "homelab",
        }
        url = f"{self.api}/repos/{self.name}/{path}"
        try:
            if body is None:
                answer = urllib3.request(method, url, headers=headers, fields=dict(fields or {}), timeout=SECONDS)
            else:
                answer = urllib3.request(method, url, headers=headers, json=dict(body), timeout=SECONDS)
        except urllib3.exceptions.HTTPError as error:
            message = f"GitHub: {method} {path}: {' '.join(str(error).split())}; try again"
            raise PipelineError(message) from None
        if answer.status >= 400:
            raise PipelineError(f"GitHub: {method} {path}: {answer.status} {_reason(answer.data)}")
        return json.loads(answer.data or b"null")


def _reason(answer: bytes) -> str:
    try:
        said = str(json.loads(answer)["message"])
    except (ValueError, KeyError, TypeError):
        said = "without a reason"
    return f"{said}: does the workflow's token have the permission that this needs?"
