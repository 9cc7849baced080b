"""What an object's controller has said of it, on one line."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.lastword import LONGEST_SHOWN, said

RENDERING = "Failed to load target state: helm template\n  failed"
ILL = {"kind": "Deployment", "name": "web", "health": {"status": "Degraded", "message": "image cannot be pulled"}}
WELL = {"kind": "Service", "name": "web", "health": {"status": "Healthy", "message": "all of it"}}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ({}, ""),
        (
            {"conditions": [{"type": "ComparisonError", "message": RENDERING}]},
            "Failed to load target state: helm template failed",
        ),
        (
            {
                "conditions": [
                    {"type": "Ready", "status": "False", "message": "waits for its issuer"},
                    {"type": "Issuing", "status": "True", "message": "all is well"},
                ]
            },
            "waits for its issuer",
        ),
        ({"operationState": {"phase": "Failed", "message": "one object is not valid"}}, "one object is not valid"),
        (
            {"operationState": {"phase": "Succeeded", "message": "synced"}, "resources": [WELL, ILL]},
            "Deployment web: image cannot be pulled",
        ),
        ({"health": {"status": "Degraded", "message": "its database is gone"}}, "its database is gone"),
        ({"health": "Degraded", "resources": [{"kind": "Job", "name": "a"}]}, ""),
        (
            {
                "conditions": [{"type": "SyncError", "message": "sync failed: not valid"}],
                "operationState": {"phase": "Failed", "message": "not valid"},
                "resources": [ILL],
            },
            "sync failed: not valid; Deployment web: image cannot be pulled",
        ),
        (
            {"operationState": {"phase": "Error", "message": "x" * (LONGEST_SHOWN + 1)}},
            "x" * LONGEST_SHOWN + "...",
        ),
    ],
)
def test_words(status: dict[str, Any], words: str) -> None:
    assert said({"kind": "Application", "status": status}) == words


def test_an_object_without_a_status_says_nothing() -> None:
    assert said({"kind": "ConfigMap"}) == ""
