"""Secrets that a paste has spoilt are refused by what is wrong with them, and never shown."""

from __future__ import annotations

import base64
import json
import secrets

import pytest

from components.settings import SECRET_KEYS
from components.settings.pasted import LONGEST, check_secret

TOKEN = "hunter2-hunter2_hunter2"
FILE = json.dumps({"verifier": "hunter2", "version": "2"}, indent=1)
CREDENTIALS = "onepasswordConnectCredentials"
TOKENS = [key for key in SECRET_KEYS if key != CREDENTIALS]
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.aHVudGVyMg"


@pytest.mark.parametrize("key", TOKENS)
@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("\n", "empty"),
        (f"\ufeff{TOKEN}", "has an invisible character in it"),
        (f"{TOKEN}\u200b", "has an invisible character in it"),
        (f"hunter2\u00a0{TOKEN}", "has an invisible character in it"),
        (f"{TOKEN}\x00", "has an invisible character in it"),
        (f"{TOKEN}\ud800", "has an invisible character in it"),
        (f'"{TOKEN}"', "in quotes, which are not part of it"),
        (f"'{TOKEN}'\n", "in quotes, which are not part of it"),
        (f"\u201c{TOKEN}\u201d", "in quotes, which are not part of it"),
        (f"Bearer {TOKEN}", "begins with the word that a request has in front of it"),
        (f"export CLOUDFLARE_API_TOKEN={TOKEN}", "has a name in front of it"),
        (f"Authorization: {TOKEN}", "has a name in front of it"),
        ("op://homelab/cloudflare/token", "a reference to where the secret is, not the secret: `op read` shows it"),
        ("[secret]", "a word that stands for a secret, not one"),
        ("<your token>", "a word that stands for a secret, not one"),
        ("${CLOUDFLARE_TOKEN}", "a word that stands for a secret, not one"),
        ("********", "a word that stands for a secret, not one"),
        (FILE, "a JSON object"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2", "a key or certificate in PEM"),
        (f"{TOKEN}\n", "has white space in it"),
        ("hunter2\u00e9", "has a character in it that no token has"),
        ("x" * LONGEST + "hunter2", f"longer than {LONGEST} characters"),
    ],
)
def test_a_token_is_refused_by_what_is_wrong_with_it(key: str, value: str, wrong: str) -> None:
    assert check_secret(key, value) == (wrong if wrong == "empty" else f"{wrong} (value not shown)")


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        (base64.b64encode(FILE.encode()).decode(), "base64 of the file: give the text of the file itself"),
        (base64.encodebytes(FILE.encode() * 1).decode(), "base64 of the file: give the text of the file itself"),
        (f"\ufeff{FILE}", "has an invisible character in it"),
        ("[" * 5000, "not a JSON object"),
        ("{" * 5000, "not a JSON object"),
        (TOKEN, "not a JSON object"),
        (JWT, "not a JSON object"),
    ],
)
def test_the_credentials_are_the_files_own_text(value: str, wrong: str) -> None:
    assert check_secret(CREDENTIALS, value) == f"{wrong} (value not shown)"


def test_a_token_of_another_service_is_recognised() -> None:
    assert "service account" in check_secret("authentikToken", "ops_eyJhbGciOiJ")
    assert "signed token" in check_secret("cloudflareApiToken", JWT)
    assert "Global API Key" in check_secret("cloudflareApiToken", "0123456789abcdef0123456789abcdef01234")


def test_what_is_right_is_taken() -> None:
    assert check_secret(CREDENTIALS, FILE) == ""
    assert check_secret("onepasswordConnectToken", JWT) == ""
    assert check_secret("onepasswordServiceAccountToken", "ops_eyJhbGciOiJ") == ""
    for key in TOKENS:
        assert check_secret(key, secrets.token_hex(32)) == ""
        assert check_secret(key, secrets.token_urlsafe(30)) == ""
