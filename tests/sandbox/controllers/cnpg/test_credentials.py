"""The keys of a user's Secret."""

from __future__ import annotations

from sandbox.controllers.cnpg import credentials


def test_each_key_says_the_same_in_its_own_way() -> None:
    found = credentials.of_user("db-rw", "apps", "app", "me", "p/w")
    assert (found["host"], found["port"], found["dbname"]) == ("db-rw", "5432", "app")
    assert found["username"] == found["user"] == "me"
    assert found["pgpass"] == "db-rw:5432:app:me:p/w\n"
    assert found["uri"] == "postgresql://me:p%2Fw@db-rw.apps:5432/app"
    assert found["jdbc-uri"] == "jdbc:postgresql://db-rw.apps:5432/app?password=p%2Fw&user=me"
    assert found["fqdn-uri"] == "postgresql://me:p%2Fw@db-rw.apps.svc.cluster.local:5432/app"


def test_passwords_are_long_different_and_need_no_escaping() -> None:
    first, second = credentials.password(), credentials.password()
    assert first != second
    assert len(first) == 64
    assert first.isalnum()
