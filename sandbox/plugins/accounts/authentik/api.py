"""What Authentik's types share: its way of refusing, numbers, and references to other objects."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.faults import Request, Trouble
from sandbox.plugins.accounts.kind import Kind, others
from sandbox.plugins.accounts.schema import Property
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties

_UNITS: Final = "weeks|days|hours|minutes|seconds|milliseconds|microseconds"
_VALIDITY: Final = re.compile(rf"({_UNITS})=\d+(\.\d+)?(;({_UNITS})=\d+(\.\d+)?)*;?")
PATHS: Final[Mapping[str, str]] = {
    "Application": "core/applications",
    "Brand": "core/brands",
    "CertificateKeyPair": "crypto/certificatekeypairs",
    "Flow": "flows/instances",
    "FlowStageBinding": "flows/bindings",
    "Group": "core/groups",
    "Outpost": "outposts/instances",
    "PolicyBinding": "policies/bindings",
    "PropertyMappingProviderScope": "propertymappings/provider/scope",
    "ProviderOauth2": "providers/oauth2",
    "ProviderProxy": "providers/proxy",
    "ServiceConnectionKubernetes": "outposts/service_connections/kubernetes",
    "StageConsent": "stages/consent",
    "StageUserLogin": "stages/user_login",
    "StageUserLogout": "stages/user_logout",
}
PROVIDERS: Final = ("ProviderProxy", "ProviderOauth2")
STAGES: Final = ("StageUserLogin", "StageUserLogout", "StageConsent")


BLANK: Final = "This field may not be blank."
SLUG: Final = formats.at_most(50, rule=formats.slug)
INT32: Final = 2**31


def complaint(trouble: Trouble, request: Request, url: str) -> str:
    """What the provider says of a server in trouble."""
    own = f"{request.id}/" if request.id else ""
    path = f"/api/v3/{PATHS[request.kind.removeprefix('get')]}/{own}"
    if trouble.status:
        return f"HTTP Error '{trouble.status}' during request '{request.method} {path}': \"\""
    why = "context deadline exceeded" if trouble is Trouble.SILENT else "EOF"
    return f"HTTP Error '{request.method.title()} \"{url.rstrip('/')}{path}\": {why}' without http response"


def to_snake(name: str) -> str:
    """A property as the API names it."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name)


def validity(value: Any) -> str:
    """A span of time in Authentik's notation."""
    return "" if _VALIDITY.fullmatch(str(value)) else "a span of time such as hours=1;minutes=30"


class Resource(Kind):
    """A type of Authentik: ids are UUIDs, and each object also carries its id under the type's own name."""

    id_property = ""
    """The output that repeats the id, for example `groupId`."""
    unique: tuple[str, ...] = ("name",)
    """Properties that no two objects of this type share."""

    def refuse(self, problem: Mapping[str, str]) -> ProviderError:
        """A refusal as the API words it: what is wrong, by property."""
        body = json.dumps({key: [value] for key, value in problem.items()})
        path = PATHS[self.schema.short]
        return ProviderError(f"HTTP Error '400 Bad Request' during request '/api/v3/{path}/': {body}")

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse what the provider sends in place of what was left out, and what another object has already."""
        blank = {to_snake(name): BLANK for name, prop in self.schema.inputs.items() if _is_blank(prop, given.get(name))}
        if blank:
            raise self.refuse(blank)
        for name in self.unique:
            for other, value in others(data, self.schema.short, own):
                if name in given and value.get(name) == given[name]:
                    known = f"{self.schema.short} {other} has this {name} already: import it or choose another"
                    raise self.refuse({name: known})

    def dangling(self, name: str, own: Any, what: str) -> ProviderError:
        """A refusal of a reference to nothing."""
        return self.refuse({name: f'Invalid pk "{own}" - object does not exist: there is no such {what}'})

    def needed(self, data: Data, kind: str, own: Any, name: str) -> Data:
        """The object that a property refers to by its id (a flow by its UUID)."""
        held: Data | None = objects(data, kind).get(str(own))
        if kind == "Flow":
            held = next((flow for flow in objects(data, kind).values() if flow["uuid"] == own), None)
        if held is None:
            raise self.dangling(name, own, kind)
        return held

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """The id once more."""
        del data, given, old
        return {self.id_property: own}


def _is_blank(prop: Property, given: Any) -> bool:
    """Whether the provider sends an empty text for this, and the server wants one that is not."""
    return given is None and prop.sent == "" and bool(prop.rule and prop.rule(""))


def number(data: Data) -> str:
    """The next number: providers are counted together."""
    data["next"] = data.get("next", 1) + 1
    return str(data["next"] - 1)


def provider(data: Data, own: Any) -> tuple[str, Data] | None:
    """The provider of a number, with its type."""
    for kind in PROVIDERS:
        held: Data | None = objects(data, kind).get(str(own))
        if held is not None:
            return kind, held
    return None
