"""The policy pack, served as the engine starts it.

The engine that the sandbox builds cannot start a pack itself: its language host is too old to be told where it is.
So the pack is started here, and asked over the engine's own protocol.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policy.rule import Context
from policy.rules import RULES
from tests.policy.test_rules import BREAKING
from tests.support.judging import Case, thing

PACK = Path(__file__).parents[2] / "policy"
OF_OBJECTS = {rule.name for rule in RULES if not rule.needs_stack}


@pytest.fixture(scope="module")
def analyzer() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    # Unbuffered, as the engine starts it: its port would stay in the pipe's buffer for ever.
    process = subprocess.Popen([sys.executable, "-u", str(PACK), "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        with process.stdout, grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
            yield analyzer_pb2_grpc.AnalyzerStub(channel)
    finally:
        process.kill()
        process.wait()


def kind_of(obj: dict[str, Any]) -> str:
    return f"kubernetes:example.org/v1:{obj['kind']}"


def fields_of(obj: dict[str, Any], context: Context) -> dict[str, Any]:
    """What a message says of an object: an option that is not known does not exist for the engine."""
    return {
        "type": kind_of(obj),
        "properties": json_format.ParseDict(obj, struct_pb2.Struct()),
        "urn": f"urn:pulumi:homelab::homelab::{kind_of(obj)}::{obj['metadata']['name']}",
        "name": obj["metadata"]["name"],
        "options": analyzer_pb2.AnalyzerResourceOptions(protect=context.protect is not False),
    }


def verdicts(
    analyzer: analyzer_pb2_grpc.AnalyzerStub, obj: dict[str, Any], context: Context
) -> list[analyzer_pb2.AnalyzeDiagnostic]:
    return list(analyzer.Analyze(analyzer_pb2.AnalyzeRequest(**fields_of(obj, context))).diagnostics)


def test_every_rule_is_served(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "homelab"
    assert {item.name: item.description for item in info.policies} == {rule.name: rule.description for rule in RULES}
    assert {item.enforcementLevel for item in info.policies} == {analyzer_pb2.MANDATORY}


@pytest.mark.parametrize("case", [case for case in BREAKING if case.rule in OF_OBJECTS], ids=str)
def test_what_breaks_a_rule_is_refused(analyzer: analyzer_pb2_grpc.AnalyzerStub, case: Case) -> None:
    found = [item for item in verdicts(analyzer, case.obj, case.context) if item.policyName == case.rule]
    assert found
    assert case.problem in found[0].message
    assert {item.enforcementLevel for item in found} == {analyzer_pb2.MANDATORY}


def test_an_exempt_object_passes(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    service = thing("Service", spec={"type": "NodePort"})
    assert [item.policyName for item in verdicts(analyzer, service, Context())] == ["no-open-ports"]
    service["metadata"]["annotations"] = {"homelab/exempt-no-open-ports": "a device at home calls it"}
    assert verdicts(analyzer, service, Context()) == []


def test_hosts_are_held_to_the_zones_of_the_stacks_certificates(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    certificate = thing("Certificate", spec={"dnsNames": ["*.example.org"]})
    route = thing("Ingress", spec={"rules": [{"host": "a.example.org"}, {"host": "a.example.net"}]})
    resources = [analyzer_pb2.AnalyzerResource(**fields_of(obj, Context())) for obj in (certificate, route)]
    found = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources)).diagnostics
    assert [(item.policyName, item.urn) for item in found] == [("hosts-in-zones", fields_of(route, Context())["urn"])]
    assert "host a.example.net is not directly below a zone" in found[0].message


def test_what_a_first_preview_does_not_know_is_no_refusal(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    item = thing("OnePasswordItem", spec={"itemPath": UNKNOWN_STRING_VALUE})
    assert verdicts(analyzer, item, Context()) == []
    service = thing("Service", spec={"type": UNKNOWN_STRING_VALUE})
    assert {item.enforcementLevel for item in verdicts(analyzer, service, Context())} == {analyzer_pb2.ADVISORY}


def test_resources_of_accounts_are_not_judged(analyzer: analyzer_pb2_grpc.AnalyzerStub) -> None:
    fields = {**fields_of(thing("Service", spec={"type": "NodePort"}), Context()), "type": "cloudflare:index:Service"}
    assert list(analyzer.Analyze(analyzer_pb2.AnalyzeRequest(**fields)).diagnostics) == []


def test_the_engine_finds_the_packages_that_the_pack_needs() -> None:
    options = yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())["runtime"]["options"]
    program = yaml.safe_load((PACK.parent / "Pulumi.yaml").read_text())["runtime"]["options"]
    assert (PACK / options["virtualenv"]).resolve() == (PACK.parent / program["virtualenv"]).resolve()
