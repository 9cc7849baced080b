"""The way of a secret: generated in a 1Password item, carried into the cluster by the operator, read by a pod.

Manifests carry the item's path only; the value is in 1Password and in the Secret that the operator makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_onepassword as onepassword
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.home import THE_ONLY_ONE, Home
from components.kit.inputs import plain
from components.kit.namespace import Namespace
from components.vocabulary import PRODUCT

SECTION = PRODUCT
"""Section of an item that holds the platform's fields."""


@dataclass(frozen=True, kw_only=True)
class Generated:
    """A value that 1Password makes up once, by its recipe."""

    length: int = 40
    """Characters; 1Password's recipes go up to 64."""
    symbols: bool = False
    """Off by default: many programs take their secrets from URLs or shells, where symbols need quoting."""
    lasting: bool = False
    """Whether what it opens outlives the platform, and would be lost with it: it is protected then, and never made
    anew."""


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value that exists already, for example a token from another account's dashboard; it is kept secret."""

    value: pulumi.Input[str]


Field = Generated | Value


@dataclass(frozen=True, kw_only=True)
class SecretStore:
    """Where secrets live: the vault, and the operator that carries its items into the cluster."""

    vault: str
    """Id of the vault."""
    operator: pulumi.Resource
    """The operator: its CRDs exist and it runs once this resource is done."""
    once: pulumi.ResourceHook
    """Runs before an item is made, and refuses one that the vault has already."""
    home: Home = THE_ONLY_ONE
    """Whose items they are: other homes may keep theirs in the same vault."""

    @property
    def tags(self) -> list[str]:
        """Of every item, so that a person sees in 1Password who made it."""
        return [self.home.mark, "pulumi"]

    @property
    def hooks(self) -> pulumi.ResourceHookBinding:
        """What every item of the vault is made with."""
        return pulumi.ResourceHookBinding(before_create=[self.once])


@dataclass(frozen=True, kw_only=True)
class VaultItemArgs:
    """One item of the vault."""

    store: SecretStore
    fields: Mapping[str, Field]
    """By label. A label becomes a key of the synced Secret: letters, digits, `-`, `_` and `.` only."""

    def __post_init__(self) -> None:
        for label in self.fields:
            if not label or not label.replace("-", "").replace("_", "").replace(".", "").isalnum():
                message = f"field label {label!r} would be renamed on its way into a Secret: use letters, digits, - _ ."
                raise ValueError(message)


class VaultItem(pulumi.ComponentResource):
    """A 1Password item whose values are generated there or given.

    With a service account, 1Password makes up the password of a password item and nothing else. So each generated value
    is an item of its own, and this one holds them together under their labels.
    """

    name: str
    labels: frozenset[str]
    store: SecretStore
    path: pulumi.Output[str]
    """`vaults/<id>/items/<id>`: by id, because the operator restarts pods for ever if two items share a title."""

    def __init__(self, name: str, args: VaultItemArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:VaultItem", name, plain(args), opts)
        self.name = name
        self.labels = frozenset(args.fields)
        self.store = args.store
        self._values = {label: self._value(label, field) for label, field in args.fields.items()}
        item = onepassword.Item(
            name,
            vault=args.store.vault,
            title=args.store.home.own(name),
            category="secure_note",
            tags=args.store.tags,
            sections=[
                onepassword.ItemSectionArgs(
                    label=SECTION,
                    fields=[
                        onepassword.ItemSectionFieldArgs(label=label, type="CONCEALED", value=value)
                        for label, value in self._values.items()
                    ],
                )
            ],
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["sections"], hooks=args.store.hooks),
        )
        self.path = pulumi.Output.concat("vaults/", args.store.vault, "/items/", item.uuid)
        self.register_outputs({"path": self.path})

    def value(self, label: str) -> pulumi.Output[str]:
        """The secret value of a field, for another account that has to know it. Never put it into a manifest.

        Raises:
            KeyError: there is no field of that label.
        """
        _known(label, self.labels, f"1Password item {self.name!r}")
        return self._values[label]

    def _value(self, label: str, field: Field) -> pulumi.Output[str]:
        if isinstance(field, Value):
            return pulumi.Output.secret(field.value)
        generated = onepassword.Item(
            f"{self.name}-{label}",
            vault=self.store.vault,
            title=self.store.home.own(f"{self.name} {label}"),
            category="password",
            tags=self.store.tags,
            password_recipe=onepassword.ItemPasswordRecipeArgs(
                length=field.length, letters=True, digits=True, symbols=field.symbols
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                hooks=self.store.hooks,
                protect=field.lasting,
                retain_on_delete=field.lasting,
                # Another recipe would be another value.
                ignore_changes=["passwordRecipe"] if field.lasting else None,
            ),
        )
        return pulumi.Output.secret(generated.password)


@dataclass(frozen=True, kw_only=True)
class GivenItem:
    """An item that a person has made in the vault, with what no program can make up: a key, another service's address.

    It is known by its id, and the program never reads its values.
    """

    store: SecretStore
    id: str
    labels: frozenset[str]
    """Fields that it has to have."""

    @property
    def path(self) -> str:
        """`vaults/<id>/items/<id>`."""
        return f"vaults/{self.store.vault}/items/{self.id}"


def _known(key: str, keys: frozenset[str], where: str) -> None:
    if key not in keys:
        message = f"{where} has no key {key!r}; it has: {', '.join(sorted(keys))}"
        raise KeyError(message)


@dataclass(frozen=True, kw_only=True)
class SecretKey:
    """One key of a Secret that will exist: what an environment variable or a chart's value refers to."""

    secret: str
    key: str
    synced: pulumi.Resource
    """Done when the Secret exists."""


@dataclass(frozen=True, kw_only=True)
class SyncedSecretArgs:
    """A vault item wanted as a Secret."""

    namespace: Namespace
    item: VaultItem | GivenItem
    labels: Mapping[str, str] | None = None
    """Labels that the operator passes on to the Secret."""


def secret_name(name: str) -> str:
    """Name of the Secret that the operator makes for the `SyncedSecret` of that name."""
    return f"secret-{name}"


class SyncedSecret(pulumi.ComponentResource):
    """An `OnePasswordItem`: the operator makes the Secret `secret-<name>` of it and keeps it up to date.

    It knows its keys, so asking for a key that the item lacks fails when the program runs, not when a pod starts.
    """

    name: str
    """Name of the Secret."""
    namespace: Namespace
    keys: frozenset[str]
    item: VaultItem | GivenItem

    def __init__(self, name: str, args: SyncedSecretArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:SyncedSecret", name, plain(args), opts)
        self.name = secret_name(name)
        self.namespace = args.namespace
        self.keys, self.item = args.item.labels, args.item
        self._item = CustomResource(
            name,
            api_version="onepassword.com/v1",
            kind="OnePasswordItem",
            metadata=ObjectMetaArgs(
                name=self.name,
                namespace=args.namespace.name,
                labels=args.labels,
                annotations={"pulumi.com/waitFor": "condition=Ready"},
            ),
            spec={"itemPath": args.item.path},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, args.item.store.operator]),
        )
        self.register_outputs({"name": self.name})

    def key(self, key: str) -> SecretKey:
        """Refer to one key.

        Raises:
            KeyError: the item has no field of that label.
        """
        _known(key, self.keys, f"Secret {self.name!r}")
        return SecretKey(secret=self.name, key=key, synced=self._item)


def synced_item(
    name: str,
    *,
    store: SecretStore,
    namespace: Namespace,
    fields: Mapping[str, Field],
    parent: pulumi.Resource,
    labels: Mapping[str, str] | None = None,
) -> SyncedSecret:
    """An item of the vault and the Secret that the operator makes of it, both of that name, below `parent`."""
    opts = pulumi.ResourceOptions(parent=parent)
    item = VaultItem(name, VaultItemArgs(store=store, fields=fields), opts=opts)
    return SyncedSecret(name, SyncedSecretArgs(namespace=namespace, item=item, labels=labels), opts=opts)
