"""Tunnels, the configuration that Cloudflare hands to their connectors, and the token that a connector runs with."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from sandbox.plugins.accounts import formats
from sandbox.plugins.accounts.account import Data, objects
from sandbox.plugins.accounts.cloudflare import places, tokens
from sandbox.plugins.accounts.cloudflare.ingress import rule_problem
from sandbox.plugins.accounts.cloudflare.resource import Resource
from sandbox.plugins.accounts.kind import Lookup, now, others
from sandbox.plugins.accounts.schema import Property, Schema, flag, group, integer, listing, text, texts
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import Properties

TUNNEL: Final = "ZeroTrustTunnelCloudflared"
CONFIG: Final = "ZeroTrustTunnelCloudflaredConfig"


def _tunnel_secret(value: Any) -> str:
    try:
        long_enough = len(base64.b64decode(str(value), validate=True)) >= 32
    except binascii.Error:
        long_enough = False
    return "" if long_enough else "at least 32 bytes in base64"


class Tunnel(Resource):
    """A tunnel of an account."""

    permission = tokens.TUNNEL
    import_form = "<account_id>/<tunnel_id>"

    schema = Schema(
        token="cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared",  # noqa: S106 a type token
        inputs={
            "accountId": text(required=True, replace=True),
            "name": text(required=True, rule=formats.filled),
            "configSrc": text(default="local", choices=("local", "cloudflare"), replace=True),
            "tunnelSecret": text(secret=True, rule=_tunnel_secret),
        },
        outputs={
            "accountTag": text(),
            "connections": listing(item=group(fields={"id": text(), "coloName": text(), "openedAt": text()})),
            "connsActiveAt": text(),
            "connsInactiveAt": text(),
            "createdAt": text(),
            "deletedAt": text(),
            "metadata": text(),
            "remoteConfig": flag(),
            "status": text(),
            "tunType": text(),
        },
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse an unknown account and a second tunnel of a name."""
        places.account(data, given["accountId"], "cfd_tunnel")
        for other, tunnel in others(data, TUNNEL, own):
            same = (tunnel["accountId"], tunnel["name"]) == (given["accountId"], given["name"])
            if same and not tunnel.get("deletedAt"):
                raise ProviderError(
                    f"409 Conflict: You already have a tunnel with this name (1013): {given['name']} is {other}: "
                    "import it, delete it, or choose another name"
                )

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """What a tunnel that no connector runs yet looks like."""
        del data, own
        fresh = {
            "accountTag": given["accountId"],
            "connections": [],
            "createdAt": now(),
            "metadata": "{}",
            "status": "inactive",
            "tunType": "cfd_tunnel",
            "secret": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        kept = {key: old.get(key, value) for key, value in fresh.items()}
        kept["secret"] = given.get("tunnelSecret") or kept["secret"]
        return {**kept, "remoteConfig": given.get("configSrc") == "cloudflare"}

    def find(self, data: Data, own: str) -> Data | None:
        """The tunnel, unless it was deleted."""
        return live_tunnel(data, own)

    def delete(self, data: Data, own: str, live: Data) -> None:
        """Mark it deleted: Cloudflare keeps deleted tunnels, and lets nobody delete one that is connected."""
        if live.get("connections"):
            raise ProviderError(
                f"Cannot delete tunnel {live['name']} because it has active connections (1022): stop its connectors"
            )
        live["deletedAt"] = now()
        objects(data, CONFIG).pop(own, None)


def live_tunnel(data: Data, own: str) -> Data | None:
    """A tunnel that exists and was not deleted."""
    tunnel: Data | None = objects(data, TUNNEL).get(own)
    return None if tunnel is None or tunnel.get("deletedAt") else tunnel


def _needed_tunnel(data: Data, account: str, own: str, path: str) -> Data:
    places.account(data, account, "cfd_tunnel")
    tunnel = live_tunnel(data, own)
    if tunnel is None or tunnel["accountId"] != account:
        known = ", ".join(
            sorted(value["name"] for value in objects(data, TUNNEL).values() if not value.get("deletedAt"))
        )
        raise ProviderError(
            f"404 Not Found: Tunnel not found (1003) at {path}: {own}; the account has {known or 'none'}"
        )
    return tunnel


ORIGIN: Final[Mapping[str, Property]] = {
    "access": group(
        fields={
            "required": flag(),
            "teamName": text(required=True, rule=formats.filled),
            "audTags": texts(required=True),
        }
    ),
    "caPool": text(),
    "connectTimeout": integer(),
    "disableChunkedEncoding": flag(),
    "http2Origin": flag(),
    "httpHostHeader": text(),
    "keepAliveConnections": integer(),
    "keepAliveTimeout": integer(),
    "matchSnItoHost": flag(),
    "noHappyEyeballs": flag(),
    "noTlsVerify": flag(),
    "originServerName": text(),
    "proxyType": text(choices=("", "socks")),
    "tcpKeepAlive": integer(),
    "tlsTimeout": integer(),
}


STAYS: Final = (
    "Resource Destruction Considerations: This resource cannot be destroyed from Terraform. If you create this "
    "resource, it will be present in the API until manually deleted."
)
LEFT: Final = (
    "Resource Destruction Considerations: Applying this resource destruction will remove the resource from the "
    "Terraform state but will not change it in the API. If you would like to destroy or reset this resource in the "
    "API, refer to the documentation for how to do it manually."
)


class TunnelConfig(Resource):
    """What the connectors of a tunnel do with requests. The API can replace it, but not delete it."""

    permission = tokens.TUNNEL
    import_form = "<account_id>/<tunnel_id>"
    staying = (STAYS, LEFT)

    schema = Schema(
        token="cloudflare:index/zeroTrustTunnelCloudflaredConfig:ZeroTrustTunnelCloudflaredConfig",  # noqa: S106
        inputs={
            "accountId": text(required=True, replace=True),
            "tunnelId": text(required=True, replace=True),
            "source": text(computed=True, choices=("local", "cloudflare")),
            "config": group(
                fields={
                    "ingresses": listing(
                        item=group(
                            fields={
                                "hostname": text(),
                                "path": text(rule=formats.regex),
                                "service": text(required=True),
                                "originRequest": group(fields=ORIGIN),
                            }
                        )
                    ),
                    "originRequest": group(fields=ORIGIN),
                },
            ),
        },
        outputs={"createdAt": text(), "version": integer(volatile=True)},
    )

    def admit(self, data: Data, given: Properties, own: str) -> None:
        """Refuse a dangling tunnel, one that is configured where it runs, and rules that cloudflared refuses."""
        del own
        path = "configurations"
        tunnel = _needed_tunnel(data, given["accountId"], given["tunnelId"], path)
        if tunnel.get("configSrc") != "cloudflare":
            raise ProviderError(
                f"tunnel {tunnel['name']} is configured locally (configSrc local), so Cloudflare keeps no "
                "configuration for it: make the tunnel with configSrc cloudflare"
            )
        ingress = given.get("config", {}).get("ingresses")
        if not ingress:
            raise ProviderError("Bad Configuration: config.ingresses: at least one ingress rule is needed (1056)")
        for index, rule in enumerate(ingress):
            problem = rule_problem(rule, is_last=index == len(ingress) - 1)
            if problem:
                raise ProviderError(f"Bad Configuration: config.ingresses[{index}]: {problem} (1056)")

    def new_id(self, data: Data, given: Properties) -> str:
        """A tunnel has one configuration."""
        del data
        return str(given["tunnelId"])

    def create(self, data: Data, given: Properties) -> tuple[str, Data]:
        """Write it, over what an earlier one has left."""
        own = self.new_id(data, given)
        if self.find(data, own) is not None:
            return own, self.update(data, own, given)
        return super().create(data, given)

    def computed(self, data: Data, given: Properties, own: str, old: Data) -> Data:
        """Each change is a new version."""
        del data, own
        return {"source": given.get("source", "cloudflare"), "createdAt": now(), "version": old.get("version", 0) + 1}


def _token(data: Data, args: Properties) -> Data:
    tunnel = _needed_tunnel(data, args["accountId"], args["tunnelId"], "token")
    content = {"a": args["accountId"], "t": args["tunnelId"], "s": tunnel["secret"]}
    token = base64.b64encode(json.dumps(content, separators=(",", ":")).encode()).decode()
    return {"id": args["tunnelId"], "token": token}


TUNNEL_TOKEN: Final = Lookup(
    token="cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken",  # noqa: S106
    inputs={"accountId": text(required=True), "tunnelId": text(required=True)},
    answer=_token,
    permission=f"{tokens.TUNNEL} / {tokens.EDIT}",
    secrets=frozenset({"token"}),
)
