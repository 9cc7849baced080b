"""The stand-in of Authentik's outpost decides by the account."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from drills.http.network import Place
from drills.http.outpost import ASKED, AUTHORIZE, CALLBACK, SESSION, Person, SignIn
from drills.web import Answer, Asked
from sandbox.controllers import outposts

MUSIC: dict[str, Any] = {"name": "music", "externalHost": "https://music.example.org", "clientId": "m" * 20}
FILES: dict[str, Any] = {
    "name": "files",
    "externalHost": "https://files.example.org",
    "clientId": "f" * 20,
    "skipPathRegex": "^/open/",
}
PLACE = Place(address="10.0.0.1", port=9000, pod={"metadata": {"name": "outpost", "namespace": "authentik"}})
ACCOUNT: dict[str, Any] = {
    "objects": {
        "ProviderProxy": {"1": MUSIC, "2": FILES},
        "Application": {
            "music": {"uuid": "am", "slug": "music", "protocolProvider": 1.0},
            "files": {"uuid": "af", "slug": "files", "protocolProvider": 2},
        },
        "Group": {"g": {"name": "listeners"}},
        "PolicyBinding": {"b": {"target": "am", "group": "g"}},
    }
}


@pytest.fixture
def sign_in() -> SignIn:
    outpost = outposts.Outpost(
        uuid="u", name="forward-auth", config={}, providers=(MUSIC, FILES), namespace="authentik", version=""
    )
    people = {"ada": Person(username="ada", groups=("listeners",)), "bob": Person(username="bob", groups=())}
    return SignIn(account=ACCOUNT, outpost=outpost, browser="https://id.example.org", people=people)


def asked(path: str, host: str, query: str = "", cookie: str = "", **headers: str) -> Asked:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked(method="GET", host=host, path=path, query=query, headers={**given, "cookie": cookie}, body=b"")


def question(sign_in: SignIn, host: str, path: str = "/", cookie: str = "") -> Answer:
    told = {"x_forwarded_host": host, "x_forwarded_uri": path, "x_forwarded_proto": "https"}
    answer = sign_in.at_outpost(PLACE, asked(ASKED, "outpost", cookie=cookie, **told))
    assert answer is not None
    return answer


def signed_in(sign_in: SignIn, host: str, who: str) -> Answer:
    """Where one ends up who is sent to Authentik, and back."""
    url = urlsplit(question(sign_in, host, "/page").headers["Location"])
    assert (url.hostname, url.path) == ("id.example.org", AUTHORIZE)
    back = sign_in.at_server(PLACE, asked(AUTHORIZE, "id.example.org", url.query, f"{SESSION}={who}"))
    assert back is not None
    if back.status != 302:
        return back
    url = urlsplit(back.headers["Location"])
    assert (url.hostname, url.path) == (host, CALLBACK)
    done = sign_in.at_outpost(PLACE, asked(CALLBACK, host, url.query))
    assert done is not None
    return done


def test_who_is_in_the_group_comes_back_to_the_page_and_is_known_afterwards(sign_in: SignIn) -> None:
    done = signed_in(sign_in, "music.example.org", "ada")
    assert (done.status, done.headers["Location"]) == (302, "https://music.example.org/page")
    known = question(sign_in, "music.example.org", cookie=done.headers["Set-Cookie"])
    assert known.status == 200
    assert set(known.headers) == set(outposts.HEADERS)
    assert known.headers["X-authentik-username"] == "ada"


def test_who_is_not_in_it_is_refused_by_authentik(sign_in: SignIn) -> None:
    assert signed_in(sign_in, "music.example.org", "bob").status == 403
    assert signed_in(sign_in, "files.example.org", "bob").status == 302


def test_a_session_is_of_one_host(sign_in: SignIn) -> None:
    cookie = signed_in(sign_in, "music.example.org", "ada").headers["Set-Cookie"]
    assert question(sign_in, "files.example.org", cookie=cookie).status == 302


def test_a_code_is_of_one_host_and_for_once(sign_in: SignIn) -> None:
    sign_in.codes["c"] = ("music.example.org", sign_in.people["ada"])
    other = sign_in.at_outpost(PLACE, asked(CALLBACK, "files.example.org", "code=c"))
    again = sign_in.at_outpost(PLACE, asked(CALLBACK, "music.example.org", "code=c"))
    assert other is not None
    assert again is not None
    assert (other.status, again.status) == (400, 400)


def test_paths_that_the_provider_lets_pass_are_let_pass_and_tell_nobodys_name(sign_in: SignIn) -> None:
    assert question(sign_in, "files.example.org", "/open/x").headers == {}
    assert question(sign_in, "files.example.org", "/open/x").status == 200
    assert question(sign_in, "music.example.org", "/open/x").status == 302


def test_nobody_is_sent_to_a_strangers_page(sign_in: SignIn) -> None:
    sign_in.codes["c"] = ("music.example.org", sign_in.people["ada"])
    query = "code=c&state=https://music.example.org.evil.example/"
    done = sign_in.at_outpost(PLACE, asked(CALLBACK, "music.example.org", query))
    assert done is not None
    assert done.headers["Location"] == "https://music.example.org"


def test_a_host_of_nobodys_and_a_question_of_no_host_are_refused(sign_in: SignIn) -> None:
    assert question(sign_in, "other.example.org").status == 404
    nobody = sign_in.at_outpost(PLACE, asked(ASKED, "outpost"))
    assert nobody is not None
    assert nobody.status == 500


def test_whom_authentik_does_not_know_is_asked(sign_in: SignIn) -> None:
    url = urlsplit(question(sign_in, "music.example.org").headers["Location"])
    assert parse_qs(url.query)["client_id"] == ["m" * 20]
    page = sign_in.at_server(PLACE, asked(AUTHORIZE, "id.example.org", url.query))
    assert page is not None
    assert page.status == 200
    assert "Location" not in page.headers
