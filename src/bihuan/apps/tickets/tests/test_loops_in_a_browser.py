"""From a call and from a mail to each of the three ends, by the buttons of the pages: the customer
says yes, he cannot be reached, it comes back and he says yes then. (From a scanned code: `portal`.)
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.base import clock
from bihuan.base.facts.models import Fact
from bihuan.base.testing.browser import page_tests
from bihuan.base.testing.draining import drain

pytestmark = page_tests
DAY = timedelta(days=1)
YES = {"result": "YES", "text": "许工：好了，谢谢", "channel": "PHONE"}


class Hand:
    """The hand of the clock that the server's threads read, too."""

    def __init__(self, now) -> None:
        self.now = now


@pytest.fixture
def hand(house, monkeypatch):
    found = Hand(house.now)
    monkeypatch.setattr(clock, "now", lambda: found.now)
    return found


def deed(page, name: str, **values: str) -> None:
    """Press a deed of the ticket's page and fill its form."""
    link = page.locator("#ticket-head :is(a[data-modal], form button)").filter(has_text=name).first
    link.wait_for(state="attached")
    if not link.is_visible():
        page.locator("#ticket-head details[data-menu] summary").click()
    if link.evaluate("each => each.tagName") == "BUTTON":  # it asks nothing
        with page.expect_navigation():
            link.click()
        return
    link.click()
    form = page.locator("dialog[open] form").last
    form.wait_for()
    for field, value in values.items():
        place = form.locator(f"[name={field}]")
        if place.evaluate("each => each.tagName") == "SELECT":
            place.select_option(value)
        else:
            place.fill(value)
    form.locator("button[type=submit]").click()
    page.locator("dialog[open]").wait_for(state="hidden")
    page.wait_for_load_state("load")


def by_call(open_page, house, request):
    """The call desk takes it down from the keyboard."""
    page = open_page("/tickets/new/", person=house.desk)
    page.locator("#id_phone").fill("13912345520")
    page.locator("#known [name=customer]").wait_for(state="attached")
    page.locator("#id_title").fill("启动后异响")
    page.locator("#id_place").fill("二车间")
    page.locator("#id_impact").select_option("DEGRADED")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    return page


def by_mail(open_page, house, request):
    """A mail through a real mail server; the desk finds it in the queue."""
    office = request.getfixturevalue("office")
    office.deliver(Subject=f"设备 {house.machine.serial} 异响")
    office.collect()
    page = open_page("/tickets/?view=new", person=house.desk)
    page.locator("[data-rows] a").first.click()
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    deed(page, "受理")
    return page


def fixed(page, hand, text="重设加速曲线"):
    deed(page, "已解决", how="REMOTE", cause="SOFTWARE", action=text)
    deed(page, "把方案和效果告诉客户", text=f"{text}，请观察一个班", channel="PHONE")
    drain(hand.now)


def at_home(*pages) -> None:
    """Everybody closes the browser for the night: a page left open would be signed out."""
    for page in pages:
        page.close()


@pytest.mark.parametrize("door", [by_call, by_mail])
@pytest.mark.parametrize("end", ["yes", "unreached", "again"])
def test_from_a_door_to_an_end(open_page, house, hand, request, door, end):
    page = door(open_page, house, request)
    drain(hand.now)
    row = Ticket.objects.get()
    assert (row.customer, row.asset) == (house.customer, house.machine)
    happened = {"happened_at": "2026-03-10T09:30", "place": "二车间", "impact": "DEGRADED"}
    deed(page, "核实时间、地点、影响", **happened)
    fixed(page, hand)
    caller = open_page(f"/tickets/{row.pk}/", person=house.caller)
    if end == "unreached":
        for day, channel in ((0, "PHONE"), (1, "PHONE"), (2, "WECOM")):
            at_home(page, caller)
            hand.now = house.now + day * DAY
            caller = open_page(f"/tickets/{row.pk}/", person=house.caller)
            deed(caller, "请客户确认", result="NO_ANSWER", channel=channel)
        deed(caller, "联系不上，记为未确认")
    else:
        deed(caller, "请客户确认", **YES)
    desk = open_page(f"/tickets/{row.pk}/", person=house.desk)
    deed(desk, "关闭工单")
    row.refresh_from_db()
    assert row.status == Status.CLOSED
    at_home(page, caller, desk)
    if end == "again":
        hand.now = house.now + DAY
        desk = open_page(f"/tickets/{row.pk}/", person=house.desk)
        deed(desk, "重新打开", text="许工来电：又响了")
        fixed(desk, hand, "换轴承")
        deed(open_page(f"/tickets/{row.pk}/", person=house.caller), "请客户确认", **YES)
        desk = open_page(f"/tickets/{row.pk}/", person=house.desk)
        deed(desk, "关闭工单")
        row.refresh_from_db()
        assert (row.status, row.reopened) == (Status.CLOSED, 1)
    drain(hand.now)
    told = Fact.objects.filter(kind="ticket.confirmed").count()
    assert told == {"yes": 1, "unreached": 0, "again": 2}[end]
    assert (row.confirmed_by is None) is (end == "unreached")
    last = open_page(f"/tickets/{row.pk}/", person=house.desk)
    silent = last.get_by_text("没有联系上客户就关闭了").count()
    assert bool(silent) is (end == "unreached")
    waits = of_matter(row.number).filter(verified_by_rule="CUSTOMER", state="DISCHARGED")
    assert waits.exists() is (end == "unreached")  # silence verifies nothing
