"""What is printed for people can be read and copied in a narrow window."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console

from components.outputs import Outputs
from doctor import report as wiring
from doctor.check import CHECKS, Reference
from policy import verdict
from policy.verdict import Excepted, Verdict
from sandbox import services
from tests.support.recorder import Recording


def printed(show: Callable[[Console], None], width: int) -> str:
    out = io.StringIO()
    show(Console(file=out, width=width))
    text = out.getvalue()
    assert "…" not in text
    return text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_address_of_a_service_is_whole_on_one_line(extended: Recording[Outputs], width: int) -> None:
    rows = [vars(service) for service in extended.result.services]
    text = printed(lambda console: services.show(rows, console), width)
    for row in rows:
        assert any(
            line.split() == [word for word in (row["name"], row["url"]) if word] for line in text.splitlines()
        ), row["url"]
        for key in ("exposure", "sign_in", "namespace"):
            assert row[key] in text


@pytest.mark.parametrize("width", [80, 120])
def test_no_name_of_a_check_is_cut_and_its_numbers_fit(width: int) -> None:
    bad = Reference(
        f"Ingress a/{'b' * 60}", "Service", f"https://{'c' * 60}.example.org/path is not there", "deploy it"
    )
    found: dict[str, list[Reference]] = {check.name: [bad] for check in CHECKS}
    lines = printed(lambda console: wiring.show(wiring.Report(results=found), console), width).splitlines()
    for check in CHECKS:
        assert any(line.strip().startswith(check.name) and line.split()[-2:] == ["1", "1"] for line in lines), (
            check.name
        )
        assert f"✗ {check.name}: {bad.subject} -> {bad.target}: {bad.problem}" in lines


@pytest.mark.parametrize("width", [80, 120])
def test_no_object_of_an_exception_is_cut(width: int) -> None:
    item: dict[str, Any] = {"rule": "sign-in, some paths", "subject": f"IngressRoute {'a' * 63}/{'b' * 63}"}
    found = Verdict(objects=1, violations=[], exceptions=[Excepted(reason="why [not] " * 20, **item)])
    text = printed(lambda console: verdict.show(found, console), width)
    assert f"  {item['rule']}: {item['subject']}\n" in text
    assert "why [not] why" in text
