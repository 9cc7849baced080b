"""Accounts in trouble: each kind of call meets each kind of trouble, less often than the provider tries, then as often.

What the provider tries again has to be seen by nobody. What it gives up has to be one line that names the account and
the object, and one more update has to end whole. What an account has made although its answer was lost has to be there
once in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from drills.chaos.calls import Calls, Thing, needed
from drills.chaos.scene import ADOPT, Done, Scene
from drills.chaos.tally import Tally
from drills.chaos.worlds import Difference
from sandbox.plugins.accounts.account import ANY, NAMES
from sandbox.plugins.accounts.authentik import Authentik
from sandbox.plugins.accounts.cloudflare import Cloudflare
from sandbox.plugins.accounts.faults import Trouble
from sandbox.plugins.accounts.onepassword import OnePassword

KINDS: Final = {"cloudflare": "DnsRecord", "onepassword": "Item", "authentik": "PolicyBinding"}
"""Of what each account is asked: there are many of it."""
TRIES: Final = {"cloudflare": Cloudflare.tries, "onepassword": OnePassword.tries, "authentik": Authentik.tries}
FINAL: Final = (Trouble.LIMITED, Trouble.BROKEN, Trouble.SILENT)
"""Troubles in which nothing is done."""
WHAT: Final = {
    Trouble.LIMITED: "an account answers 429",
    Trouble.BROKEN: "an account answers 500",
    Trouble.SILENT: "an account answers nothing",
    Trouble.LOST: "an account does its work, and the answer is lost",
}
LOOKED_UP: Final = "cannot be looked up"
ASKED: Final = ("cloudflare", "authentik")
"""Accounts that the program looks things up in."""
REFRESHED: Final = ("refresh", "--yes", "--skip-preview", "--suppress-outputs")
LED: Final = "tunnel-ingress"
"""The tunnel of a controller. What has a host waits for the controller, so an update that misses it gets no further."""
ACCESS: Final = (
    ("cloudflare", "ZeroTrustAccessIdentityProvider"),
    ("cloudflare", "ZeroTrustAccessPolicy"),
    ("cloudflare", "ZeroTrustAccessApplication"),
    ("authentik", "Application"),
)
UNREFUSED: Final = ("ZeroTrustAccessIdentityProvider", "ZeroTrustAccessPolicy")
"""What Cloudflare takes twice: its client, which asks again, makes two and says nothing."""
CONTINUE: Final = ("--continue-on-error",)
"""Has one update meet many failures; what is built on what has failed gets no values then."""
TOGETHER_SECONDS: Final = 10.0
"""How long a call takes to fail, so that others that fail have begun by then."""
REFRESH: Final = "pulumi refresh"


def run(scene: Scene, tally: Tally) -> None:
    """Bring the accounts into trouble, one round after the other."""
    rounds = Rounds(scene=scene, tally=tally)
    rounds.tried_again()
    rounds.given_up()
    rounds.reads_given_up()
    rounds.look_ups_given_up()
    rounds.lost()


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """Trouble that was ordered for one call."""

    trouble: Trouble
    account: str
    operation: str
    times: int
    kind: str = ANY
    name: str = ANY
    """The resource's, in the program; a look-up has none."""
    wait: float = 0.0

    def __str__(self) -> str:
        """As it is told."""
        return f"{self.operation} of {self.account} {self.kind} {self.name}"

    def in_line(self, line: str) -> bool:
        """Whether a line of pulumi's is about this, and names account and object."""
        said = line.lower()
        if self.operation == "invoke":
            return LOOKED_UP in said and self.account in said
        return f"({self.name.lower()})" in said and said.startswith(self.account)


@dataclass(kw_only=True)
class Rounds:
    """What the accounts are put through."""

    scene: Scene
    tally: Tally
    ordered: list[Ordered] = field(default_factory=list)

    def tried_again(self) -> None:
        """Cloudflare's client tries again: one plain update does not even notice."""
        with self._calls() as calls:
            things = iter(calls.things("cloudflare", KINDS["cloudflare"]))
            for trouble in FINAL:
                for operation, thing in self._one_of_each(calls, things):
                    self._order(trouble, operation, thing, Cloudflare.tries - 1)
            changed = calls.change(next(things))
            self._order(Trouble.LOST, "update", changed, 1)
            for trouble in Trouble:
                self._order_look_up(trouble, "cloudflare", 1)
        done = self.scene.up()
        self._end(self._unnoticed(done))

    def given_up(self) -> None:
        """Everything is tried in vain: a line for each, and the next update makes it good.

        With `--continue-on-error` one update meets them all. An item's failure is the end of what needs its id, so
        items have an update of their own, in which all fail together.
        """
        with self._calls() as calls:
            things = iter(calls.things("onepassword", KINDS["onepassword"]))
            for trouble in FINAL:
                self._order(trouble, "create", calls.make(next(things)), wait=TOGETHER_SECONDS)
                self._order(trouble, "update", calls.change(next(things)), wait=TOGETHER_SECONDS)
        wrong = self._told(self.scene.up())
        given = self._hold()
        with self._calls() as calls:
            for account in ("cloudflare", "authentik"):
                things = iter(calls.things(account, KINDS[account]))
                for trouble in FINAL:
                    for operation, thing in self._one_of_each(calls, things):
                        self._order(trouble, operation, thing)
            item = next(iter(calls.things("onepassword", KINDS["onepassword"])))
            for trouble in FINAL:
                self._order(trouble, "delete", calls.delete(item))
        wrong.update(self._told(self.scene.up(*CONTINUE)))
        self.ordered += given
        self._end(wrong)

    def reads_given_up(self) -> None:
        """A refresh that an account does not answer changes nothing."""
        targets: list[str] = []
        with self._calls() as calls:
            for account, kind in KINDS.items():
                for trouble, thing in zip(Trouble, calls.things(account, kind), strict=False):
                    self._order(trouble, "read", thing)
                    targets += ["--target", thing.urn]
        wrong = self._told(self.scene.pulumi(*REFRESHED, *targets))
        self._end(wrong)

    def look_ups_given_up(self) -> None:
        """The program ends at a look-up that fails, by a line of its own."""
        wrong: dict[Ordered, str] = {}
        given: list[Ordered] = []
        for trouble in Trouble:
            for account in ASKED:
                self._order_look_up(trouble, account, TRIES[account])
                self._place()
                wrong.update(self._told(self.scene.up()))
                given += self._hold()
        self.ordered = given
        self._end(wrong)

    def lost(self) -> None:
        """The account has done it, and the state does not know: updates, each with its way back."""
        wrong: dict[Ordered, str] = {}
        given: list[Ordered] = []
        for losses, flags in (
            (self._lost_tunnel, ()),
            (self._lost_bases, ()),
            (self._lost_leaves, CONTINUE),
            (self._lost_access, ()),
        ):
            with self._calls() as calls:
                losses(calls)
            wrong.update(self._told(self.scene.up(*flags)))
            wrong.update(self._recovered(ADOPT, self.scene.recover()))
            given += self._hold()
        self.ordered = given
        wrong.update(self._recovered(REFRESH, self.scene.pulumi(*REFRESHED)))
        # A tunnel that is made anew has a new token.
        self._end(wrong, commands=(ADOPT, REFRESH), rotated=True)

    def _lost_bases(self, calls: Calls) -> None:
        """What much else is built on."""
        items = iter(calls.things("onepassword", KINDS["onepassword"]))
        self._order(Trouble.LOST, "update", calls.change(next(items)), wait=TOGETHER_SECONDS)
        provider, *_ = calls.things("authentik", "ProviderOauth2")
        for thing in (next(items), provider, self._tunnel(calls, led=False)):
            self._order(Trouble.LOST, "create", calls.make(thing), 1, wait=TOGETHER_SECONDS)

    def _lost_tunnel(self, calls: Calls) -> None:
        """What a controller has to be told of."""
        self._order(Trouble.LOST, "create", calls.make(self._tunnel(calls, led=True)), 1)

    @staticmethod
    def _tunnel(calls: Calls, *, led: bool) -> Thing:
        tunnels = calls.things("cloudflare", "ZeroTrustTunnelCloudflared")
        return next(thing for thing in tunnels if (thing.name == LED) == led)

    def _lost_leaves(self, calls: Calls) -> None:
        """What nothing is built on."""
        for account in ("cloudflare", "authentik"):
            things = iter(calls.things(account, KINDS[account]))
            for operation, thing in self._one_of_each(calls, things):
                if (account, operation) != ("cloudflare", "update"):  # which is tried again, and all is well
                    self._order(Trouble.LOST, operation, thing, 1)
        item = calls.things("onepassword", KINDS["onepassword"])[0]
        self._order(Trouble.LOST, "delete", calls.delete(item))

    def _lost_access(self, calls: Calls) -> None:
        """What lets people in, and Cloudflare takes twice in part."""
        for account, kind in ACCESS:
            wait = 0.0 if kind in UNREFUSED else TOGETHER_SECONDS
            self._order(Trouble.LOST, "create", calls.make(calls.things(account, kind)[0]), 1, wait=wait)

    # -- orders -------------------------------------------------------------------------------------------------------

    @contextmanager
    def _calls(self) -> Iterator[Calls]:
        """Calls that the next update needs; what was ordered for them meanwhile is in force afterwards."""
        with needed(self.scene.engine, {name: self.scene.account(name) for name in NAMES}) as calls:
            yield calls
        self._place()

    @staticmethod
    def _one_of_each(calls: Calls, things: Iterator[Thing]) -> Iterator[tuple[str, Thing]]:
        yield "create", calls.make(next(things))
        thing = next(things)
        yield "delete", calls.delete(thing)
        yield "update", calls.change(thing)

    def _order(
        self, trouble: Trouble, operation: str, thing: Thing, times: int | None = None, *, wait: float = 0.0
    ) -> None:
        """Order trouble for a call, by default as often as the provider tries."""
        self.ordered.append(
            Ordered(
                trouble=trouble,
                account=thing.account,
                operation=operation,
                times=TRIES[thing.account] if times is None else times,
                kind=thing.kind,
                name=thing.name,
                wait=wait,
            )
        )

    def _order_look_up(self, trouble: Trouble, account: str, times: int) -> None:
        self.ordered.append(Ordered(trouble=trouble, account=account, operation="invoke", times=times))

    def _place(self) -> None:
        for each in self.ordered:
            self.scene.account(each.account).fail(
                each.operation, each.kind, each.trouble, name=each.name, times=each.times, wait=each.wait
            )

    def _hold(self) -> list[Ordered]:
        """What was ordered so far, to be noted with the rest of a round."""
        held, self.ordered = self.ordered, []
        return held

    def _withdraw(self) -> list[str]:
        """Let nothing more be ordered; what had not come to pass."""
        left: list[str] = []
        for name in NAMES:
            with self.scene.account(name).edit() as data:
                left += [f"{fault['operation']} of {name} {fault['type']} {fault['name']}" for fault in data["faults"]]
                data["faults"] = []
        return left

    # -- what came of it ----------------------------------------------------------------------------------------------

    def _unnoticed(self, done: Done) -> dict[Ordered, str]:
        """What was noticed of troubles that should not be."""
        wrong = {}
        lines = done.errors
        for each in self.ordered:
            seen = [line for line in lines if each.in_line(line)]
            if seen:
                wrong[each] = f"was noticed: {'; '.join(seen)}"
        if done.code and not wrong:
            wrong[self.ordered[0]] = f"the update failed: {'; '.join(lines)}"
        return wrong

    def _told(self, done: Done) -> dict[Ordered, str]:
        """Which troubles were not told as they should be: in one line that names account and object."""
        lines = done.errors
        wrong = {
            each: f"no line names account and object; there are: {'; '.join(lines) or 'none'}"
            for each in self.ordered
            if each.kind not in UNREFUSED and not any(each.in_line(line) for line in lines)
        }
        if not done.code:
            wrong[self.ordered[0]] = "the update did not fail"
        elif "Traceback" in done.text:
            wrong[self.ordered[0]] = "there is a traceback"
        return wrong

    def _recovered(self, command: str, done: Done) -> dict[Ordered, str]:
        return {self.ordered[0]: f"{command}: {done.why}"} if done.code else {}

    def _end(self, wrong: Mapping[Ordered, str], *, commands: Sequence[str] = (), rotated: bool = False) -> None:
        """Update a last time, and note what came of all that was ordered.

        Each has what was wrong with it, the first all the rest.
        """
        left = [f"did not come to pass: {order}" for order in self._withdraw()]
        again = self.scene.up()
        if again.code:
            left.append(f"the last update failed: {again.why}")
        whole = self.scene.whole(rotated=rotated)
        whole = replace(whole, left=(*whole.left, *left))
        for number, each in enumerate(self.ordered):
            outcome = whole if number == 0 else Difference(left=("its round did not end whole",) if whole else ())
            mine = (f"{each}: {wrong[each]}",) if each in wrong else ()
            given = commands if each.operation in {"create", "delete"} else ()
            self.tally.tried(WHAT[each.trouble], replace(outcome, left=(*outcome.left, *mine)), given)
        self.ordered = []
