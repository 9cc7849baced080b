"""What keeps a page from being written."""


class PagesError(Exception):
    """Something that a page is made of is not there: one line that says what was looked for."""
