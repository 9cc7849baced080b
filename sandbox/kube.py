"""The wiring check's client of the Kubernetes API, and what the sandbox's parts do beyond reading.

That is server-side apply, deletes and watches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3

from doctor import kube as reading
from doctor.kube import ApiError, Kind, NoSuchKindError, NotReachableError, Object, name_of, refusal

__all__ = [
    "ApiError",
    "Client",
    "Kind",
    "NoSuchKindError",
    "NotReachableError",
    "Object",
    "name_of",
]


class Client(reading.Client):
    """One API server and one identity, for changes too."""

    def apply(
        self, obj: Mapping[str, Any], manager: str, *, force: bool = False, dry_run: bool = False, status: bool = False
    ) -> Object:
        """Server-side apply of the object's fields by the field manager; the live object after it."""
        kind = self.kind(obj["apiVersion"], obj["kind"])
        path = kind.path(obj["metadata"].get("namespace"), obj["metadata"]["name"]) + ("/status" if status else "")
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        if dry_run:
            query["dryRun"] = "All"
        applied: Object = self.request(
            "PATCH", path, query=query, body=obj, content_type="application/apply-patch+yaml"
        )
        return applied

    def delete(
        self, api_version: str, kind: str, name: str, namespace: str | None = None, *, propagation: str = "Background"
    ) -> Object | None:
        """Ask for an object's deletion; None if it was gone already."""
        path = self.kind(api_version, kind).path(namespace, name)
        try:
            answer: Object = self.request("DELETE", path, body={"propagationPolicy": propagation})
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        return answer

    def watch(
        self,
        api_version: str,
        kind: str,
        namespace: str | None = None,
        *,
        seconds: int = 300,
        field_selector: str = "",
        selector: str = "",
        resource_version: str = "",
    ) -> Iterator[tuple[str, Object]]:
        """Events (`ADDED`, `MODIFIED`, `DELETED`) of a kind for at most so many seconds.

        Existing objects come first, or, with a resource version, what happened since that version. The caller starts
        it again when it ends: a watch may end at any time. NoSuchKindError at once if the kind is unknown.
        """
        path = self.kind(api_version, kind).path(namespace)
        query: dict[str, Any] = {"watch": "true", "timeoutSeconds": seconds}
        optional = {"fieldSelector": field_selector, "labelSelector": selector, "resourceVersion": resource_version}
        query.update({key: value for key, value in optional.items() if value})
        response = self.send("GET", path, query, None, "application/json", stream=True)
        try:
            if response.status >= 400:
                raise refusal(response.status, response.read())
            buffer = b""
            for chunk in response.stream(amt=None, decode_content=True):
                buffer += chunk
                *lines, buffer = buffer.split(b"\n")
                for line in lines:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        return
                    yield event["type"], event["object"]
        except urllib3.exceptions.HTTPError as error:
            raise NotReachableError(f"{self.server} ended a watch: {error}") from error
        finally:
            response.close()
