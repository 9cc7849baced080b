"""Names of objects that are made of what somebody wrote in a stack file."""

from __future__ import annotations

import hashlib
from typing import Final

LONGEST_NAME: Final = 253
"""Characters of most objects' names, which may have dots."""

LONGEST_LABEL: Final = 63
"""Characters of the names of Services, namespaces and a pod's volumes, which have none."""

_DIGEST: Final = 10


def digest(text: str) -> str:
    """A few characters that stand for a text of any length."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def name_of(text: str) -> str:
    """The text as an object's name: itself, or if it is too long its beginning and its digest."""
    return text if len(text) < LONGEST_NAME else _shortened(text, text, LONGEST_NAME)


def restored(original: str, moment: str) -> str:
    """Name of what was restored to a moment, beside the original: with the moment's digits."""
    return f"{original}-{''.join(filter(str.isdigit, moment))}"


def label_of(text: str) -> str:
    """The text as a name without dots: itself if it has none, otherwise with dashes for them and its digest.

    So `a.b.org` and `a-b.org` have names of their own.
    """
    if "." not in text and len(text) < LONGEST_LABEL:
        return text
    return _shortened(text.replace(".", "-"), text, LONGEST_LABEL)


def _shortened(readable: str, whole: str, longest: int) -> str:
    return f"{readable[: longest - _DIGEST - 1].rstrip('.-')}-{digest(whole)}"
