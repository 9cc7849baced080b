"""The few parts of Cloudflare's SDK are the real ones, and the rest stays on the disk."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from components.kit import cloudflare

REPOSITORY = Path(__file__).parents[3]
def python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def test_what_was_loaded_whole_is_used_as_it_is() -> None:
    program = (
        "import pulumi_cloudflare; from components.kit import cloudflare; "
        "print(cloudflare.DnsRecord is pulumi_cloudflare.DnsRecord)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("name", cloudflare.__all__)
def test_each_part_is_the_real_one(name: str) -> None:
    part = getattr(cloudflare, name)
    assert part.__module__.startswith("pulumi_cloudflare.")
    assert getattr(importlib.import_module(part.__module__), name) is part
