"""The one kind of error that is shown to whoever builds the site."""

from __future__ import annotations


class WebsiteError(Exception):
    """One line: what is wrong, what was expected, what to do; a broken page is a line of its own."""
