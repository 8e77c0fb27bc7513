"""The page of a ticket while others work on it: what moves by itself, what is not written over."""

from __future__ import annotations

import json
import re
from datetime import timedelta

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


def test_a_ticket_that_is_left_open_signs_its_reader_out(at, settings):
    client = signed_in(at.desk)
    row = ticket(at.machine, at.desk, at.now)
    page = client.get(reverse("tickets:detail", args=[row.pk]))
    tag = re.search(r'<div id="pulse".*?></div>', page.content.decode())[0]
    headers = json.loads((re.search(r"hx-headers='(.*?)'", tag) or ["", "{}"])[1])
    with clock.set_to(at.now + timedelta(seconds=settings.IDLE_SECONDS - 10)):
        assert client.get(pulse_of(page), headers=headers).status_code in (200, 204)
    with clock.set_to(at.now + timedelta(seconds=settings.IDLE_SECONDS + 10)):
        assert client.get(pulse_of(page), headers=headers).status_code == 302


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


def form_of(page):
    """What a browser would send back of a form as it was read."""
    fields = re.findall(
        r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode()
    )
    return {
        name: value for name, value in fields if name == "version" or name.startswith("initial-")
    }


def test_two_who_verify_at_once_do_not_write_over_each_other_unseen(at):
    row = ticket(at.machine, at.desk, at.now)
    address = reverse("tickets:deed", args=[row.pk, "verify"])
    first, second = signed_in(at.desk), signed_in(at.specialist)
    given = {
        "happened_at": "2026-03-10T09:40",
        "place": "二车间",
        "impact": "DEGRADED",
        "severity": "NORMAL",
    }
    read = form_of(second.get(address))
    first.post(
        address, {**given, **form_of(first.get(address)), "place": "三车间", "impact": "LINE_STOP"}
    )
    told_of = second.post(address, {**given, **read, "place": "南门仓库"})
    assert told_of.status_code == 422
    text = told_of.content.decode().split("data-draft-refused")[1]
    assert "何岚" in text
    assert "三车间" in text.split("</table>")[0]
    assert "南门仓库" in text
    row.refresh_from_db()
    assert (row.place, row.impact) == ("三车间", "LINE_STOP")
    # he has seen it: what only the other had changed stays, what he wrote himself goes in
    seen = {**given, **form_of(told_of), "place": "南门仓库", "impact": "LINE_STOP"}
    assert second.post(address, seen).status_code == 302
    row.refresh_from_db()
    assert (row.place, row.impact) == ("南门仓库", "LINE_STOP")


def test_a_note_meanwhile_does_not_stop_whoever_verifies(at):
    row = ticket(at.machine, at.desk, at.now)
    address = reverse("tickets:deed", args=[row.pk, "verify"])
    client = signed_in(at.desk)
    read = form_of(client.get(address))
    actions.note(ticket=row, text="客户在开会", by=at.specialist, now=at.now)
    given = {
        "happened_at": "2026-03-10T09:40",
        "place": "二车间",
        "impact": "DEGRADED",
        "severity": "NORMAL",
    }
    assert client.post(address, {**given, **read}).status_code == 302
