"""A platform as it stands, in a form in which two of them can be compared.

What differs between any two platforms has the name of what it stands for in its place: ids that accounts and the API
server gave, secrets that the vault generated, times. So two that were made apart are equal if each thing of one has its
like in the other, and whatever refers to an id or holds a secret does so to the like of it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from doctor.pods import is_passing
from drills.chaos.worlds import World
from sandbox import kube
from sandbox.plugins.accounts.account import NAMES, Account, Data
from sandbox.plugins.kubernetes import record

PASSING: Final = frozenset(
    {
        *("Pod", "ReplicaSet", "ControllerRevision", "Endpoints", "EndpointSlice", "Event", "Lease", "Node", "CSINode"),
        *("APIService", "FlowSchema", "PriorityLevelConfiguration", "IPAddress", "CertificateRequest", "Order"),
        *("Challenge", "VolumeAttachment", "ComponentStatus", "Backup"),
    }
)
"""Kinds that others are made of, under names of the moment, or that are the cluster's own."""
GIVEN: Final = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")
"""What the API server writes into an object's metadata."""
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)")
LONG: Final = 16
"""Characters from which on an id or a value of the vault cannot be meant by chance."""
SHORT: Final = 10
"""Characters of the digest of a Secret's value that pods carry, to be others when it is another."""
WORDS: Final = (
    re.compile(r"[A-Za-z0-9+/=_.~-]{16,}"),
    re.compile(r"[A-Za-z0-9_-]{16,}"),
    re.compile(r"[0-9a-f-]{16,}"),
)
"""What may be an id or a secret within a text, the longest first."""
COUNTED: Final = (
    "deployment.kubernetes.io/revision",
    "deprecated.daemonset.template.generation",
    "kubectl.kubernetes.io/restartedAt",
    "operator.1password.io/item-version",
    "operator.1password.io/last-restarted",
)
"""Annotations that say how often something was changed, or when."""
BOUND: Final = ("pv.kubernetes.io/", "volume.beta.kubernetes.io/", "volume.kubernetes.io/")
"""How annotations begin that say how far a claim has got with its volume."""
JSON_IN_BASE64: Final = "eyJ"
OF_THE_CLUSTER: Final = ("kube-root-ca.crt", "kubernetes")
"""Names of what each cluster has of itself."""


def read(client: kube.Client, accounts: Mapping[str, Account]) -> World:
    """The platform of a cluster and its accounts as it is now."""
    contents = {name: accounts[name].read() for name in NAMES}
    tokens = {**_account_ids(contents), **_vault(contents["onepassword"])}
    objects = list(_objects(client))
    tokens.update(_given_by_the_server(objects))
    found = [*_of_accounts(contents), *((f"{obj['kind']} {kube.name_of(obj)}", obj) for obj in objects)]
    things: dict[str, Any] = {}
    values: dict[str, str] = {}
    names = [_named(name, tokens) for name, _ in found]
    for name, (_, thing) in zip(names, found, strict=True):
        values.update({f"{name} {key}": digest for key, digest in _digests(thing)})
        things[name] = _in_order(_named(_lasting(thing, tokens), tokens))
    return World(things=things, counts=Counter(names), values=values)


# -- accounts ---------------------------------------------------------------------------------------------------------

KNOWN_BY: Final = ("title", "fqdn", "slug", "domain", "name", "type", "order")
"""What tells things of one type apart, as far as they have it."""
REFERS: Final = ("target", "policy", "group", "tunnelId")
"""What else does: a binding has no name of its own."""
OWN: Final = ("version", "id", "uuid", "pk", "providerProxyId", "providerOauth2Id", "connections")
"""What a service counts or calls a thing, and who is connected with it just now."""
MADE: Final = ("aud", "clientId", "clientSecret", "secret", "tunnelSecret")
"""What a service makes up itself unless it is told."""


def _of_accounts(contents: Mapping[str, Data]) -> Iterator[tuple[str, Data]]:
    for account, data in contents.items():
        for kind, table in _tables(data):
            for thing in table.values():
                yield f"{account} {kind} {_known_by(thing)}", _plain(thing, data)


def _plain(thing: Data, data: Data) -> Data:
    """A thing without what its service calls it, and with names in the place of numbers that refer to others."""
    numbers = {
        str(own): f"<{_known_by(other)}>"
        for kind, table in _tables(data)
        if "Provider" in kind
        for own, other in table.items()
    }

    def told(key: str, value: Any) -> Any:
        if isinstance(value, list) and all(isinstance(item, (str, int)) for item in value):
            return sorted(str(told(key, item)) for item in value)
        return numbers.get(str(value), value) if "rovider" in key and isinstance(value, (str, int)) else value

    return {key: told(key, value) for key, value in thing.items() if key not in OWN}


def _tables(data: Data) -> Iterator[tuple[str, Data]]:
    yield from sorted(data.get("objects", {}).items())
    yield "Item", data.get("items", {})


def _known_by(thing: Data) -> str:
    return " ".join(str(thing[key]) for key in (*KNOWN_BY, *REFERS) if thing.get(key) not in (None, ""))


def _account_ids(contents: Mapping[str, Data]) -> dict[str, str]:
    """Every id that an account gave, with the name of what has it: the first, of what is known by another's."""
    ids: dict[str, str] = {}
    for account, data in contents.items():
        for kind, table in _tables(data):
            for own, thing in table.items():
                name = f"<{account} {kind} {_known_by(thing)}>"
                for identifier in (str(own), *(str(thing[key]) for key in ("id", "uuid", "pk") if key in thing)):
                    ids.setdefault(identifier, name)
                    ids.setdefault(identifier.replace("-", ""), name)
                for what, made in _parts(thing):
                    ids.setdefault(made, f"{name}'s {what}")
    return {identifier: name for identifier, name in ids.items() if len(identifier) >= LONG}


def _parts(thing: Data) -> Iterator[tuple[str, str]]:
    """What a service made up within a thing, and what it is of it."""
    yield from ((key, str(thing[key])) for key in MADE if thing.get(key))
    for part in ("fields", "sections"):
        yield from ((f"{part} {item.get('label')}", str(item["id"])) for item in thing.get(part, ()))


def _vault(data: Data) -> dict[str, str]:
    """What each value of the vault is: the item and the field."""
    items = sorted(data.get("items", {}).values(), key=lambda item: str(item["title"]), reverse=True)
    return {
        str(field["value"]): f"<{item['title']}/{field['label']}>"
        for item in items
        for field in item.get("fields", ())
        if len(str(field.get("value", ""))) >= LONG
    }


# -- the cluster ------------------------------------------------------------------------------------------------------


def _objects(client: kube.Client) -> Iterator[dict[str, Any]]:
    """Every object of every kind that lasts."""
    kinds = list(_kinds(client))
    with ThreadPoolExecutor(max_workers=8) as pool:
        for found in pool.map(lambda kind: client.list(*kind), kinds):
            yield from (obj for obj in found if obj["metadata"]["name"] not in OF_THE_CLUSTER and not is_passing(obj))


def _kinds(client: kube.Client) -> Iterator[tuple[str, str]]:
    """Each kind once, in the version that the server prefers."""
    groups = client.request("GET", "/apis")["groups"]
    versions = ["v1", *(group["preferredVersion"]["groupVersion"] for group in groups)]
    known: set[tuple[str, str]] = set()
    for version in versions:
        path = f"/apis/{version}" if "/" in version else f"/api/{version}"
        for item in client.request("GET", path)["resources"]:
            group = version.rpartition("/")[0]
            lasts = "/" not in item["name"] and "list" in item["verbs"] and item["kind"] not in PASSING
            if lasts and (group, item["kind"]) not in known:
                known.add((group, item["kind"]))
                yield version, item["kind"]


def _given_by_the_server(objects: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Ids and addresses that the API server gave, and digests of what Secrets hold, with the name of what has them."""
    given: dict[str, str] = {}
    for obj in objects:
        name = f"<{obj['kind']} {kube.name_of(obj)}>"
        given[obj["metadata"]["uid"]] = name
        if obj["kind"] == "Secret":
            # Pods that have to start anew for another value carry its digest.
            data = (obj.get("data") or {}).items()
            given.update({_digest(_decoded(value))[:SHORT]: f"<digest of {key} in {name}>" for key, value in data})
        if obj["kind"] == "PersistentVolumeClaim":
            given[f"pvc-{obj['metadata']['uid']}"] = f"volume of {kube.name_of(obj)}"
        spec = obj.get("spec") or {}
        if obj["kind"] == "Service":
            given.update(dict.fromkeys((ip for ip in spec.get("clusterIPs", ()) if ip != "None"), name))
    return given


def _lasting(thing: Data, tokens: Mapping[str, str]) -> Data:
    """A thing without what is of the moment; an object's status is the wiring check's to judge."""
    if "apiVersion" not in thing:
        return thing
    metadata = {key: value for key, value in thing["metadata"].items() if key not in GIVEN}
    notes = metadata.get("annotations") or {}
    metadata["annotations"] = {key: value for key, value in notes.items() if not key.startswith(BOUND)}
    rest = {key: value for key, value in thing.items() if key not in {"metadata", "status"}}
    if thing["kind"] == "Secret":
        rest["data"] = {key: _meaning(value, tokens) for key, value in (thing.get("data") or {}).items()}
    if thing["kind"] == "PersistentVolume" and "claimRef" in thing["spec"]:
        claim = {key: value for key, value in thing["spec"]["claimRef"].items() if key not in GIVEN}
        rest["spec"] = {**thing["spec"], "claimRef": claim}
    if (metadata.get("labels") or {}).get("owner") == record.OWNER:
        # How often it was brought: one that did not come up is upgraded by the next update.
        rest["data"] = {key: value for key, value in (thing.get("data") or {}).items() if key != "revision"}
    if thing["kind"] == "Service":
        ports = [{k: v for k, v in port.items() if k != "nodePort"} for port in rest["spec"].get("ports", ())]
        rest["spec"] = {**{k: v for k, v in rest["spec"].items() if k != "healthCheckNodePort"}, "ports": ports}
    return {"metadata": metadata, **rest}


def _meaning(value: str, tokens: Mapping[str, str]) -> str:
    """What a Secret's value is: the vault's, or one that was made in the cluster, which is nobody else's to know."""
    text = _decoded(value)
    return tokens.get(text) or ("<made here>" if len(text) >= LONG else text)


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, ValueError):
        return value


def _digests(thing: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Digest of each secret value of a thing, by its place in it."""
    if thing.get("kind") == "Secret" and "apiVersion" in thing:
        pairs = [(key, value) for key, value in (thing.get("data") or {}).items()]
    else:
        pairs = [(field["label"], str(field.get("value", ""))) for field in thing.get("fields", ()) if "label" in field]
    for key, value in pairs:
        yield key, _digest(value)


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _in_order(thing: Any) -> Any:
    """Plain lists of an account's thing are sets: their order is that of the ids that were in them."""
    if "apiVersion" in thing:
        return thing
    plain = {
        key: value
        for key, value in thing.items()
        if isinstance(value, list) and all(isinstance(item, str) for item in value)
    }
    return {**thing, **{key: sorted(value) for key, value in plain.items()}}


def _named(value: Any, tokens: Mapping[str, str]) -> Any:
    """The value with the name of what is meant in the place of ids, secrets and moments."""
    if isinstance(value, dict):
        named = {key: _named(item, tokens) for key, item in value.items() if key not in COUNTED}
        # Annotations that were nothing but counts are as if there were none.
        return {_named(key, tokens): item for key, item in named.items() if item != {} or value[key] == {}}
    if isinstance(value, list):
        return [_named(item, tokens) for item in value]
    if not isinstance(value, str):
        return value
    for words in WORDS:
        value = tokens.get(value) or words.sub(lambda found: _word(found[0], tokens), value)
    return MOMENT.sub("<a moment>", value)


def _word(word: str, tokens: Mapping[str, str]) -> str:
    """What a word stands for; a tunnel's token has its parts in it."""
    if word in tokens or not word.startswith(JSON_IN_BASE64):
        return tokens.get(word, word)
    return f"<{_named(_decoded(word), tokens)}>"
