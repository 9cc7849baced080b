"""What a state has to have, and what is said if it has not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from pages.actors import tag_of
from pages.errors import PagesError
from pages.platform import outputs_of
from telling.model import STACK_TYPE
from tests.pages.conftest import Running


def export(outputs: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": [{"type": STACK_TYPE, "outputs": outputs}]}}


def test_outputs_come_back_as_they_were_exported(committed: Running) -> None:
    assert asdict(outputs_of(export(asdict(committed.summary)))) == asdict(committed.summary)


@pytest.mark.parametrize("missing", ["services", "figures", "gitops"])
def test_a_state_of_an_older_program_is_named_by_what_it_lacks(committed: Running, missing: str) -> None:
    outputs = asdict(committed.summary)
    del outputs[missing]
    with pytest.raises(PagesError, match=f"^stack output {missing}: field required: run `pulumi up`"):
        outputs_of(export(outputs))


def test_a_state_without_a_stack_has_none() -> None:
    with pytest.raises(PagesError, match=r"^stack output services: "):
        outputs_of({"deployment": {"resources": None}})


@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("registry.example.org:5000/a/b:1.2", "1.2"),
        ("registry.example.org:5000/a/b", ""),
        ("a/b:1@sha256:0123", "1"),
        ("a/b@sha256:0123", ""),
    ],
)
def test_the_tag_of_an_image(image: str, tag: str) -> None:
    assert tag_of(image) == tag


def test_who_is_not_there_is_named(committed: Running) -> None:
    for ask in (
        lambda: committed.platform.actor("nobody", "navidrome"),
        lambda: committed.platform.running("nobody"),
        lambda: committed.platform.answering("nobody.navidrome.svc:80"),
        lambda: committed.platform.figure("nobody"),
        lambda: committed.platform.need("Service", "nobody", "navidrome"),
    ):
        with pytest.raises(PagesError, match=r"nobody.*: looked for"):
            ask()
