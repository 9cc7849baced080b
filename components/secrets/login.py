"""Ways in for the day on which Authentik is down."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.core.v1 import Secret

from components.kit import ControllerLogin, SecretStore, Value, VaultItem, VaultItemArgs, plain


@dataclass(frozen=True, kw_only=True)
class SavedLoginArgs:
    """A controller's own user, and the vault that is to remember him."""

    login: ControllerLogin
    store: SecretStore


class SavedLogin(pulumi.ComponentResource):
    """A user of a controller, whose password is kept in 1Password: it works without Authentik.

    The controller makes the password up itself and keeps only a hash of it. The Secret that holds it in the clear has
    to stay in the cluster, since this program reads it there.
    """

    def __init__(self, name: str, args: SavedLoginArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:SavedLogin", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        login = args.login
        identifier = login.installed.apply(lambda _: f"{login.namespace.name}/{login.secret}")
        password = Secret.get(name, identifier, opts=inside).data.apply(
            lambda data: base64.b64decode(data["password"]).decode()
        )
        fields = {"username": Value(value=login.username), "password": Value(value=password)}
        VaultItem(name, VaultItemArgs(store=args.store, fields=fields), opts=inside)
        self.register_outputs({})
