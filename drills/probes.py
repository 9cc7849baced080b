"""Whether a server is ready, by what it answers."""

from __future__ import annotations

from typing import Final

import urllib3

WELL: Final = 400
"""Below it are the codes that the kubelet takes for well."""
KNOWN: Final = 500
"""Below it are those of whoever is up, though he may not know the page."""
SECONDS: Final = 2.0


def answers(url: str, *, below: int = WELL) -> bool:
    """Whether somebody answers there, with a code below that."""
    try:
        return urllib3.request("GET", url, timeout=SECONDS, retries=False, redirect=False).status < below
    except urllib3.exceptions.HTTPError:
        return False
