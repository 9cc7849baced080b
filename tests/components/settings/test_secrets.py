"""The guide's table of secrets and the descriptions of the keys say the same."""

from __future__ import annotations

import re

import pytest

from components.settings import SECRET_KEYS, TOKEN_PERMISSIONS
from sandbox.paths import REPOSITORY

GUIDE = (REPOSITORY / "docs" / "own-homelab.md").read_text(encoding="utf-8")
ADOPTING = (REPOSITORY / "docs" / "adopt.md").read_text(encoding="utf-8")
SECRETS = GUIDE.split("## 5. The secrets", 1)[1].split("\n## ", 1)[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", SECRETS, re.MULTILINE))


def test_the_guide_has_a_row_for_each_secret() -> None:
    assert set(ROWS) == set(SECRET_KEYS)


@pytest.mark.parametrize("key", TOKEN_PERMISSIONS)
def test_a_token_s_permissions_are_named_as_cloudflare_names_them(key: str) -> None:
    for permission in TOKEN_PERMISSIONS[key]:
        assert re.fullmatch(r"(Zone|Account) / [^/;]+ / (Edit|Read)", permission)
    named = "; ".join(TOKEN_PERMISSIONS[key])
    assert named in SECRET_KEYS[key]
    assert set(re.findall(r"(?:Zone|Account) / [^/;|]+ / (?:Edit|Read)", ROWS[key])) == set(TOKEN_PERMISSIONS[key])


def test_the_parent_of_an_adopted_record_is_the_one_that_records_have() -> None:
    urns = (REPOSITORY / "docs" / "urns.txt").read_text(encoding="utf-8")
    found = re.search(r"--parent 'published=urn:pulumi:homelab::homelab::(.+)::<app>'", ADOPTING)
    assert found
    records = {line.split("::")[0] for line in urns.splitlines() if "cloudflare:index/dnsRecord" in line}
    assert records == {f"{found[1]}$cloudflare:index/dnsRecord:DnsRecord"}
    assert re.search("^pulumi:providers:cloudflare::cloudflare$", urns, re.MULTILINE)
