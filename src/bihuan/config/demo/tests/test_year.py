"""The demo company's life: the same for one seed, also when broken off, and its log says it all."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import groupby

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction

from bihuan.apps.obligations import replay
from bihuan.apps.obligations.models import Obligation
from bihuan.base.facts.models import DeadLetter, Fact
from bihuan.base.search.actions import rebuild
from bihuan.base.search.models import Entry
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.life import live
from bihuan.config.demo.makers import DEFAULT, maker

pytestmark = pytest.mark.django_db(transaction=True)
START = date(2026, 1, 1)
END = datetime(2026, 4, 10, 17, 0, tzinfo=ZONE)
CUSTOMERS = 18


def lived(stop: Callable[[], bool] = lambda: False) -> None:
    live(seed=7, customers=CUSTOMERS, start=START, until=END, stop=stop)


def counts() -> dict[str, int]:
    """How many facts of each kind, and duties of each rule and state."""
    found = Counter(Fact.objects.values_list("kind", flat=True))
    found.update(
        f"{rule} {state}" for rule, state in Obligation.objects.values_list("rule", "state")
    )
    return dict(found)


def index() -> dict[tuple[object, ...], tuple[object, ...]]:
    """What the search box finds, each thing with its rows."""
    names = [field.attname for field in Entry._meta.concrete_fields if field.name != "id"]
    rows = Entry.objects.values_list(*names)
    return {row[:2]: tuple(map(str, row)) for row in rows}


def test_a_life_broken_off_goes_on_as_if_nothing_had_been():
    lived()
    whole = counts()
    assert whole["callback.done"]
    assert not DeadLetter.objects.exists()
    kept = index()  # written deed by deed
    rebuild()
    assert kept == index()
    call_command("flush", interactive=False, verbosity=0)
    asked = iter(range(10_000))
    while not _ended(lambda: next(asked) % 23 == 22):
        pass
    assert counts() == whole


def test_when_the_terminal_names_people_they_can_sign_in():
    company = maker(DEFAULT).company
    named = [*company["sign_in"], company["dealer_sign_in"], company["supplier_sign_in"]]
    found: list[bool] = []

    def founded() -> None:
        people = [
            authenticate(username=row["username"], password=company["password"]) for row in named
        ]
        found.append(None not in people)

    live(
        seed=7, customers=CUSTOMERS, start=START, until=END, stop=lambda: bool(found), founded=founded
    )  # fmt: skip
    assert found == [True]


def _ended(stop: Callable[[], bool]) -> bool:
    """Live on until `stop` breaks it off; whether the life came to its end."""
    asked = [False]

    def ask() -> bool:
        asked.append(stop())
        return asked[-1]

    lived(ask)
    return not asked[-1]


def test_the_log_gives_the_same_duties_in_any_portions():
    lived()
    shot = replay.picture()
    assert len(shot) > 300
    now = END
    for batch in (1, 500, 1_000_000):
        found = replay.again(now, batch=batch)
        assert found.same, (batch, found.differing)
    with transaction.atomic():
        replay.forget()
        replay.feed(_doubled_and_shuffled(), now, batch=97)
        assert replay.picture() == shot
        transaction.set_rollback(True)


def _doubled_and_shuffled() -> Iterator[Fact]:
    dice = random.Random(11)
    for _, facts in groupby(list(replay.in_order()), key=lambda fact: fact.tx):
        together = list(facts) * 2
        dice.shuffle(together)
        yield from together
