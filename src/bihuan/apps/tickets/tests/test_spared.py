"""Visits that knowledge could have spared: what was known before somebody was sent, no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.knowledge.tests.factories import published
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.lessons import spared
from bihuan.apps.tickets.queries.desk_figures import Asked
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import make_person, signed_in

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = reverse("tickets:spared")
SHAKES = {"title": "转子振动大", "text": "升速时转子振动大"}


def closed(house, row, at):
    told(row, house.specialist, at)
    actions.try_confirm(
        ticket=row, channel="PHONE", result="YES", answer="好了", by=house.caller, now=at
    )
    return actions.close(ticket=row, by=house.desk, now=at)


def visited(house, asset, at, *, arrived=True, **values):
    row = ticket(asset, house.desk, at, **(SHAKES | values))
    verified(row, house.desk, at)
    actions.dispatch(
        ticket=row, engineer=house.engineer, callout=True, tried="听声音", by=house.desk, now=at
    )
    if arrived:
        actions.arrived(ticket=row, by=house.engineer, now=at + HOUR)
    solved(row, house.engineer, at + 3 * HOUR, how="ONSITE", cause="WEAR", action="转子配平")
    return closed(house, row, at + 4 * HOUR)


def remote(house, asset, at):
    row = ticket(asset, house.desk, at, **SHAKES)
    verified(row, house.specialist, at)
    solved(row, house.specialist, at + HOUR, action="转子配平，电话里指导")
    return closed(house, row, at + 2 * HOUR)


def found(house, person=None):
    """The sums, and what was known by the number of each visit."""
    drain(house.now)
    rows = spared.visits(person or house.boss, Asked(house.now - 30 * DAY, house.now))
    known = rows.filter(known__isnull=False).order_by("pk")
    return spared.counted(rows), {
        each.ticket.pk: each.case.number for each in spared.lines(known, person or house.boss)
    }


@pytest.fixture
def known(house):
    """An article about a shaking rotor, published twenty days ago."""
    article = published(title="转子不平衡", part="转子", symptom="振动大", now=house.now - 20 * DAY)
    with clock.set_to(house.now):
        yield article


def test_an_article_spares_visits_from_the_day_it_was_published(house, known):
    before = visited(house, house.machine, house.now - 25 * DAY)
    after = visited(
        house, machine(house.customer, now=house.now, serial="S-1"), house.now - 5 * DAY
    )
    sums, lines = found(house)
    assert lines == {after.pk: known.number}
    assert before.pk not in lines
    assert (sums.visits, sums.spared, sums.on_site, sums.untimed) == (2, 1, 2 * HOUR, 0)


def test_a_ticket_solved_without_a_visit_spares_later_ones_of_the_same_matter(house):
    with clock.set_to(house.now):
        published(title="转子不平衡", part="转子", symptom="振动大", families=("别的系列",))
        first = remote(
            house, machine(house.customer, now=house.now, serial="S-1"), house.now - 9 * DAY
        )
        same = visited(house, house.machine, house.now - 5 * DAY)
        other = visited(
            house,
            machine(house.customer, now=house.now, serial="S-2"),
            house.now - 5 * DAY,
            title="漏油",
            text="油箱漏油",
        )
        sums, lines = found(house)
        assert lines == {same.pk: first.number}
        assert other.pk not in lines
        assert (sums.visits, sums.spared) == (2, 1)


def test_what_is_not_closed_or_without_arrival_is_not_counted_as_time(house, known):
    visited(house, house.machine, house.now - 5 * DAY, arrived=False)
    sums, _lines = found(house)
    assert (sums.spared, sums.on_site, sums.untimed) == (1, timedelta(), 1)


def test_the_page_shows_visit_and_article_within_reach_and_asks_as_often_for_many(
    house, known, django_assert_num_queries
):
    row = visited(house, house.machine, house.now - 2 * DAY)
    drain(house.now)
    span = {"from": (house.now - 20 * DAY).date().isoformat(), "to": house.now.date().isoformat()}
    client = signed_in(house.specialist)
    page = client.get(URL, span).content.decode()
    assert row.number in page
    assert known.number in page
    assert "2.0" in page
    stranger = make_person("account_manager", name="外区经理", region="R9")
    assert row.number not in signed_in(stranger).get(URL, span).content.decode()
    with CaptureQueriesContext(connection) as few:
        client.get(URL, span)
    for n in range(4):
        visited(house, machine(house.customer, now=house.now, serial=f"S-{n}"), house.now - DAY)
    drain(house.now)
    with django_assert_num_queries(len(few)):
        assert client.get(URL, span).content.decode().count(known.number) == 5
