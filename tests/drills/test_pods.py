"""What a container of a live workload is started with."""

from __future__ import annotations

from typing import cast

from drills.pods import expanded, resolved, with_flags
from sandbox import kube


def test_a_container_knows_its_namespace_and_no_name_of_a_pod() -> None:
    fields = {"POD_NAMESPACE": "metadata.namespace", "POD_NAME": "metadata.name"}
    spec = {"env": [{"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}} for name, path in fields.items()]}
    environment = dict(resolved(cast("kube.Client", None), "cert-manager", spec))
    assert environment == {"POD_NAMESPACE": "cert-manager"}
    assert expanded("--in=$(POD_NAMESPACE) $(POD_NAME)", environment) == "--in=cert-manager $(POD_NAME)"


def test_flags_are_replaced_whatever_their_dashes_and_some_are_left_out() -> None:
    words = ["-a=1", "--b=2", "--peer=x", "--peer=y", "word"]
    assert with_flags(words, {"--a": "3", "--new": "4"}, ["--peer"]) == ["--b=2", "word", "--a=3", "--new=4"]
