"""Where a bucket keeps what S3 knows of an object beside its content."""

from __future__ import annotations

from typing import Literal

import pytest

from components.kit import keeps_attributes
from components.settings import Nfs


@pytest.mark.parametrize(
    ("version", "metadata", "kept"),
    [
        ("4.2", "automatic", True),
        ("4.1", "automatic", False),
        ("4.1", "attributes", True),
        ("4.2", "folder", False),
    ],
)
def test_in_attributes_where_the_server_has_them_unless_the_stack_file_says_otherwise(
    version: str, metadata: Literal["automatic", "attributes", "folder"], *, kept: bool
) -> None:
    nfs = Nfs.model_validate({"server": "192.168.1.10", "export": "/export", "version": version})
    assert keeps_attributes(nfs, metadata) is kept
