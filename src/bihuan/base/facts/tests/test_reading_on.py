"""Who reads the log on while others write it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from bihuan.base import sql
from bihuan.base.facts import listeners
from bihuan.base.facts.models import Fact
from bihuan.base.facts.tests.test_facts import KIND, NOW, Api, kind, told

__all__ = ["kind", "told"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("older", [False, True], ids=["begun_later", "begun_before"])
def test_a_program_that_reads_on_is_not_led_past_what_commits_late(told, older):
    """Told first and committed last; `older`: by a transaction that began after the other one."""
    api = Api("administrator")
    begun, finish = threading.Event(), threading.Event()

    def late():
        with transaction.atomic():
            told("late")
            begun.set()
            finish.wait(10)
        connection.close()

    def read(after):
        return [each["id"] for each in api.get(f"?after={after}").json()["items"]]

    thread = threading.Thread(target=late)
    with transaction.atomic():
        if older:
            sql.rows("SELECT pg_current_xact_id()")
        thread.start()
        begun.wait(10)
        early = told("early").fact.pk
    first = read(0)
    assert first == ([early] if older else [])
    finish.set()
    thread.join()
    late_one = Fact.objects.get(key="late").pk
    assert late_one < early
    assert [*first, *read(first[-1] if first else 0)] == (
        [early, late_one] if older else [late_one, early]
    )
    assert read(late_one if older else early) == []


@pytest.mark.django_db(transaction=True)
def test_who_hears_within_a_transaction_does_not_wait_for_what_began_after_it(told, monkeypatch):
    @listeners.hears(KIND)
    def ear(facts, now):
        pass

    monkeypatch.setattr(listeners, "listeners", lambda: {"one": ear, "two": ear})
    told("before")
    with transaction.atomic():
        told("own")

        def other():
            told("after")
            connection.close()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        listeners.drain_all(NOW)
        assert listeners.all_heard()
    assert not listeners.all_heard()
    assert listeners.drain_all(NOW) == 2  # each of both
    assert listeners.all_heard()
