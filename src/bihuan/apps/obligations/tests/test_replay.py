"""The same facts give the same obligations: in any portions, any order within a transaction
time, told twice; and a killed listener loses nothing."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest
from django.db import transaction

from bihuan.apps.obligations import actions, replay
from bihuan.apps.obligations.acts import Proof
from bihuan.apps.obligations.enums import PauseReason, Verifier, WaiveReason
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.apps.obligations.ticks import open_scheduled, periods
from bihuan.base.errors import Refusal
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import Fact

SEEDS = range(int(os.environ.get("BIHUAN_STORIES", "3")))


EVERY_PROOF = (
    "call_log", "proposal", "customer_reply", "record", "checkin", "minutes", "photo",
    "attendance", "report",
)  # fmt: skip


class Story:
    """A company lives for some months: facts in transactions, deeds of people, the clock."""

    def __init__(self, seed: int, *, days: int = 60, **swap: str) -> None:
        self.dice = random.Random(seed)
        self.home = make.house(**swap)
        self.customers = [
            make.customer(
                self.home, f"客户{n}", tier=self.dice.choice(["GOLD", "SILVER", "POTENTIAL"])
            )
            for n in range(4)
        ]
        self.now = make.moment("2026-01-05 08:00")
        self.tickets: list[tuple[str, dict[str, int]]] = []
        self.last = self.now + timedelta(days=days)

    def live(self) -> None:
        self.beat()
        while self.now < self.last:
            self.now += timedelta(hours=self.dice.choice([2, 7, 30, 90]))
            self.together()
            if self.dice.random() < 0.7:
                self.home.hear(self.now)
                self.beat()
            for _ in range(3):
                self.deed()
        self.home.hear(self.now)
        self.beat()

    def beat(self) -> None:
        periods(self.now)
        self.home.hear(self.now)
        open_scheduled(self.now)

    def together(self) -> None:
        """Several facts in one transaction, told together, not in the order they happened."""
        tellings = [self.fact() for _ in range(self.dice.randint(1, 4))]
        self.dice.shuffle(tellings)
        tell_all(tellings, now=self.now, by=None)

    def fact(self) -> Telling:
        at = self.now - timedelta(minutes=self.dice.choice([0, 0, 5, 40, 600]))
        who = self.dice.choice(self.customers)
        subjects = {"asset": self.dice.randint(1, 3), "customer": who.pk}
        kind = self.dice.choice(
            [
                "new",
                "new",
                "again",
                "contacted",
                "dispatched",
                "callback",
                "tier",
                "demand",
                "signed",
                "closed",
            ]
        )
        if kind == "new" or not self.tickets:
            self.tickets.append((f"T{len(self.tickets)}", subjects))
            return self.report(self.tickets[-1], at)
        ticket, of = self.dice.choice(self.tickets[-5:])
        if kind == "again":
            return self.report((ticket, of), at)
        if kind in ("contacted", "dispatched", "closed"):
            return Telling(f"ticket.{kind}", at, of, {"ticket": ticket})
        if kind == "callback":
            return Telling("callback.done", at, {"customer": who.pk}, self.called())
        if kind == "tier":
            return self.moved(who, at)
        number = f"N{self.dice.randint(1, 10**6)}"
        if kind == "demand":
            return Telling(
                "demand.received",
                at,
                {"customer": who.pk},
                {"demand": number, "kind": "OPTIMISE", "source": "VISIT"},
            )
        return Telling(
            "contract.signed",
            at,
            {"contract": self.dice.randint(1, 9), "customer": who.pk},
            {"start_on": "2026-01-01", "end_on": "2026-06-10"},
        )

    def called(self) -> dict:
        from bihuan.base.vocabulary import vocabulary

        fields = vocabulary().facts["callback.done"].fields
        blank = {"string": f"C{self.dice.randint(1, 10**6)}", "bool": True, "int": 1, "number": 1.0}
        return {
            name: (field.values[0] if field.values else blank[field.type])
            for name, field in fields.items()
            if field.required
        }

    def report(self, ticket: tuple[str, dict[str, int]], at) -> Telling:
        severity = self.dice.choice(["URGENT", "NORMAL", "LOW"])
        return Telling("fault.reported", at, ticket[1], {"ticket": ticket[0], "severity": severity})

    def moved(self, who, at) -> Telling:
        before, who.tier = who.tier, self.dice.choice(["GOLD", "SILVER"])
        who.save(update_fields=["tier"])
        number = f"X{self.dice.randint(1, 10**6)}"
        return Telling(
            "tier.changed",
            at,
            {"customer": who.pk},
            {"change": number, "before": before, "after": who.tier, "up": True},
        )

    def deed(self) -> None:
        """Somebody does something to an obligation; what is refused changes nothing."""
        rows = list(Obligation.objects.order_by("pk"))
        if not rows:
            return
        row = self.dice.choice(rows)
        deed, by, more = self.dice.choice(self.deeds())
        try:
            with transaction.atomic():
                deed(by=by, now=self.now, **more(row.pk))
        except Refusal:
            pass

    def deeds(self) -> list:
        """What may be done: the action, by whom, and its other arguments for an obligation."""
        home, now = self.home, self.now
        proofs = [Proof(kind) for kind in EVERY_PROOF]
        asked = {"how": Verifier.CUSTOMER, "satisfied": self.dice.random() < 0.5, "note": "问过"}
        waived = {"reason": WaiveReason.CUSTOMER_REQUEST, "note": "客户不需要"}
        paused = {"reason": PauseReason.WAIT_CUSTOMER, "evidence": "来电", "told_customer": True}
        moved = {"to": self.dice.choice([home.li, home.wu]), "reason": "调配"}
        one = "obligation_id"
        return [
            (
                actions.discharge,
                home.chen,
                lambda pk: {"obligation_ids": [pk], "at": now, "evidence": proofs},
            ),
            (actions.verify, home.qian, lambda pk: {one: pk, **asked}),
            (actions.waive, home.gu, lambda pk: {one: pk, **waived}),
            (actions.pause, home.chen, lambda pk: {one: pk, **paused}),
            (actions.resume, home.chen, lambda pk: {one: pk}),
            (actions.assign, home.gu, lambda pk: {one: pk, **moved}),
        ]


def shuffled(facts: list[Fact], dice: random.Random) -> list[Fact]:
    """Another order within each transaction time."""
    groups: dict[int, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.tx, []).append(fact)
    found: list[Fact] = []
    for tx in sorted(groups):
        dice.shuffle(groups[tx])
        found += groups[tx]
    return found


def compare(one: dict, other: dict) -> list[str]:
    found = []
    for uid in {*one, *other}:
        a, b = one.get(uid), other.get(uid)
        if a is None or b is None:
            found.append(f"{uid} only on one side: {a or b}")
        elif a != b:
            found.append(
                f"{a['rule']} {a['occasion']}: " + str({k: (a[k], b[k]) for k in a if a[k] != b[k]})
            )
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_story_heard_again_in_any_way_gives_the_same_obligations(seed):
    story = Story(seed)
    story.live()
    lived = replay.picture()
    assert len(lived) > 15
    facts = list(replay.in_order())
    dice = random.Random(seed)
    ways = {
        "all at once": (facts, 10_000),
        "one by one": (facts, 1),
        "another order in each transaction": (shuffled(facts, dice), 13),
        "everything twice": ([fact for fact in facts for _ in (1, 2)], 11),
        "twice, and in another order": (shuffled(facts + facts, dice), 50),
    }
    for way, (told, batch) in ways.items():
        with transaction.atomic():
            replay.forget()
            replay.feed(told, story.now, batch=batch)
            again = replay.picture()
            transaction.set_rollback(True)
        assert compare(lived, again) == [], way
    assert replay.picture() == lived
    assert replay.again(story.now).same
