"""Fifty at the same instant, each on a connection of its own: one is done, the others are told in
a sentence, and nothing is lost or counted twice.

One test, so that two processes of a test run never ask for a hundred connections.
"""

from __future__ import annotations

import contextvars
import json
import threading
import uuid
from collections import Counter

import pytest
from django.db import connections
from django.test import Client

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.portal import figures
from bihuan.apps.portal.models import Count
from bihuan.apps.portal.tests.conftest import report
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Attempt, Entry, Envelope, Ticket
from bihuan.apps.tickets.tests.conftest import founded
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.errors import Refusal
from bihuan.base.facts.models import Fact
from bihuan.base.testing.people import signed_in

MANY = 50


def at_once(deed) -> Counter[str]:
    """`deed(n)` in fifty threads begun together: how often each said what."""
    gate, found = threading.Barrier(MANY), [""] * MANY

    def run(n: int) -> None:
        try:
            connections["default"].ensure_connection()
            gate.wait()
            found[n] = str(deed(n) or "done")
        except Refusal as refused:
            found[n] = str(refused)
        except Exception as error:  # noqa: BLE001 - told below, in the thread that asserts
            found[n] = f"fault: {error!r}"
        finally:
            connections.close_all()

    # the hand of the clock is seen by a thread only that is started with it
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(run, n)) for n in range(MANY)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    said = Counter(found)
    assert not [each for each in said if each.startswith("fault") or not each], said
    return said


def asked(house) -> Ticket:
    """The customer is asked whether it is well."""
    row = ticket(house.machine, house.desk, house.now)
    verified(row, house.desk, house.now)
    solved(row, house.specialist, house.now)
    return told(row, house.specialist, house.now)


def facts(kind: str) -> int:
    return Fact.objects.filter(kind=kind).count()


def yes_and_no(house) -> None:
    """Half of them write down his yes, half his no."""
    row = asked(house)

    def answers(n: int) -> None:
        mine, deed = Ticket.objects.get(pk=row.pk), actions.confirm if n % 2 else actions.deny
        deed(ticket=mine, answer="答", channel="PHONE", by=house.caller, now=house.now)

    assert at_once(answers)["done"] == 1
    row.refresh_from_db()
    yes, no = facts("ticket.confirmed"), facts("ticket.reopened")
    assert (yes + no, Attempt.objects.filter(ticket=row).count()) == (1, 1)
    assert row.status == (Status.CONFIRMED if yes else Status.DIAGNOSING)


def close_and_reopen(house) -> None:
    row = asked(house)
    actions.confirm(ticket=row, answer="好了", channel="PHONE", by=house.caller, now=house.now)
    before = facts("ticket.closed"), facts("ticket.reopened")

    def ends(n: int) -> None:
        mine = Ticket.objects.get(pk=row.pk)
        if n % 2:
            actions.close(ticket=mine, by=house.desk, now=house.now)
        else:
            actions.reopen(ticket=mine, text="又响了", by=None, now=house.now)

    done = at_once(ends)["done"]
    row.refresh_from_db()
    closed, again = facts("ticket.closed") - before[0], facts("ticket.reopened") - before[1]
    assert done == closed + again
    assert (closed <= 1, again <= 1, row.reopened) == (True, True, again)
    assert row.status == (Status.DIAGNOSING if again else Status.CLOSED)


def arrivals(house) -> None:
    row = ticket(house.machine, house.desk, house.now)
    verified(row, house.desk, house.now)
    actions.dispatch(
        ticket=row, engineer=house.engineer, callout=True, tried="试过", by=house.dispatcher, now=house.now
    )  # fmt: skip

    def arrives(_n: int) -> None:
        mine = Ticket.objects.get(pk=row.pk)
        actions.arrived(ticket=mine, by=house.engineer, now=house.now)

    said = at_once(arrives)
    assert (said["done"], len(said), facts("ticket.arrived")) == (1, 2, 1)


def merges(house) -> None:
    one, two = (ticket(house.machine, house.desk, house.now) for _n in range(2))

    def joins(n: int) -> None:
        first, other = (Ticket.objects.get(pk=each.pk) for each in ((one, two), (two, one))[n % 2])
        actions.merge(ticket=first, into=other, text="", by=house.desk, now=house.now)

    assert at_once(joins)["done"] == 1
    found = Ticket.objects.filter(pk__in=[one.pk, two.pk]).values_list("status", flat=True)
    assert sorted(found) == ["ACCEPTED", "DUPLICATE"]


def one_report_sent_often(house) -> None:
    """The same form, the same call under one key: one ticket, and its answer for all."""
    tickets, envelopes = Ticket.objects.count(), Envelope.objects.count()
    key, asset = str(uuid.uuid4()), house.machine
    said = at_once(lambda _n: report(asset, what="漏油", key=key)[0].status_code)
    assert set(said) <= {"302", "409", "422", "429"}, said
    assert said["302"] >= 1
    again = report(asset, what="漏油", key=key)[0].status_code
    assert again in (302, 429)
    assert Envelope.objects.count() == envelopes + 1
    body = json.dumps({"title": "甩干异响", "customer": house.customer.pk})
    desk = signed_in(house.desk)
    cookies = {name: morsel.value for name, morsel in desk.cookies.items()}

    def calls(_n: int) -> int:
        client = Client()
        client.cookies.load(cookies)
        return client.post(
            "/api/tickets/", body, "application/json", headers={"Idempotency-Key": "erp-000000001"}
        ).status_code

    said = at_once(calls)
    assert set(said) <= {"201", "409"}, said
    assert Ticket.objects.filter(title="甩干异响").count() == 1
    assert Ticket.objects.count() <= tickets + 2


def one_fault_told_by_fifty(house) -> None:
    """Everybody who passes scans the same code: one ticket, and the words of all of them."""
    other = machine(house.customer, now=house.now, serial="RACE0001")
    Count.objects.all().delete()  # an hour later, for the limits of one network
    said = at_once(lambda n: report(other, what=f"冒烟 {n}", phone=f"139 0000 {n:04d}")[0].status_code)  # fmt: skip
    taken = said["302"]
    assert set(said) <= {"302", "429"}, said
    assert taken == figures.whole("machine_hour", house.now)
    assert Ticket.objects.filter(asset=other).count() == 1
    assert Entry.objects.filter(ticket__asset=other, kind="INBOUND").count() == taken


@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_one_is_done_and_nothing_is_lost():
    house = founded("machinery")
    with clock.set_to(house.now):
        for race in (
            yes_and_no, close_and_reopen, arrivals, merges, one_report_sent_often, one_fault_told_by_fifty,
        ):  # fmt: skip
            race(house)
