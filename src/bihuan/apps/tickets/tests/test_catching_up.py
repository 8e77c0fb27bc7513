"""The order of the facts decides, not when the engine gets to hear of them: read one by one, all at
the end or in any portions, they give the same duties.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.obligations import replay
from bihuan.apps.obligations.acts import is_act
from bihuan.apps.obligations.enums import PauseReason
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.tests.test_trial import differences, tried
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.apps.tickets.tests.test_loop import HOUR
from bihuan.base.testing.draining import drain, settle

SECOND = timedelta(seconds=1)
Step = Callable[[Any, Ticket, datetime], object]


def _verify(house, row, at):
    verified(row, house.desk, at)


def _wait(house, row, at):
    drain(at)  # only what is there can stand still
    actions.pause(
        ticket=row, reason=PauseReason.WAIT_CUSTOMER, evidence="等客户停机", told_customer=True,
        by=house.specialist, now=at,
    )  # fmt: skip


def _solve(house, row, at):
    solved(row, house.specialist, at)


def _tell(house, row, at):
    told(row, house.specialist, at)


def _no(house, row, at):
    actions.deny(ticket=row, answer="又响了", channel="PHONE", by=house.caller, now=at)


def _own_no(_house, row, at):
    actions.deny(ticket=row, answer="又响了", channel="WEB", by=None, now=at)


def _yes(house, row, at):
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=at)


def _own_yes(_house, row, at):
    actions.confirm(ticket=row, answer="好了", channel="WEB", by=None, now=at)


def _back(house, row, at):
    actions.reopen(ticket=row, text="过了一夜又响", by=house.desk, now=at)


STORIES: dict[str, Sequence[Step]] = {
    "no": (_verify, _solve, _tell, _no),
    "no before he was told": (_verify, _solve, _no, _solve, _tell),
    "no by his own hand, then done": (_verify, _solve, _tell, _own_no, _solve, _tell),
    "no twice": (_verify, _solve, _tell, _no, _solve, _tell, _own_no),
    "solved while it waited, no": (_verify, _wait, _solve, _tell, _no),
    "no, then yes": (_verify, _solve, _tell, _no, _solve, _tell, _yes),
    "yes by his own hand": (_verify, _solve, _tell, _own_yes),
    "yes, then it came back": (_verify, _solve, _tell, _yes, _back, _solve, _tell),
}


def lived(house, story: Sequence[Step], heard: Collection[int], serial: str) -> list[Any]:
    """The duties of a new ticket after a story, of which the engine heard after these steps and
    at the end.
    """
    begun = house.now
    row = ticket(machine(house.customer, now=begun, serial=serial), house.desk, begun)
    if 0 in heard:
        drain(begun)
    at = begun
    for number, step in enumerate(story, start=1):
        at = begun + number * HOUR
        step(house, row, at)
        if number in heard:
            drain(at)
    settle(at)
    return sorted(
        (
            each.rule, each.occasion.replace(row.number, "#"), each.state, each.anchor_at, each.due_at,
            each.discharged_at, each.settled_by and each.settled_by.kind, each.verified_at,
            each.verified_by_id, each.closed_reason, each.superseded_by and each.superseded_by.rule,
        )
        for each in of_matter(row.number, *(f"{row.number}#{n}" for n in (1, 2)))
    )  # fmt: skip


PACKS = [("machinery", name) for name in STORIES] + [
    ("centrifuge", "no"),
    ("instruments", "yes, then it came back"),
]


@pytest.mark.django_db(transaction=True)  # each deed has a transaction of its own
@pytest.mark.parametrize(("pack", "name"), PACKS)
def test_a_story_gives_the_same_duties_whenever_the_engine_hears_of_it(pack, name):
    house, story = founded(pack), STORIES[name]
    steps = range(len(story))
    at_once = lived(house, story, steps, "WX-0")
    for number, heard in enumerate([(), steps[::2], *((n,) for n in steps)], start=1):
        assert lived(house, story, heard, f"WX-{number}") == at_once, f"heard after {heard}"
    until = house.now + len(story) * HOUR
    assert differences(tried(None, until + SECOND), replay.picture()) == []
    assert replay.again(until).same


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["no", "no twice", "yes, then it came back"])
def test_facts_that_are_heard_in_any_order_give_the_same_duties(name):
    house = founded("machinery")
    lived(house, STORIES[name], (), "WX-0")
    facts, states = list(replay.in_order()), replay.picture()
    for seed in range(6):
        with transaction.atomic():
            replay.forget()
            mixed = Random(seed).sample(facts, len(facts))
            for fact in sorted(mixed, key=is_act):  # what people do is done to what there is
                on_facts([fact], house.now + len(STORIES[name]) * HOUR)
            assert replay.picture() == states, seed
            transaction.set_rollback(True)
