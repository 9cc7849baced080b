"""What can be looked up on the server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.kind import Lookup
from sandbox.plugins.accounts.schema import flag, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties


def _one(data: Data, kind: str, wanted: Properties, token: str) -> tuple[str, Data]:
    """The only object with these properties."""
    if not wanted:
        raise ProviderError(f"lookup {token}: say which one is wanted")
    held = objects(data, kind)
    found = [key for key, value in held.items() if all(value.get(name) == asked for name, asked in wanted.items())]
    if len(found) != 1:
        asked = ", ".join(f"{name} {value!r}" for name, value in wanted.items())
        names = (
            value.get("slug") or value.get("managed") or value.get("name") or value.get("domain")
            for value in held.values()
        )
        known = ", ".join(sorted(map(str, names))) or "none"
        raise ProviderError(f"lookup {token}: {len(found)} objects with {asked}, expected one; the server has: {known}")
    return found[0], held[found[0]]


def _by(kind: str, token: str, *, names: tuple[str, ...]) -> Callable[[Data, Properties], Data]:
    def answer(data: Data, args: Properties) -> Data:
        own, value = _one(data, kind, {name: args[name] for name in names if name in args}, token)
        return {**value, "id": value["uuid"] if kind == "Flow" else own}

    return answer


def _scopes(data: Data, args: Properties) -> Data:
    """One mapping, or the ids of several by their managed names, in the order asked for."""
    kind, token = "PropertyMappingProviderScope", "getPropertyMappingProviderScope"
    managed = args.get("managedLists")
    if managed is not None:
        ids = [_one(data, kind, {"managed": name}, token)[0] for name in managed]
        return {"ids": ids, "id": hashlib.sha256(",".join(ids).encode()).hexdigest()}
    own, value = _one(
        data, kind, {name: args[name] for name in ("managed", "name", "scopeName") if name in args}, token
    )
    return {**value, "id": own, "ids": [own]}


def _key_pair(data: Data, args: Properties) -> Data:
    """A key pair, with as much of it as is asked for."""
    own, value = _one(data, "CertificateKeyPair", {"name": args["name"]}, "getCertificateKeyPair")
    certificate = value["certificateData"]
    digests: dict[str, Any] = {
        "fingerprint1": hashlib.sha1(certificate.encode(), usedforsecurity=False).hexdigest(),
        "fingerprint256": hashlib.sha256(certificate.encode()).hexdigest(),
    }
    return {
        "id": own,
        "name": value["name"],
        "subject": f"CN={value['name']}",
        "expiry": value.get("expiry", ""),
        "certificateData": certificate if args.get("fetchCertificate", True) else "",
        "keyData": value.get("keyData", "") if args.get("fetchKey", True) else "",
        **digests,
    }


def _group(data: Data, args: Properties) -> Data:
    """A group by name or id."""
    if "pk" in args:
        held = objects(data, "Group").get(args["pk"])
        if held is None:
            raise ProviderError(f"lookup getGroup: there is no group {args['pk']}")
        own, value = args["pk"], held
    else:
        own, value = _one(data, "Group", {name: args[name] for name in ("name",) if name in args}, "getGroup")
    return {**value, "id": own, "pk": own, "usersObjs": []}


LOOKUPS: Final = (
    Lookup(
        token="authentik:index/getFlow:getFlow",  # noqa: S106 a function token
        inputs={"slug": text(), "designation": text(), "authentication": text(), "id": text()},
        answer=_by("Flow", "getFlow", names=("slug", "designation")),
    ),
    Lookup(
        token="authentik:index/getPropertyMappingProviderScope:getPropertyMappingProviderScope",  # noqa: S106
        inputs={
            "managed": text(),
            "managedLists": texts(),
            "name": text(),
            "scopeName": text(),
            "id": text(),
            "ids": texts(),
        },
        answer=_scopes,
    ),
    Lookup(
        token="authentik:index/getCertificateKeyPair:getCertificateKeyPair",  # noqa: S106 a function token
        inputs={"name": text(required=True), "fetchCertificate": flag(), "fetchKey": flag(), "keyData": text()},
        answer=_key_pair,
        secrets=frozenset({"keyData"}),
    ),
    Lookup(
        token="authentik:index/getGroup:getGroup",  # noqa: S106 a function token
        inputs={"name": text(), "pk": text(), "includeUsers": flag(), "id": text()},
        answer=_group,
    ),
    Lookup(
        token="authentik:index/getServiceConnectionKubernetes:getServiceConnectionKubernetes",  # noqa: S106
        inputs={"name": text(), "local": flag(), "verifySsl": flag(), "id": text(), "kubeconfig": text()},
        answer=_by("ServiceConnectionKubernetes", "getServiceConnectionKubernetes", names=("name", "local")),
        secrets=frozenset({"kubeconfig"}),
    ),
    Lookup(
        token="authentik:index/getBrand:getBrand",  # noqa: S106 a function token
        inputs={"domain": text(), "default": flag(), "id": text()},
        answer=_by("Brand", "getBrand", names=("domain", "default")),
    ),
)
