"""Names made of user input: no two alike, none too long, short ones as they are."""

from __future__ import annotations

import itertools
import re

import pytest

from components.kit import AllowTraffic, AllowTrafficArgs, Pods, hosts
from components.kit.userinput import LONGEST_LABEL, LONGEST_NAME, label_of, name_of
from tests.support.parts import namespace
from tests.support.recorder import record

LONG = ".".join(["a" * 63] * 3 + ["b" * 57, "org"])
HOSTS = [
    *("ssh.a-b.org", "ssh.a.b.org", "ssh-a.b.org", "ssh-a-b-org", "a.b-c.d", "a-b.c-d"),
    *(LONG, f"{LONG[:-4]}.com", f"x{LONG[1:]}", LONG[:-1], f"{'c' * 62}.org", f"{'c' * 63}.org", "c" * 62, "c" * 63),
]


@pytest.mark.parametrize(("make", "longest"), [(name_of, LONGEST_NAME), (label_of, LONGEST_LABEL)])
def test_no_two_names_are_alike_and_none_is_too_long(make: object, longest: int) -> None:
    assert callable(make)
    texts = [*HOSTS, *(f"access-tunnel-to-{host}-egress" for host in HOSTS)]
    texts += [make(text) for text in texts]  # somebody may write what we make
    made = {text: make(text) for text in dict.fromkeys(texts)}
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) for name in made.values())
    assert max(map(len, made.values())) <= longest
    for (one, name), (other, its) in itertools.combinations(made.items(), 2):
        assert name != its or made.get(one) == other or made.get(other) == one


def test_what_is_short_keeps_its_name_and_a_label_has_no_dot() -> None:
    assert name_of("access-tunnel-to-ssh.harvestasya.org-egress") == "access-tunnel-to-ssh.harvestasya.org-egress"
    assert label_of("navidrome") == "navidrome"
    assert not any("." in label_of(host) for host in HOSTS)


def test_a_call_to_a_host_with_a_long_name_has_a_policy_that_the_api_server_takes() -> None:
    def program() -> None:
        source = Pods(namespace=namespace("access"))
        for host in (LONG, f"x{LONG[1:]}"):
            args = AllowTrafficArgs(source=source, target=hosts(["192.168.1.11"], 22))
            AllowTraffic(f"access-tunnel-to-{host}", args)

    names = [item.inputs["metadata"]["name"] for item in record(program).of(":NetworkPolicy")]
    kept = [name for name in names if name != "default-deny"]
    assert len(set(kept)) == 2
    assert all(len(name) <= LONGEST_NAME for name in kept)
