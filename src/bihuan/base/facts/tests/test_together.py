"""Many deeds in one transaction, and how readers take a transaction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from bihuan.base.audit.actions import log
from bihuan.base.audit.models import Entry
from bihuan.base.errors import BadInput, Refusal
from bihuan.base.facts import listeners
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Cursor, Fact
from bihuan.base.search import actions as search
from bihuan.base.search.models import Entry as Found
from bihuan.base.together import one_of, together

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def drill(key: str, at: datetime = NOW) -> None:
    """A whole deed: a fact, an entry of the log and one of the index."""
    tell("manual.upgraded", at=at, now=at, by=None, subjects={}, data=MANUAL, key=key)
    log("test.deed", by=None, now=at, thing=("test.Thing", key))
    search.put(
        search.Entry(kind="thing", thing_id=key, title=key, url=f"/{key}/", needs="home.see")
    )


MANUAL = {"edition": "2", "model": "LW-450", "safety": False}


def written() -> tuple[list[str | None], list[str], list[str]]:
    facts = Fact.objects.order_by("pk").values_list("key", flat=True)
    entries = Entry.objects.filter(verb="test.deed").order_by("pk")
    index = Found.objects.filter(kind="thing").order_by("thing_id")
    return (
        list(facts),
        list(entries.values_list("thing_id", flat=True)),
        list(index.values_list("thing_id", flat=True)),
    )


@pytest.mark.django_db
def test_all_is_written_at_the_end_in_the_order_of_the_deeds():
    with together():
        drill("a")
        drill("b")
        assert written() == ([], [], [])
    assert written() == (["a", "b"], ["a", "b"], ["a", "b"])


@pytest.mark.django_db
def test_a_refused_deed_leaves_nothing():
    with together():
        with pytest.raises(Refusal), one_of():
            drill("first")
            raise Refusal
        drill("a")
        with pytest.raises(Refusal), one_of():
            drill("b")
            raise Refusal
        drill("c")
    assert written() == (["a", "c"], ["a", "c"], ["a", "c"])


@pytest.mark.django_db
def test_a_block_that_fails_leaves_nothing():
    with pytest.raises(ZeroDivisionError), together():
        drill("a")
        1 / 0  # noqa: B018
    drill("b")
    assert written() == (["b"], ["b"], ["b"])


@pytest.mark.django_db
def test_a_wrong_fact_is_refused_at_once_and_a_key_told_twice_is_one():
    with together():
        drill("a")
        drill("a")
        with pytest.raises(BadInput):
            tell("no.such", at=NOW, now=NOW, by=None, subjects={})
    assert written()[0] == ["a"]


@pytest.mark.django_db
def test_what_is_dropped_from_the_index_in_the_block_is_not_put_by_it():
    search.put(search.Entry(kind="thing", thing_id="x", title="x", url="/", needs="home.see"))
    with together():
        drill("a")
        search.drop("thing", "a", "x")
    assert written()[2] == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_ends_with_a_transaction():
    for name in ("a", "b"):
        with transaction.atomic():
            for number in range(5):
                tell(
                    "manual.upgraded", at=NOW, now=NOW, by=None, subjects={}, data=MANUAL,
                    key=f"{name}{number}",
                )  # fmt: skip
    sizes: list[int] = []

    def hear(facts: object, now: datetime) -> None:
        sizes.append(len(list(facts)))  # type: ignore[call-overload]

    while listeners.drain("t", hear, NOW, limit=2):
        pass
    assert sizes == [5, 5]


@pytest.mark.django_db(transaction=True)
def test_a_listener_is_given_only_what_it_hears_and_moves_on():
    drill("a")
    heard: list[str] = []

    @listeners.hears("drill.held")
    def deaf(facts, now):
        heard.extend(fact.kind for fact in facts)

    @listeners.hears(engine=False)
    def people_only(facts, now):
        heard.extend(fact.source for fact in facts)

    tell("manual.upgraded", at=NOW, now=NOW, by=None, subjects={}, data=MANUAL, source="engine")
    assert listeners.drain("deaf", deaf, NOW) == 2
    assert listeners.drain("people", people_only, NOW) == 2
    assert heard == ["screen"]
    assert Cursor.objects.get(pk="deaf").heard == 2


@pytest.mark.django_db
def test_a_block_of_which_everything_was_taken_back_tells_nothing():
    with together(), pytest.raises(Refusal), one_of():
        drill("a")
        raise Refusal
    assert written() == ([], [], [])
