"""The world after an update: what a program registers against mocks, and what controllers make of it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.mocks import MockResourceArgs

from doctor.snapshot import ACCOUNTS
from tests.support import in_cluster, operated, recorder
from tests.support.answers import Answers, revealed
from tests.support.healthy import Healthy, Object


class _Accounts(Answers):
    """Answers as accounts do: each provider has a number and each tunnel an id of its own. Remembers what it made."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[Object] = []
        self._numbers = itertools.count(1)

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        identifier, outputs = super().new_resource(args)
        outputs = _whole(outputs)
        kind = args.typ.rsplit(":", 1)[-1]
        if kind in ("ProviderProxy", "ProviderOauth2"):
            identifier = str(next(self._numbers))
            outputs[f"{kind[0].lower()}{kind[1:]}Id"] = identifier
        elif kind == "ZeroTrustTunnelCloudflared":
            identifier = f"{args.name}-tunnel"
        urn = f"urn:pulumi:homelab::homelab::{args.typ}::{args.name}"
        inputs = _whole(revealed(args.inputs))
        self.made.append(
            {"urn": urn, "type": args.typ, "custom": True, "id": identifier, "inputs": inputs, "outputs": outputs}
        )
        return identifier, outputs


def _whole(value: Any) -> Any:
    """Values with the whole numbers that the engine's wire has made fractions of."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def build(program: Callable[[], Any], folder: Path, cluster: Mapping[str, Any]) -> Healthy:
    """The world after an update with this program, in a cluster as the stack file says that it is.

    The folder is for the certificates' keys.
    """
    accounts = _Accounts()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "Answers", lambda **_: accounts)
        recorder.record(program)
    accounts.made.sort(key=lambda item: str(item["urn"]))
    healthy = Healthy(
        objects=[copy.deepcopy(item["inputs"]) for item in accounts.made if _is_object(item)],
        resources=[item for item in accounts.made if item["type"].startswith(ACCOUNTS)],
    )
    release = next(item["inputs"] for item in accounts.made if item["type"] == "kubernetes:helm.sh/v3:Release")
    healthy.objects += in_cluster.add_charts(healthy, release)
    healthy.objects += in_cluster.add_outposts(healthy)
    healthy.objects += in_cluster.add_databases(healthy)
    healthy.objects += in_cluster.add_parts_of_the_cluster(cluster)
    healthy.objects += operated.add_monitoring(healthy)
    in_cluster.fill_tokens(healthy)
    healthy.objects += in_cluster.add_storage(healthy)
    healthy.objects += in_cluster.add_secrets(healthy, folder)
    healthy.objects += in_cluster.add_ranges()
    healthy.objects += in_cluster.add_accounts(healthy)
    healthy.objects += in_cluster.add_pods(healthy)
    healthy.objects += in_cluster.add_endpoints(healthy)
    in_cluster.add_statuses(healthy)
    return healthy


def _is_object(item: Mapping[str, Any]) -> bool:
    return "kind" in item["inputs"] and item["type"].startswith("kubernetes:") and not item["type"].endswith("Patch")
