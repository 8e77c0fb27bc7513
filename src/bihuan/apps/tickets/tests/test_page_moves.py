"""The page of a ticket while others work on it: what moves by itself, what is not written over."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from bihuan.apps.tickets import actions
from bihuan.apps.tickets.tests.factories import solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

PULSE = re.compile(r'hx-get="([^"]+/pulse/[^"]+)"')


@pytest.fixture
def at(house):
    with clock.set_to(house.now):
        yield house


def pulse_of(page):
    return PULSE.search(page.content.decode())[1].replace("&amp;", "&")


def test_the_clocks_of_a_new_ticket_come_to_the_open_page(at):
    row = ticket(at.machine, at.desk, at.now)
    client = signed_in(at.desk)
    page = client.get(reverse("tickets:detail", args=[row.pk]))
    pulse = pulse_of(page)
    assert client.get(pulse).status_code == 204
    drain(at.now)  # the engine hears of it after the page was drawn
    moved = client.get(pulse)
    assert "恢复设备使用" not in page.content.decode()
    assert "恢复设备使用" in moved.content.decode()
    assert client.get(pulse_of(moved)).status_code == 204


def test_how_it_was_solved_and_what_the_customer_says_come_to_the_open_page(at):
    row = verified(ticket(at.machine, at.desk, at.now), at.desk, at.now)
    client = signed_in(at.caller)
    pulse = pulse_of(client.get(reverse("tickets:detail", args=[row.pk])))
    told(solved(row, at.specialist, at.now), at.specialist, at.now)
    actions.confirm(ticket=row, answer="这次好了", channel="PHONE", by=None, now=at.now, score=4)
    about = client.get(pulse).content.decode().split('id="ticket-about"')[1]
    assert "远程 · 软件 · 陈砺" in about
    assert "4 分（满分 5 分）" in about
    assert "这次好了" in about
