"""The few parts of Cloudflare's SDK are the real ones; what else is loaded is in `test_imports.py`."""

from __future__ import annotations

import importlib
import sys

import pytest

from components.kit import cloudflare


def test_a_package_that_is_loaded_already_is_used_as_it_is() -> None:
    package, record = sys.modules["pulumi_cloudflare"], cloudflare.DnsRecord
    importlib.reload(cloudflare)
    assert sys.modules["pulumi_cloudflare"] is package
    assert cloudflare.DnsRecord is record


@pytest.mark.parametrize("name", cloudflare.__all__)
def test_each_part_is_the_real_one(name: str) -> None:
    part = getattr(cloudflare, name)
    assert part.__module__.startswith("pulumi_cloudflare.")
    assert getattr(importlib.import_module(part.__module__), name) is part
