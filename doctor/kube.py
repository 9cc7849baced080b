"""A small client of the Kubernetes API that reads objects of any kind, and changes none.

Objects are plain dictionaries as the API gives them. Safe to use from several threads.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote, urlencode

import urllib3

from doctor import kubeconfig

Object = dict[str, Any]
"""A Kubernetes object as JSON."""

POOL_SIZE: Final = 32
"""Connections kept open."""
BUSY_RETRIES: Final = 10
"""Tries while the server asks for patience, as it does for a second after a CRD was made."""


class ApiError(Exception):
    """The API server's refusal: `status` is the HTTP code, `reason` the machine-readable word, the text its message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class NotReachableError(Exception):
    """Nobody answers at the API server's address."""


class NoSuchKindError(Exception):
    """The server does not know the kind: its CRD is missing, or not established yet."""

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(f'no matches for kind "{kind}" in version "{api_version}"')
        self.api_version = api_version
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind that the server knows and where its objects live."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """The URL path of the collection or, with a name, of one object."""
        base = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        scope = f"/namespaces/{quote(namespace)}" if self.namespaced and namespace else ""
        return f"{base}{scope}/{self.plural}" + (f"/{quote(name)}" if name else "")


def name_of(obj: Mapping[str, Any]) -> str:
    """`namespace/name` of an object, or its name alone if it has no namespace."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


@dataclass
class Client:
    """One API server and one identity."""

    server: str
    headers: dict[str, str]
    pool: urllib3.PoolManager
    namespace: str = "default"
    """The namespace of the kubeconfig's context."""
    _kinds: dict[str, dict[str, Kind]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _discovery: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def from_kubeconfig(cls, path: Path, context: str | None = None) -> Self:
        """A client of a kubeconfig's context. Tokens, client certificates and commands are understood."""
        return cls.from_text(path.read_text(), context, path.parent)

    @classmethod
    def from_text(cls, text: str, context: str | None = None, folder: Path | None = None) -> Self:
        """A client of the context of a kubeconfig given as text; relative files are looked up in `folder`."""
        found = kubeconfig.parse(text, context, folder)
        headers = {"Accept": "application/json", "User-Agent": "homelab", **found.headers}
        pool = urllib3.PoolManager(maxsize=POOL_SIZE, block=False, ssl_context=found.tls, retries=False)
        return cls(server=found.server, headers=headers, pool=pool, namespace=found.namespace)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Any:
        """One call; its JSON answer. ApiError if the server refuses, NotReachableError if it cannot be reached."""
        for _ in range(BUSY_RETRIES):
            response = self.send(method, path, query, body, content_type, stream=False)
            pause = response.headers.get("Retry-After") if response.status in (429, 503) else None
            if pause is None:
                break
            time.sleep(float(pause))
        data: bytes = response.data
        if response.status >= 400:
            raise refusal(response.status, data)
        return json.loads(data) if data else {}

    def send(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Any, content_type: str, *, stream: bool
    ) -> urllib3.BaseHTTPResponse:
        """One call; the answer as it comes, a refusal too. NotReachableError if nobody answers."""
        url = self.server + path + (f"?{urlencode(query)}" if query else "")
        headers = dict(self.headers)
        data = None
        if body is not None:
            headers["Content-Type"] = content_type
            data = json.dumps(body).encode()
        timeout = urllib3.Timeout(connect=5, read=None if stream else 70)
        try:
            return self.pool.request(
                method, url, body=data, headers=headers, preload_content=not stream, timeout=timeout
            )
        except urllib3.exceptions.HTTPError as error:
            why = str(error).rpartition(": ")[2]
            raise NotReachableError(f"{self.server} does not answer: {why}") from error

    def kind(self, api_version: str, kind: str) -> Kind:
        """What the server knows about a kind; NoSuchKindError if nothing: then it is asked anew the next time."""
        known = self._known(api_version, kind)
        if known:
            return known
        with self._discovery:  # many threads start with the same question: one of them asks it
            known = self._known(api_version, kind)
            if known:
                return known
            found = self._discover(api_version)
        with self._lock:
            self._kinds[api_version] = found
        if kind not in found:
            raise NoSuchKindError(api_version, kind)
        return found[kind]

    def _known(self, api_version: str, kind: str) -> Kind | None:
        with self._lock:
            return self._kinds.get(api_version, {}).get(kind)

    def _discover(self, api_version: str) -> dict[str, Kind]:
        base = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listing = self.request("GET", base)
        except ApiError as error:
            if error.status == 404:
                return {}
            raise
        return {
            item["kind"]: Kind(
                api_version=api_version,
                kind=item["kind"],
                plural=item["name"],
                namespaced=item["namespaced"],
            )
            for item in listing["resources"]
            if "/" not in item["name"]
        }

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """One object, or None if there is none of that name (or no such kind)."""
        try:
            path = self.kind(api_version, kind).path(namespace, name)
            found: Object = self.request("GET", path)
        except NoSuchKindError:
            return None
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return found

    def list(
        self, api_version: str, kind: str, namespace: str | None = None, selector: str | None = None
    ) -> list[Object]:
        """Every object of a kind, in one namespace or in all; empty if the server does not know the kind."""
        try:
            path = self.kind(api_version, kind).path(namespace)
        except NoSuchKindError:
            return []
        answer = self.request("GET", path, query={"labelSelector": selector} if selector else None)
        return [{"apiVersion": api_version, "kind": kind, **item} for item in answer["items"]]


def refusal(status: int, data: bytes) -> ApiError:
    """What the server said as it refused."""
    try:
        answer = json.loads(data)
        return ApiError(status, answer.get("reason", ""), answer.get("message", ""))
    except ValueError:
        return ApiError(status, "", data.decode(errors="replace").strip())
