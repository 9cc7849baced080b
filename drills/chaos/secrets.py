"""Secrets that get another value while an update is killed; items of the vault that somebody edits, moves, archives.

In the end everybody who has to know a value knows the same one: the vault, the accounts, the Secrets, and the pods, all
of which have started since.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from drills.chaos.following import Person
from drills.chaos.held import Held, holding, updating
from drills.chaos.scene import RECOVER, Scene
from drills.chaos.tally import Tally
from drills.chaos.vault import PASSWORD, Vault
from sandbox.plugins.accounts.account import objects

GONE: Final = "docs/runbooks/vault-item-gone.md"
ROTATE: Final = "docs/runbooks/rotate-database-password.md"
CLIENT: Final = "argocd"
TOGETHER: Final = "argocd-oidc"
"""The item that holds the client's values, and from which they come into the cluster."""
ROTATED: Final = "argocd-oidc-client-secret"
SECRET: Final = "argocd-oidc client-secret"  # noqa: S105 a title
LABEL: Final = "client-secret"
KEY: Final = "authentik-secret-key"
KEY_ITEM: Final = "authentik secret-key"
KILLED: Final = "a client's secret is made anew, and the engine is killed"


def run(scene: Scene, tally: Tally) -> None:
    """One trouble after the other."""
    with tempfile.TemporaryDirectory(prefix="homelab-secrets-") as folder:
        troubles = Troubles(scene=scene, tally=tally, person=Person(scene=scene, home=Path(folder)))
        troubles.killed()
        troubles.database()
        troubles.edited()
        troubles.gone()


@dataclass(frozen=True, kw_only=True)
class Troubles:
    """The troubles of one platform's secrets."""

    scene: Scene
    tally: Tally
    person: Person

    @property
    def vault(self) -> Vault:
        """Where values are made up."""
        return Vault(account=self.scene.account("onepassword"))

    def killed(self) -> None:
        """Kill the engine at each place between the old value and the new one."""
        for stop in (partial(self._made, ROTATED, SECRET), self._not_told, self._told, self._not_cleared):
            with updating(self.scene, "--replace", f"**::{ROTATED}") as update:
                before = self._known()
                stop(update, before)
                update.kill()
            self._brought_back()
            difference = self.person.whole(rotated=True)
            if self._known() == before:
                difference = replace(difference, left=(*difference.left, f"{SECRET}: it has no other value"))
            self.tally.tried(KILLED, difference, [RECOVER])

    def _made(self, name: str, title: str, update: Held, _before: str = "") -> None:
        """The vault has the new item, and the engine has not heard of it."""
        with holding(self.vault.account) as asked:
            update.until("the vault is asked for an item", lambda: update.noted(name, "creating") and asked())
            update.deafen()
        update.until("there is another item", lambda: self.vault.count(title) > 1)

    def _not_told(self, update: Held, _before: str) -> None:
        """The engine has the new value, and Authentik has not."""
        with holding(self.scene.account("authentik")) as asked:
            update.until("Authentik is being told", lambda: update.noted(CLIENT, "updating") and asked())
            update.kill()

    def _told(self, update: Held, before: str) -> None:
        """Authentik has the new value, and the engine has not heard of it."""
        with holding(self.scene.account("authentik")) as asked:
            update.until("Authentik is being told", lambda: update.noted(CLIENT, "updating") and asked())
            update.deafen()
        update.until("Authentik has been told", lambda: self._known() != before)

    def _not_cleared(self, update: Held, before: str) -> None:
        """Everybody has the new value, and the old item is still there."""
        update.until("Authentik has been told", lambda: self._known() != before)
        update.until("the item has it", lambda: self.vault.value(TOGETHER, LABEL) == self._known())
        with holding(self.vault.account) as asked:
            update.until("the old item is being deleted", lambda: update.noted(ROTATED, "deleting") and asked())
            update.kill()

    def database(self) -> None:
        """A key of Authentik's is made anew, and then the password of its database, while an update is killed."""
        with updating(self.scene, "--replace", f"**::{KEY}") as update:
            self._made(KEY, KEY_ITEM, update)
            update.kill()
        before = self._password()
        commands = self.person.follow(
            ROTATE, "## A cluster of one's own", namespace="authentik", cluster="authentik-db"
        )
        self._brought_back()
        difference = self.person.whole(rotated=True)
        if self._password() == before:
            difference = replace(difference, left=(*difference.left, "the database has its old password"))
        self.tally.tried("a database's password is changed while an update is killed", difference, [RECOVER, *commands])

    def edited(self) -> None:
        """Somebody changes what an item has, its title, and takes a field out; and makes up a client's secret."""
        with self.vault.edited(TOGETHER) as item:
            item["title"] = "renamed"
            item["fields"] = [field for field in item["fields"] if field["label"] != LABEL]
        with self.vault.edited(SECRET) as item:
            next(field for field in item["fields"] if field["label"] == PASSWORD)["value"] = "made-up-by-hand" * 2
        commands = self.person.follow(GONE, "## It was edited")
        difference = self.person.whole(rotated=True)
        if self.vault.value(TOGETHER, LABEL) != "made-up-by-hand" * 2:
            difference = replace(
                difference, left=(*difference.left, f"{TOGETHER}: it has not the value made up by hand")
            )
        self.tally.tried("an item of the vault is edited", difference, commands)

    def gone(self) -> None:
        """Items that hold values together, and one that holds a value, are moved and archived."""
        own = self.vault.move(TOGETHER)
        commands = self.person.follow(GONE, "## It holds values together", item_id=own, name=TOGETHER)
        self.vault.forget_elsewhere()
        self.tally.tried("an item of the vault is moved", self.person.whole(), commands)
        own, item = self.vault.take(KEY_ITEM)
        together, _ = self.vault.of("authentik")
        commands = self.person.follow(
            GONE,
            "## It holds one generated value",
            vault_id=item["vault"],
            title=KEY_ITEM,
            item=together,
            label="secret-key",
            item_id=own,
        )
        self.tally.tried("an item of the vault is archived", self.person.whole(), commands)

    def _known(self) -> str:
        """The secret by which Authentik knows the client."""
        providers = objects(self.scene.account("authentik").read(), "ProviderOauth2").values()
        return next(str(provider["clientSecret"]) for provider in providers if provider["name"] == CLIENT)

    def _password(self) -> str:
        secret = self.scene.cluster.get("v1", "Secret", "authentik-db-app", "authentik")
        return str(secret["data"]["password"]) if secret else ""

    def _brought_back(self) -> None:
        """The one command, and the update again."""
        self.scene.recover(adopt=False).works()
        self.scene.up().works()
