"""Secrets by name: where each is, and who reads it. Values are nowhere here: they are never read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.summaries import SecretReference
from components.vocabulary import ARGOCD_PART
from doctor.pods import is_passing
from doctor.snapshot import Snapshot
from pages.actors import DIGEST
from pages.markdown import code, codes, page, table
from pages.platform import Platform
from policy.objects import labels_of, namespace_of

SILENT: Final = {"Secret", "Pod", "OnePasswordItem", "Certificate", "Challenge", "Service", "Application"}
"""Kinds that read no Secret themselves: what makes one, and what only hands its name on."""
NAMES: Final = {"secretName", "repository"}
"""Keys whose values are names of Secrets, in the objects that are looked at."""
RELEASES: Final = "sh.helm.release."
"""How the names begin of what Helm notes of a chart."""
ARGOCD_SERVER: Final = "argocd-server"


def secrets(platform: Platform) -> str:
    """The whole page."""
    rows = []
    for item in sorted(platform.summary.secrets, key=lambda each: (each.namespace, each.name)):
        platform.need("OnePasswordItem", item.name, item.namespace)
        rows.append([code(item.namespace), code(item.name), codes(item.keys), codes(readers(platform, item))])
    return page(
        "Secrets",
        f"{len(rows)} Secrets come from the vault in 1Password: its operator asks every "
        f"{platform.figure('onepassword-polling')} whether one has changed. Values are in the vault and in the Secret, "
        "and in no page, output or manifest. Where nobody is named, the value is part of a file in another Secret, or "
        "waits for an application that is off.",
        table(["namespace", "Secret", "keys", "read by"], rows),
        "## Made in the cluster",
        "By operators and charts, for what they run: databases' users, certificates.",
        table(["namespace", "Secret", "keys", "read by"], _others(platform)),
    )


def readers(platform: Platform, item: SecretReference) -> list[str]:
    """Who reads a Secret: workloads, objects of operators that name it, and Argo CD by its label."""
    found = read_by(platform.snapshot, item.namespace, item.name)
    secret = platform.need("Secret", item.name, item.namespace)
    if ARGOCD_PART.items() <= labels_of(secret).items():
        found |= {f"Deployment {platform.actor(ARGOCD_SERVER, item.namespace).place}"}
    return sorted(found)


def read_by(snapshot: Snapshot, namespace: str, name: str) -> set[str]:
    """Whatever in the namespace, or in none, names a Secret."""
    return _index(snapshot).get((namespace, name), set()) | _index(snapshot).get(("", name), set())


def _index(snapshot: Snapshot) -> dict[tuple[str, str], set[str]]:
    """Who names which Secrets, by the namespace of who does and the Secret's name."""

    def made() -> dict[tuple[str, str], set[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for kind, objects in snapshot.objects.items():
            for (namespace, name), obj in objects.items() if kind not in SILENT else ():
                if not name.startswith(RELEASES) and not is_passing(obj):
                    # The name of a Job ends in a digest of what it does.
                    own = DIGEST.sub("", name) if kind == "Job" else name
                    place = f"{namespace}/{own}" if namespace else own
                    for said in _named({key: obj.get(key) for key in ("spec", "data")}, ""):
                        found.setdefault((namespace, said), set()).add(f"{kind} {place}")
        return found

    index: dict[tuple[str, str], set[str]] = snapshot.once("pages: who names which Secrets", made)
    return index


def _named(value: Any, parent: str) -> Iterator[str]:
    """The names of Secrets in an object: beside a key, below a word for secrets, or where Argo CD looks one up."""
    if isinstance(value, Mapping):
        name = value.get("name")
        if isinstance(name, str) and not parent.startswith("configMap") and ("key" in value or "ecret" in parent):
            yield name
        for key, item in value.items():
            if key in NAMES and isinstance(item, str):
                yield item
            yield from _named(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item, parent)
    elif isinstance(value, str):
        for part in value.split("$")[1:]:
            yield part.partition(":")[0]


def _others(platform: Platform) -> Iterator[list[str]]:
    """Secrets that come from elsewhere and that somebody reads."""
    known = {(item.namespace, item.name) for item in platform.summary.secrets}
    for secret in platform.all("Secret"):
        place = namespace_of(secret), secret["metadata"]["name"]
        found = read_by(platform.snapshot, *place)
        if place not in known and found:
            yield [code(place[0]), code(place[1]), codes(sorted(secret.get("data") or {})), codes(sorted(found))]
