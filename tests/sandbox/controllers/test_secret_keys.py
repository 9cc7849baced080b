from __future__ import annotations

import pytest

from sandbox.controllers.secret_keys import data_of, key_of


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("password", "password"),
        ("API_Key", "API_Key"),
        ("one-time password", "one-time-password"),
        ("API Key (prod)", "API-Key-prod"),
        ("  spaced  ", "spaced"),
        ("/path/to//it", "path-to-it"),
        ("tls.crt", "tls.crt"),
        ("schlüssel", "schl-ssel"),
        ("x" * 300, "x" * 253),
    ],
)
def test_labels_become_keys_as_the_operator_makes_them(label: str, key: str) -> None:
    assert key_of(label) == key


def test_an_items_fields_are_keyed_by_label_and_empty_ones_left_out() -> None:
    item = {
        "fields": [
            {"label": "username", "value": "admin"},
            {"label": "password", "value": "old", "section": "first"},
            {"label": "password", "value": "new", "section": "second"},
            {"label": "notesPlain", "value": ""},
        ],
        "urls": [
            {"label": "website", "href": "https://two.example.org"},
            {"label": "website", "href": "https://one.example.org", "primary": True},
        ],
    }
    assert data_of(item) == {"username": "admin", "password": "new", "website": "https://one.example.org"}
