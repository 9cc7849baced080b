"""What went wrong when a secret was pasted, said without a word of the secret itself."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from typing import Final

LONGEST: Final = 65536
"""Characters: the longest of them, the Connect server's credentials, have a few thousand."""

_STANDS_FOR_ONE: Final = re.compile(
    r"\[secret\]|<.*>|\*+|x{3,}|\$\{?.*\}?|\{\{.*\}\}|null|none|undefined|todo|changeme|secret|password|token",
    re.IGNORECASE | re.DOTALL,
)
_QUOTES: Final = ('""', "''", "``", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c", "\u00ab\u00bb")
_CREDENTIALS: Final = "onepasswordConnectCredentials"
_SERVICE_ACCOUNT: Final = "onepasswordServiceAccountToken"
_TEXT_FILE: Final = "\t\n\r"


def check_secret(key: str, value: object) -> str:
    """What is wrong with a secret, or nothing: never with a word of the value itself."""
    text = str(value)
    if not text.strip():
        return "empty"
    wrong = _whatever_it_is_for(text) or (_credentials(text) if key == _CREDENTIALS else _token(key, text))
    return f"{wrong} (value not shown)" if wrong else ""


def _whatever_it_is_for(text: str) -> str:
    bare = text.strip()
    signs = {
        f"longer than {LONGEST} characters": len(text) > LONGEST,
        "a reference to where the secret is, not the secret: `op read` shows it": bare.startswith("op://"),
        "a word that stands for a secret, not one": len(bare) < LONGEST and bool(_STANDS_FOR_ONE.fullmatch(bare)),
        "in quotes, which are not part of it": f"{bare[0]}{bare[-1]}" in _QUOTES,
        "a key or certificate in PEM": "-----BEGIN " in text,
        "has an invisible character in it": any(_is_invisible(character) for character in text[:LONGEST]),
    }
    return next((what for what, seen in signs.items() if seen), "")


def _is_invisible(character: str) -> bool:
    """Whether it comes from a paste: a byte order mark, a zero-width or no-break space, half a character, a bell."""
    if character in _TEXT_FILE:
        return False
    return unicodedata.category(character)[0] == "C" or (character != " " and character.isspace())


def _credentials(text: str) -> str:
    if isinstance(_json(text), dict):
        return ""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        decoded = ""
    if isinstance(_json(decoded), dict):
        return "base64 of the file: give the text of the file itself"
    return "not a JSON object"


def _token(key: str, text: str) -> str:
    bare = text.strip()
    if re.match(r"(bearer|token|basic)\s", bare, re.IGNORECASE):
        return "begins with the word that a request has in front of it"
    if re.match(r"(export\s+)?[A-Z][A-Z0-9_]*\s*=\s*\S|[A-Za-z-]+:\s", bare):
        return "has a name in front of it"
    if bare.startswith("{"):
        return "a JSON object"
    if text.split() != [text]:
        return "has white space in it"
    if not text.isascii():
        return "has a character in it that no token has"
    return _of_another_service(key, text)


def _of_another_service(key: str, text: str) -> str:
    if text.startswith("ops_") and key != _SERVICE_ACCOUNT:
        return "the token of a 1Password service account"
    is_jwt = re.fullmatch(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", text) is not None
    if is_jwt and key != "onepasswordConnectToken":
        return "a signed token such as the Connect server's"
    if key.startswith("cloudflare") and re.fullmatch("[0-9a-f]{37}", text):
        return "the account's Global API Key, which may do everything"
    return ""


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
