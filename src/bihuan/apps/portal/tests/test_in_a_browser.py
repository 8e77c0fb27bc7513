"""The whole loop on a phone: scanned code, report, desk, answer; one yes, one no, one unreached."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from bihuan.apps.assets.actions import set_service_line
from bihuan.apps.portal.tests.conftest import WHAT, filled, picture
from bihuan.apps.tickets import actions as tickets
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.base import clock
from bihuan.base.testing.browser import CHROMIUM, close, fits, page_tests
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

playwright = pytest.importorskip("playwright.sync_api")
TRACK = re.compile(r"/t/[\w-]{32}/")
SHOTS = os.environ.get("BIHUAN_SHOTS", "")

pytestmark = page_tests


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    # Playwright keeps an event loop in this thread; Django would refuse the database beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as maker:
        browser = maker.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Hand:
    """The hand of the clock that the server's threads read, too."""

    def __init__(self, now) -> None:
        self.now = now


@pytest.fixture
def hand(house, monkeypatch):
    found = Hand(house.now)
    monkeypatch.setattr(clock, "now", lambda: found.now)
    set_service_line(family="", phone="400-820-1234", hours="8:30 至 17:30", by=None, now=house.now)
    return found


@pytest.fixture
def open_page(chromium, live_server, hand):
    """A page of its own browser: a customer's phone, or somebody signed in."""
    complaints: list[str] = []
    contexts = []

    def go(path: str, width: int = 390, language: str = "zh", person=None):
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 640 else 900}
        )
        contexts.append(context)
        pairs = {"bihuan_language": language}
        if person is not None:
            pairs[settings.SESSION_COOKIE_NAME] = (
                signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
            )
        context.add_cookies(
            [
                {"name": name, "value": value, "url": live_server.url}
                for name, value in pairs.items()
            ]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _complains(said) else None)
        page.goto(f"{live_server.url}{path}", wait_until="load")
        return page

    yield go
    close(contexts)
    assert complaints == []


def _complains(said) -> bool:
    # htmx notes in the console what found no network; a page that the desk left open over the days
    # of these stories is signed out, and its pulse is refused
    expected = ("401", "422", "404", "409", "ERR_INTERNET_DISCONNECTED", "htmx:")
    return said.type == "error" and not any(each in said.text for each in expected)


def look(page, name: str) -> None:
    """No page is wider than its window; a picture for whoever asks."""
    fitting = fits(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert fitting, name


def in_all(open_page, path: str, name: str) -> None:
    for width in (390, 1440):
        for language in ("zh", "en"):
            page = open_page(path, width, language)
            look(page, f"{name}-{width}-{language}")
            page.close()


def fill(page, what: str = WHAT) -> None:
    page.get_by_label("怎么了").fill(what)
    page.locator(".option", has_text="停了").click()
    page.get_by_label("怎么联系您").fill("139 0000 1111")


def reported(open_page, house, hand, with_photo: bool = True):
    """The customer's page after the report."""
    page = open_page(f"/q/{house.machine.token}/")
    assert page.url.endswith("/report/")
    fill(page)
    if with_photo:
        page.locator("#photos").set_input_files(
            {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(size=(1600, 1200)).read()}
        )
        page.locator("[data-previews] img").wait_for()
        look(page, "report-filled")
    page.get_by_role("button", name="提交报修").click()
    page.wait_for_url(TRACK)
    drain(hand.now)
    return page


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
    form = page.locator("#modal form")
    form.wait_for()
    for field, value in values.items():
        place = form.locator(f"[name={field}]")
        if place.evaluate("each => each.tagName") == "SELECT":
            place.select_option(value)
        else:
            place.fill(value)
    form.locator("button[type=submit]").click()
    page.locator("#modal").wait_for(state="hidden")
    page.wait_for_load_state("load")


def worked(open_page, house) -> Ticket:
    """The desk accepts, checks, solves and tells, by the buttons of its page."""
    row = Ticket.objects.get()
    page = open_page(f"/tickets/{row.pk}/", 1440, person=house.desk)
    if row.status == Status.NEW:
        deed(page, "受理")
    if row.reopened == 0:
        deed(
            page, "核实时间、地点、影响", happened_at="2026-03-10T09:30", place="二车间", impact="DEGRADED",
        )  # fmt: skip
    deed(page, "已解决", how="REMOTE", cause="SOFTWARE", action="重设加速曲线")
    deed(page, "把方案和效果告诉客户", text="已重设加速曲线，请观察一个班", channel="PHONE")
    row.refresh_from_db()
    assert row.status == Status.FED_BACK
    drain(clock.now())
    return row


def test_from_the_scanned_code_to_the_customers_yes(open_page, house, hand):
    look(open_page(f"/q/{house.machine.token}/"), "report-empty")
    page = reported(open_page, house, hand)
    assert page.locator(".portal-number").inner_text().startswith("WX-20260310-")
    look(page, "track-sent")
    row = worked(open_page, house)
    page.reload()
    page.get_by_role("heading", name="解决了吗？").wait_for()
    look(page, "track-asked")
    page.get_by_role("button", name="解决了", exact=True).click()
    page.get_by_role("heading", name="已确认解决").wait_for()
    row.refresh_from_db()
    assert (row.status, row.confirmed_by) == (Status.CONFIRMED, None)
    desk = open_page(f"/tickets/{row.pk}/", 1440, person=house.desk)
    deed(desk, "关闭工单")
    row.refresh_from_db()
    assert row.status == Status.CLOSED
    page.reload()
    page.get_by_role("heading", name="已完成").wait_for()
    in_all(open_page, "/t/" + page.url.partition("/t/")[2], "track-closed")


def test_a_no_opens_it_again_until_it_is_solved_again_and_confirmed(open_page, house, hand):
    page = reported(open_page, house, hand, with_photo=False)
    row = worked(open_page, house)
    page.evaluate("htmx.ajax('GET', document.querySelector('#live').getAttribute('hx-get'), {target: '#live', swap: 'outerHTML'})")  # fmt: skip
    page.get_by_role("link", name="没解决", exact=True).click()
    page.locator("#text").wait_for()
    look(page, "say-no")
    page.get_by_role("button", name="没解决，请继续处理").click()
    page.locator(".form-errors").wait_for()
    look(page, "say-no-fault")
    page.locator("#text").fill("换了班又响")
    page.get_by_role("button", name="没解决，请继续处理").click()
    page.get_by_role("heading", name="正在远程诊断").wait_for()
    row.refresh_from_db()
    assert (row.status, row.reopened) == (Status.DIAGNOSING, 1)
    page.get_by_role("button", name="催一下").click()
    page.get_by_text("已催，负责的人收到了").wait_for()
    row.refresh_from_db()
    assert row.chased == 1
    hand.now += timedelta(hours=3)
    row = worked(open_page, house)  # solved again, and told again
    page.reload()
    page.get_by_role("heading", name="解决了吗？").wait_for()
    look(page, "track-asked-again")
    page.get_by_role("button", name="解决了", exact=True).click()
    page.get_by_role("heading", name="已确认解决").wait_for()
    row.refresh_from_db()
    assert (row.status, row.confirmed_by, row.reopened) == (Status.CONFIRMED, None, 1)
    assert row.confirmed_at == hand.now
    deed(open_page(f"/tickets/{row.pk}/", 1440, person=house.desk), "关闭工单")
    page.reload()
    page.get_by_role("heading", name="已完成").wait_for()
    row.refresh_from_db()
    assert row.status == Status.CLOSED


def test_who_cannot_be_reached_is_told_so_and_may_still_say_yes(open_page, house, hand):
    page = reported(open_page, house, hand, with_photo=False)
    row = worked(open_page, house)
    for day, channel in ((0, "PHONE"), (1, "PHONE"), (2, "WECOM")):
        hand.now = house.now + timedelta(days=day)
        tickets.try_confirm(ticket=row, channel=channel, result="NO_ANSWER", answer="", by=house.caller, now=hand.now)  # fmt: skip
    hand.now = house.now + timedelta(days=2, hours=1)
    desk = open_page(f"/tickets/{row.pk}/", 1440, person=house.caller)
    deed(desk, "联系不上，记为未确认")
    row.refresh_from_db()
    assert row.status == Status.UNCONFIRMED
    page.reload()
    page.get_by_role("heading", name="没有联系上您，还没有确认").wait_for()
    look(page, "track-unconfirmed")
    deed(open_page(f"/tickets/{row.pk}/", 1440, person=house.desk), "关闭工单")
    page.reload()
    page.get_by_role("button", name="已经解决").click()
    page.get_by_text("您确认解决了").wait_for()
    row.refresh_from_db()
    assert (row.status, row.confirmed_at) == (Status.CLOSED, hand.now)


def test_without_network_nothing_is_lost_and_it_is_sent_once(open_page, house, hand):
    page = open_page(f"/q/{house.machine.token}/report/")
    fill(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="提交报修").click()
    page.locator("[data-offline]").wait_for()
    look(page, "report-offline")
    page.context.set_offline(False)
    page.wait_for_url(TRACK)
    assert Ticket.objects.count() == 1


def test_faults_long_texts_and_both_languages(open_page, house, hand):
    page = open_page(f"/q/{house.machine.token}/report/")
    page.get_by_label("怎么联系您").fill("12")
    page.locator("#photos").set_input_files(
        {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture().read()}
    )
    page.get_by_role("button", name="提交报修").click()
    page.locator(".form-errors").wait_for()
    assert page.get_by_label("怎么联系您").input_value() == "12"
    assert page.locator("[data-previews] img").count() == 1
    look(page, "report-faults")
    long = "启动后异响，" * 80 + "W" * 300
    page.get_by_label("怎么联系您").fill("13900001111")
    page.get_by_label("怎么了").fill(long)
    page.locator(".option", has_text="停了").click()
    page.get_by_role("button", name="提交报修").click()
    page.wait_for_url(TRACK)
    drain(hand.now)
    path = "/t/" + page.url.partition("/t/")[2]
    in_all(open_page, path.partition("?")[0] + "?sent=1", "track-long")
    in_all(open_page, f"/q/{house.machine.token}/report/", "report")
    in_all(open_page, "/report/", "website")
    in_all(open_page, f"/t/{'A' * 32}/", "gone")
    row = Ticket.objects.get()
    staff = open_page(f"/tickets/{row.pk}/links/", 1440, person=house.desk)
    staff.get_by_role("button", name="做一个给客户的链接").click()
    staff.get_by_text("只显示这一次").wait_for()
    look(staff, "staff-links")
    stranger = Client().post("/report/", filled(company="不知哪家"))
    double = Ticket.objects.get(customer=None)
    tickets.merge(
        ticket=double, into=row, text="同一件事", by=house.desk, now=hand.now
    )  # fmt: skip
    in_all(open_page, stranger.headers["Location"].partition("?")[0], "track-double")
