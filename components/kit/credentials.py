"""Secrets of an application and the client that it signs its users in by: as variables, or in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import ClassVar

import pulumi

from components.kit.exposure import Internal, Oidc
from components.kit.files import SecretFile
from components.kit.mounts import Mount
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET, OidcRegistration, RelyingParty
from components.kit.secret import Generated, SyncedSecret, Value, VaultItem, VaultItemArgs, synced_item
from components.kit.uses import Bound, Consumer


@dataclass(frozen=True, kw_only=True)
class VaultSecret:
    """Secrets that 1Password makes up once, as environment variables."""

    kept: ClassVar = True
    holds_data: ClassVar = False

    name: str
    """What they are for; the item is called `<application>-<name>`."""
    environment: Mapping[str, Generated]
    """Recipes by variable; one that is lasting is protected as the application's data is."""

    def bind(self, consumer: Consumer) -> Bound:
        """An item in the vault, and the Secret that the operator makes of it."""
        platform = consumer.platform
        secret = synced_item(
            f"{consumer.name}-{self.name}",
            store=platform.base.store,
            namespace=consumer.namespace,
            fields={
                variable: replace(recipe, lasting=recipe.lasting and not consumer.unprotected_reason)
                for variable, recipe in self.environment.items()
            },
            parent=consumer.parent,
        )
        platform.base.contributions.secrets.add(secret)
        return Bound(environment={variable: secret.key(variable) for variable in self.environment})


@dataclass(frozen=True, kw_only=True)
class OidcCredentials:
    """What an application whose sign-in is `Oidc` reads of its client, by the names of the variables."""

    kept: ClassVar = False
    holds_data: ClassVar = False

    issuer: str
    client_id: str
    client_secret: str

    def bind(self, consumer: Consumer) -> Bound:
        """The client at Authentik, and the Secret with its credentials.

        Raises:
            TypeError: the application signs its users in by other means.
        """
        secret = _registered(consumer, type(self).__name__)
        return Bound(
            environment={
                self.issuer: consumer.platform.base.site.oidc(consumer.name).issuer,
                self.client_id: secret.key(CLIENT_ID),
                self.client_secret: secret.key(CLIENT_SECRET),
            }
        )


@dataclass(frozen=True, kw_only=True)
class OidcFile:
    """A configuration file with the client's credentials in it, for a program that takes them in no other way.

    The whole file is a field of an item in 1Password: the credentials are in no manifest.
    """

    kept: ClassVar = False
    holds_data: ClassVar = False

    path: str
    """Where the container sees the file."""
    text: Callable[[str, str, str], str]
    """Makes the file of the issuer's URL, the client's id and its secret."""

    def bind(self, consumer: Consumer) -> Bound:
        """The client at Authentik, and the Secret with the file.

        Raises:
            TypeError: the application signs its users in by other means.
        """
        item = _registered(consumer, type(self).__name__).item
        if not isinstance(item, VaultItem):
            message = f"{consumer.name}: expected credentials that 1Password has made up"
            raise TypeError(message)
        issuer = consumer.platform.base.site.oidc(consumer.name).issuer
        values = pulumi.Output.all(item.value(CLIENT_ID), item.value(CLIENT_SECRET))
        text = values.apply(lambda both: self.text(issuer, both[0], both[1]))
        return _file(consumer, "configuration", self.path, text)


@dataclass(frozen=True, kw_only=True)
class VaultFile:
    """A configuration file with secrets in it that 1Password makes up once."""

    kept: ClassVar = True
    holds_data: ClassVar = False

    name: str
    """What it is for; the item with the secrets is called `<application>-<name>`."""
    path: str
    """Where the container sees the file."""
    secrets: Mapping[str, Generated]
    """Recipes by label."""
    text: Callable[[Mapping[str, str]], str]
    """Makes the file of the secrets, by label."""

    def bind(self, consumer: Consumer) -> Bound:
        """An item with the secrets, which people look up there, and the Secret with the file."""
        name = f"{consumer.name}-{self.name}"
        args = VaultItemArgs(store=consumer.platform.base.store, fields=self.secrets)
        item = VaultItem(name, args, opts=consumer.opts)
        values = pulumi.Output.all(**{label: item.value(label) for label in self.secrets})
        return _file(consumer, f"{self.name}-file", self.path, values.apply(self.text))


def _registered(consumer: Consumer, use: str) -> SyncedSecret:
    """The client at Authentik that the application's sign-in asks for: the Secret with its credentials."""
    exposure = consumer.exposure
    if isinstance(exposure, Internal) or not isinstance(exposure.sign_in, Oidc):
        message = f"{consumer.name} uses {use}: expected the sign-in Oidc(...) for it"
        raise TypeError(message)
    sign_in = exposure.sign_in
    party = RelyingParty(
        name=consumer.name,
        title=consumer.title,
        host=exposure.host,
        callback=sign_in.callback,
        groups=sign_in.groups,
        more_callbacks=sign_in.more_callbacks,
        role=sign_in.role,
    )
    registration = OidcRegistration(party=party, namespace=consumer.namespace)
    return consumer.platform.register(registration, consumer.parent)


def _file(consumer: Consumer, name: str, path: str, text: pulumi.Output[str]) -> Bound:
    """A file of that text, in an item of the vault and the Secret that the operator makes of it."""
    base, label = consumer.platform.base, PurePosixPath(path).name
    secret = synced_item(
        f"{consumer.name}-{name}",
        store=base.store,
        namespace=consumer.namespace,
        fields={label: Value(value=text)},
        parent=consumer.parent,
    )
    base.contributions.secrets.add(secret)
    file = SecretFile(key=secret.key(label))
    return Bound(mounts=[Mount(name=name, path=path, claim=file, read_only=True, sub_path=label)])
