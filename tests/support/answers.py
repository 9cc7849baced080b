"""What the mocked accounts answer: ids and computed properties, enough for everything that depends on them."""

from __future__ import annotations

import base64
from typing import Any

from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks

CLOUDFLARE_RANGES = {"ipv4Cidrs": ["173.245.48.0/20"], "ipv6Cidrs": ["2400:cb00::/32"]}
"""One of Cloudflare's published ranges of each kind."""


class Answers(Mocks):
    """Echoes inputs and adds what the real providers compute, unless nothing has been made yet: a first preview."""

    def __init__(self, *, made: bool = True) -> None:
        self._made = made

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        identifier, inputs = f"{args.name}-id", revealed(args.inputs)
        if not self._made:
            return "", inputs
        if args.resource_id:
            return args.resource_id, _existing(args.resource_id)
        kind = args.typ.rsplit(":", 1)[-1]
        computed: dict[str, Any] = {}
        if args.typ == "onepassword:index/item:Item":
            computed = {"uuid": f"{args.name}-uuid", "password": f"generated-{args.name}"}
        elif args.typ.startswith("authentik:"):
            computed = {"uuid": f"{args.name}-uuid", "providerProxyId": "7", "providerOauth2Id": "8"}
        elif kind == "ZeroTrustAccessApplication":
            computed = {"aud": f"{args.name}-audience"}
        elif kind == "ZeroTrustTunnelCloudflared":
            identifier = "tunnel-id"
        return identifier, {**inputs, **computed}

    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if args.token == "cloudflare:index/getIpRanges:getIpRanges":
            return CLOUDFLARE_RANGES, []
        if args.token == "cloudflare:index/getZeroTrustTunnelCloudflaredToken:getZeroTrustTunnelCloudflaredToken":
            return {"token": "tunnel-token"}, []
        if args.token == "authentik:index/getCertificateKeyPair:getCertificateKeyPair":
            return {"id": "key-pair-id"}, []
        message = f"no answer for the lookup {args.token}: add one to tests/support/answers.py"
        raise AssertionError(message)


def _existing(identifier: str) -> dict[str, Any]:
    """What a resource that the program only reads is like."""
    if identifier == "argocd/argocd-initial-admin-secret":
        return {"data": {"password": base64.b64encode(b"generated-by-argocd").decode()}}
    if identifier == "local-path":
        return {"provisioner": "rancher.io/local-path", "volumeBindingMode": "WaitForFirstConsumer"}
    if identifier == "nfs-client":
        return {"provisioner": "cluster.local/nfs-subdir-external-provisioner", "volumeBindingMode": "Immediate"}
    message = f"no {identifier} to read: add one to tests/support/answers.py"
    raise AssertionError(message)


def revealed(value: Any) -> Any:
    """The value without its secret wrappers."""
    if rpc.is_rpc_secret(value):
        return revealed(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: revealed(item) for key, item in value.items()}
    return [revealed(item) for item in value] if isinstance(value, list) else value
