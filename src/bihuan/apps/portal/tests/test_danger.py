"""One tick says that people are in danger: what to do first is read at once, and it is heard."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from bihuan.apps.assets.actions import set_service_line
from bihuan.apps.portal.tests.conftest import report, text
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base import clock
from bihuan.base.notify.models import Notice

FIRST = "停机断电，人离开危险处。有人受伤打 120，起火打 119"


def say(token, **more):
    given = {"key": str(uuid.uuid4()), "text": ""} | more
    return Client().post(f"/t/{token}/add/", given)


def test_the_form_has_one_tick_and_says_what_to_do_first(at):
    set_service_line(family="", phone="400-820-1234", hours="", by=None, now=at.now)
    for path in (f"/q/{at.machine.token}/report/", "/report/"):
        page = text(Client().get(path))
        assert page.count('name="danger"') == 1
        assert FIRST in page and 'href="tel:400-820-1234"' in page


def test_a_ticked_report_is_urgent_from_the_first_moment_and_calls_somebody_at_night(house):
    night = house.now + timedelta(hours=12)
    with clock.set_to(night):
        _answer, token = report(house.machine, runs="stopped", danger="on")
        row = Ticket.objects.get()
        assert (row.impact, row.severity) == ("PERSON_SAFETY", "URGENT")
        assert paging.raise_alarms(night) == 1
        assert row.ladders.get().hurts
        assert FIRST in text(Client().get(f"/t/{token}/?sent=1"))


def test_a_second_report_that_ticks_it_asks_to_raise_the_ticket_that_is_there(house):
    with clock.set_to(house.now):
        report(house.machine, runs="badly")
        row = Ticket.objects.get()
        tickets.accept(ticket=row, by=house.desk, now=house.now)
        _answer, token = report(house.machine, runs="runs", danger="on")
        row.refresh_from_db()
        assert (row.impact, row.claimed_impact) == ("DEGRADED", "PERSON_SAFETY")
        assert Notice.objects.filter(kind="ticket.graver", to=house.desk).count() == 1
        assert FIRST in text(Client().get(f"/t/{token}/"))


@pytest.mark.parametrize("words", ["", "夹到手了"])
def test_it_can_be_said_later_too_with_no_words_at_all(house, words):
    with clock.set_to(house.now):
        _answer, token = report(house.machine, runs="badly")
        row = Ticket.objects.get()
        tickets.accept(ticket=row, by=house.desk, now=house.now)
        assert FIRST in text(Client().get(f"/t/{token}/"))  # beside the tick
    night = house.now + timedelta(hours=12)
    with clock.set_to(night):
        before = Envelope.objects.count()
        assert say(token).status_code == 422  # nothing was said
        assert (Envelope.objects.count(), row.ladders.count()) == (before, 0)
        assert say(token, text=words, danger="on").status_code == 302
        row.refresh_from_db()
        assert row.claimed_impact == "PERSON_SAFETY"
        assert row.ladders.get().hurts
        said = row.entries.filter(kind="INBOUND").latest("pk").text
        assert said.startswith("有人受伤，或者有危险") and said.endswith(words)
