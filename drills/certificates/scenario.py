"""What happens to the platform's certificates, step by step: the same for whoever issues them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from doctor import examination
from drills.certificates import found
from drills.certificates.backends import Backend, fits
from drills.certificates.found import Wildcard
from drills.certificates.issuance import WITHIN
from drills.certificates.watch import Watch
from drills.course import Course
from drills.errors import DrillError
from sandbox import kube
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.plugins.accounts.cloudflare import tokens

REFUSED: Final = "10000: Authentication error"
NO_ZONE: Final = "Found no Zones"
"""What cert-manager says of a token that may not read zones, and of one that may."""
AHEAD: Final = "gets on while the first does not"
ISSUED: Final = "issued"
CHECK: Final = "certificate -> Secret"
SOON: Final = 120.0


@dataclass(kw_only=True)
class Scenario:
    """One run."""

    course: Course
    backend: Backend
    sandbox: Sandbox
    cluster: kube.Client
    state: Mapping[str, Any]
    """The stack's, for the wiring check."""
    renewal: float
    """Seconds within which a certificate is renewed."""

    @cached_property
    def wildcards(self) -> list[Wildcard]:
        """The certificates that Traefik shows.

        Raises:
            DrillError: there are not two of them.
        """
        wildcards = found.wildcards(self.cluster)
        if len(wildcards) < 2:
            message = f"expected certificates of two zones, found {[each.zone for each in wildcards]}"
            raise DrillError(message)
        return wildcards

    def run(self) -> None:
        """All steps."""
        first, *others = self.wildcards
        given = self._take_rights()
        for wildcard in self.wildcards:
            found.forget(self.cluster, wildcard)
        with self.backend.running():
            self._refused()
            self.backend.trouble(first)
            self._give_rights(given)
            self._issued(first, others)
            watch = Watch(kubeconfig=self.sandbox.kubeconfig, wildcards=self.wildcards)
            with watch.watching():
                self._shown()
                self._ordered()
                self._renewed(watch)
            self._well()

    def _take_rights(self) -> dict[str, list[str]]:
        """Take the right to edit DNS from cert-manager's token, and from no other; what it had."""
        with Account(self.sandbox.account("cloudflare")).edit() as data:
            edit = f"{tokens.DNS} / {tokens.EDIT}"
            own = found.tokens(self.cluster)
            had = {token: list(rights) for token, rights in data["tokens"].items() if token in own}
            data["tokens"] |= {token: [each for each in rights if each != edit] for token, rights in had.items()}
        if not any(edit in rights for rights in had.values()):
            message = "the token of the issuers had no right to edit DNS"
            raise DrillError(message)
        return had

    def _give_rights(self, rights: Mapping[str, list[str]]) -> None:
        with Account(self.sandbox.account("cloudflare")).edit() as data:
            data["tokens"] |= rights

    def _each(self, look: Callable[[Wildcard], str]) -> Callable[[], str]:
        """What is seen of every wildcard, once if it is the same."""

        def seen() -> str:
            told = {wildcard.zone: look(wildcard) for wildcard in self.wildcards}
            same = set(told.values())
            return same.pop() if len(same) == 1 else ", ".join(f"{zone}: {said}" for zone, said in told.items())

        return seen

    def _refused(self) -> None:
        what = "the token may not edit DNS, and both wildcards are ordered: what their challenges say"
        with self.course.step(what, expected=REFUSED, within=SOON, essential=True) as step:
            step.until(self._each(self._reason))
        what = "what the Certificates say meanwhile"
        expected = "not ready, DoesNotExist: Issuing certificate as Secret does not exist"
        with self.course.step(what, expected=expected, within=SOON) as step:
            step.until(self._each(self._condition))
        what = "what the wiring check says meanwhile of each Certificate"
        with self.course.step(what, expected=f"it is not issued, {REFUSED}", within=SOON) as step:
            step.until(self._each(self._wiring()))

    def _reason(self, wildcard: Wildcard) -> str:
        said = found.reasons(self.cluster, wildcard)
        return REFUSED if any(REFUSED in reason for reason in said) else "; ".join(said)

    def _condition(self, wildcard: Wildcard) -> str:
        ready = found.ready(self.cluster, wildcard)
        status = "ready" if found.is_ready(self.cluster, wildcard) else "not ready"
        return f"{status}, {ready.get('reason')}: {ready.get('message')}"

    def _wiring(self) -> Callable[[Wildcard], str]:
        report = examination.run(self.sandbox.kubeconfig, None, self.state)
        faults = {item.subject: item.fault for name, item in report.broken if name == CHECK}

        def said(wildcard: Wildcard) -> str:
            fault = faults.get(f"Certificate {wildcard.namespace}/{wildcard.name}", "nothing")
            short = fault.startswith("it is not issued: ") and REFUSED in fault
            return f"it is not issued, {REFUSED}" if short else fault

        return said

    def _issued(self, first: Wildcard, others: list[Wildcard]) -> None:
        what = "the token may again, and Cloudflare has trouble with the first zone: the other"
        with self.course.step(what, expected=AHEAD, within=WITHIN, essential=True) as step:
            step.until(lambda: AHEAD if self.backend.ahead(first, others) else "not ahead of the first")
        self.backend.ease(first)
        what = "both zones, the trouble gone"
        with self.course.step(what, expected=ISSUED, within=WITHIN, essential=True) as step:
            step.until(self._each(self._state))
            step.note = self.backend.troubled(first)
        self._misled(first)

    def _misled(self, first: Wildcard) -> None:
        what = "what a try has said that met one 429 as it began to look for the zone"
        if not self.backend.calls_for_real:
            self.course.cannot(what, expected=NO_ZONE, why="it looks for a zone once")
            return
        with self.course.step(what, expected=NO_ZONE, within=SOON) as step:
            said = found.failures(self.cluster, first)
            step.seen = NO_ZONE if any(NO_ZONE in failure for failure in said) else "; ".join(said)

    def _state(self, wildcard: Wildcard) -> str:
        if not found.is_ready(self.cluster, wildcard):
            return "; ".join(found.reasons(self.cluster, wildcard)) or "not ready"
        return ISSUED

    def _shown(self) -> None:
        what = "what is in the Secrets that Traefik shows"
        expected = "zone and wildcard, with the key, at present"
        with self.course.step(what, expected=expected, within=SOON) as step:
            pairs = {each.zone: found.pair(self.cluster, each) for each in self.wildcards}
            wrong = [each.zone for each in self.wildcards if not fits(pairs[each.zone], each)]
            step.seen = f"not so: {', '.join(wrong)}" if wrong else expected
        what = "they lead to the root of the ACME server"
        if not self.backend.calls_for_real:
            self.course.cannot(what, expected="verified", why="its certificates sign themselves")
            return
        with self.course.step(what, expected="verified", within=SOON) as step:
            root = self.backend.root()
            signed = [pair is not None and found.signed_by(pair, root) for pair in pairs.values()]
            step.seen = "verified" if signed and all(signed) else "not verified"

    def _ordered(self) -> None:
        orders, records = "orders for each zone", "TXT records that are left"
        if not self.backend.calls_for_real:
            self.course.cannot(orders, expected="1", why="it makes none")
            self.course.cannot(records, expected="none", why="it makes none")
            return
        with self.course.step(orders, expected="1", within=SOON) as step:
            step.seen = self._each(lambda wildcard: f"{self.backend.orders(wildcard)}")()
        with self.course.step(records, expected="none", within=SOON) as step:
            step.until(lambda: ", ".join(sorted(name for name, _ in self.backend.left())) or "none")

    def _renewed(self, watch: Watch) -> None:
        what = "certificates near their end, read ten times a second"
        expected = "renewed, never without a good one"

        def seen() -> str:
            if gaps := watch.gaps:
                message = f"without a good one: {gaps[0]}"
                raise DrillError(message)
            late = [zone for zone, each in watch.seen.items() if not each.renewed]
            return f"not renewed: {', '.join(late)}" if late else expected

        with self.course.step(what, expected=expected, within=self.renewal) as step:
            self.backend.expire(self.wildcards)
            step.until(seen)
            looks = sum(each.looks for each in watch.seen.values())
            spare = min(each.to_spare for each in watch.seen.values())
            step.note = f"{looks} looks, {spare:.0f} s to spare"

    def _well(self) -> None:
        what = "what the wiring check says of each Certificate in the end"
        with self.course.step(what, expected="nothing", within=SOON) as step:
            step.until(self._each(self._wiring()))
