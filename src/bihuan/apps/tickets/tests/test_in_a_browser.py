"""The call desk by keys, the loop on the ticket's page, and the same on a phone, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.tickets import actions
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.tests.conftest import BEFORE, NOW
from bihuan.apps.tickets.tests.factories import report, solved, ticket, told, verified
from bihuan.base import clock
from bihuan.base.testing.browser import close, fits
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
SHOTS = os.environ.get("BIHUAN_SHOTS", "")

pytestmark = [
    pytest.mark.page,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no system browser"),
]


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


def complains(said) -> bool:
    """An error of the console; that a form came back with errors (422) is none."""
    return said.type == "error" and "422" not in said.text


@pytest.fixture
def visit(chromium, live_server, house, monkeypatch):
    """Open a path as the desk at ten of that Tuesday; complaints of the page fail the test."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    complaints: list[str] = []
    contexts = []

    def go(path: str, width: int = 1440, language: str = "zh", person=None):
        session = signed_in(person or house.desk).cookies[settings.SESSION_COOKIE_NAME].value
        context = chromium.new_context(
            viewport={"width": width, "height": 900 if width > 640 else 844}
        )
        contexts.append(context)
        pairs = {settings.SESSION_COOKIE_NAME: session, "bihuan_language": language}
        context.add_cookies(
            [
                {"name": name, "value": value, "url": live_server.url}
                for name, value in pairs.items()
            ]
        )
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if complains(said) else None)
        page.goto(f"{live_server.url}{path}", wait_until="load")
        return page

    yield go
    close(contexts)
    assert complaints == []


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_who_is_calling_stays_while_the_name_is_written_and_over_a_reload(visit, house):
    second = machine(house.customer, now=BEFORE)
    page = visit("/tickets/new/")
    page.locator("#id_who").fill("jlby")
    with page.expect_response("**/tickets/new/known/"):
        page.locator(f"#known [name=asset][value='{second.pk}']").check()
    page.locator("#id_caller").press_sequentially("赵新")
    page.locator(".draft-note").wait_for()
    page.wait_for_timeout(600)
    with page.expect_response("**/tickets/new/known/"):  # answered after the draft was kept
        page.locator(f"#known [name=asset][value='{second.pk}']").dispatch_event("change")
    assert page.locator(f"#known [name=asset][value='{second.pk}']").is_checked()
    page.reload()
    page.locator("#known [name=customer]").wait_for(state="attached")
    assert page.locator("#id_caller").input_value() == "赵新"
    assert page.locator(f"#known [name=asset][value='{second.pk}']").is_checked()
    page.locator("#id_title").fill("异响")  # and it stays in the draft
    page.wait_for_timeout(700)
    page.reload()
    page.locator(f"#known [name=asset][value='{second.pk}']:checked").wait_for(state="attached")
    assert page.locator("#id_title").input_value() == "异响"
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    page.wait_for_load_state("networkidle")
    assert Ticket.objects.get().asset == second


def test_the_machine_comes_back_also_where_several_customers_fit(visit, house):
    other = add_customer(
        name="金陵泵阀厂", short_name="金陵泵阀", region="east", by=None, now=BEFORE
    )
    first, second = machine(other, now=BEFORE), machine(other, now=BEFORE)
    page = visit("/tickets/new/")
    page.locator("#id_who").fill("金陵")
    page.get_by_role("button", name="金陵泵阀").click()
    with page.expect_response("**/tickets/new/known/"):
        page.locator(f"#known [name=asset][value='{second.pk}']").check()
    page.locator("#id_caller").press_sequentially("赵新")
    page.wait_for_timeout(700)
    page.reload()
    page.locator(f"#known [name=asset][value='{second.pk}']:checked").wait_for(state="attached")
    assert not page.locator(f"#known [name=asset][value='{first.pk}']").is_checked()
    page.wait_for_load_state("networkidle")


def test_a_note_that_was_being_written_comes_back_as_a_note(visit, house):
    row = solved(verified(ticket(house.machine, house.desk, NOW), house.desk, NOW), house.desk, NOW)
    told(row, house.desk, NOW)
    actions.try_confirm(
        ticket=row, channel="PHONE", result="YES", answer="好了", by=house.caller, now=NOW
    )
    actions.close(ticket=row, by=house.desk, now=NOW)
    page = visit(f"/tickets/{row.pk}/")
    page.locator("#composer textarea").fill("别跟客户说是装配问题")
    page.locator(".draft-note").wait_for()
    actions.reopen(ticket=row, text="又响了", by=None, now=NOW)
    page.reload()
    assert page.locator("#composer textarea").input_value() == "别跟客户说是装配问题"
    page.locator("#composer textarea").press("Control+Enter")
    page.wait_for_load_state("networkidle")
    said = row.entries.get(text="别跟客户说是装配问题")
    assert said.kind == "NOTE"


def test_a_form_that_was_refused_does_not_say_that_a_draft_was_brought_back(visit, house):
    page = visit("/tickets/new/")
    page.locator("#id_phone").fill("13912345520")
    page.locator("#known [name=customer]").wait_for(state="attached")
    page.locator("#id_place").fill("二车间")
    page.wait_for_timeout(700)
    page.keyboard.press("Control+Enter")
    page.locator(".form-errors").wait_for()
    assert page.locator("#id_place").input_value() == "二车间"
    assert page.get_by_text("没提交的草稿").count() == 0
    page.locator("#id_title").fill("异响")
    page.wait_for_timeout(700)
    assert page.get_by_text("没提交的草稿").count() == 0
    page.wait_for_load_state("networkidle")


def test_going_back_after_saving_shows_an_empty_form(visit, house):
    page = visit("/tickets/new/")
    page.locator("#id_phone").fill("13912345520")
    page.locator("#known [name=customer]").wait_for(state="attached")
    page.locator("#id_title").fill("启动后异响")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    page.go_back()
    page.wait_for_url(re.compile(r"/tickets/new/$"))
    assert page.locator("#id_title").input_value() == ""
    assert page.locator("#id_phone").input_value() == ""


def test_a_call_is_a_ticket_from_the_keyboard_alone(visit, house):
    page = visit("/tickets/new/")
    page.locator("#id_phone").focus()
    page.keyboard.type("13912345520")
    page.locator("#known [name=customer]").wait_for(state="attached")
    page.get_by_text("恢复设备使用").wait_for()
    page.locator("#id_title").focus()
    page.keyboard.press("Alt+1")
    page.keyboard.press("Alt+2")
    assert page.locator("#id_title").input_value() == "异响，自动停机"
    page.locator("#id_place").focus()
    page.keyboard.type("二车间 3 号机位")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # 人身安全
    page.keyboard.press("ArrowDown")  # 产线停产
    page.wait_for_timeout(600)
    assert fits(page)
    shot(page, "desk-1440")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    row = Ticket.objects.get()
    assert (row.customer, row.asset, row.impact) == (house.customer, house.machine, "LINE_STOP")
    drain(NOW)
    page.reload()
    assert page.locator(".ticket-clock").count() == 3
    shot(page, "ticket-new-1440")


def test_the_loop_on_the_page_and_what_others_do_is_seen_without_a_reload(visit, house):
    row = ticket(house.machine, house.desk, NOW)
    drain(NOW)
    page = visit(f"/tickets/{row.pk}/")
    page.keyboard.press("d")  # the next step
    page.locator("dialog[open] #id_place").wait_for()
    shot(page, "verify-1440")
    page.locator("dialog[open] button[type=submit]").click()
    page.locator("#ticket-head a.primary", has_text="已解决").wait_for()
    page.locator("[name=text]").fill("我正在写")
    actions.note(
        ticket=Ticket.objects.get(pk=row.pk), text="轴承温度七十八度", by=house.specialist, now=NOW
    )
    page.get_by_text("轴承温度七十八度").wait_for(timeout=20_000)
    assert page.locator("[name=text]").input_value() == "我正在写"
    actions.reply(
        ticket=Ticket.objects.get(pk=row.pk),
        text="请先断电",
        channel="PHONE",
        by=house.specialist,
        now=NOW,
    )
    page.locator("#composer button[type=submit]").click()
    page.get_by_text("陈砺已经答复过").wait_for()
    assert page.locator("[name=text]").input_value() == "我正在写"
    shot(page, "meanwhile-1440")


def test_what_asks_nothing_is_done_by_its_button(visit, house):
    row = ticket(house.machine, None, NOW, channel="H5_QR")
    page = visit(f"/tickets/{row.pk}/")
    with page.expect_navigation():
        page.keyboard.press("d")
    page.locator("#ticket-head a.primary", has_text="核实时间、地点、影响").wait_for()
    row.refresh_from_db()
    assert (row.status, row.owner) == (Status.ACCEPTED, house.desk)


def test_what_was_written_down_does_not_come_back_into_the_next_form(visit, house):
    row = ticket(house.machine, house.desk, NOW)
    page = visit(f"/tickets/{row.pk}/")
    page.keyboard.press("u")
    page.locator("dialog[open] [name=text]").fill("怎么还没消息")
    page.locator("dialog[open] button[type=submit]").click()
    page.get_by_text("已记下客户第 1 次催单").wait_for()
    page.keyboard.press("u")
    field = page.locator("dialog[open] [name=text]")
    field.wait_for()
    page.wait_for_timeout(300)
    assert field.input_value() == ""


def test_somebody_else_takes_the_yes(visit, house):
    row = verified(ticket(house.machine, house.desk, NOW), house.desk, NOW)
    solved(row, house.specialist, NOW)
    told(row, house.specialist, NOW)
    drain(NOW)
    page = visit(f"/tickets/{row.pk}/", person=house.caller)
    shot(page, "ticket-told-1440")
    page.keyboard.press("d")
    page.locator("dialog[open] #id_text").fill("许工：好了")
    page.locator("dialog[open] button[type=submit]").click()
    page.get_by_text("关闭工单").first.wait_for()
    assert Ticket.objects.get().status == Status.CONFIRMED
    page = visit(f"/tickets/{row.pk}/", person=house.desk)
    page.keyboard.press("d")
    page.locator("dialog[open] form").wait_for()
    shot(page, "ticket-close-1440")
    with page.expect_navigation():
        page.keyboard.press("Enter")  # what only asks needs no mouse
    assert Ticket.objects.get().status == Status.CLOSED


@pytest.mark.parametrize(
    ("width", "language"), [(390, "zh"), (1440, "en"), (390, "en"), (1440, "zh")]
)
def test_nothing_sticks_out(visit, house, width, language):
    row = verified(ticket(house.machine, house.desk, NOW), house.desk, NOW)
    actions.note(
        ticket=row,
        text="拆下轴承见保持架裂。@王建成 同批号还有四台，要不要查？",
        by=house.desk,
        now=NOW,
    )
    actions.chase(ticket=row, text="产线停着，请给个准话", by=house.desk, now=NOW)
    drain(NOW)
    for name, path in (
        ("queue", "/tickets/"), ("ticket", f"/tickets/{row.pk}/"), ("desk", f"/tickets/new/?asset={house.machine.pk}"),
        ("empty", "/tickets/?view=waiting"), ("deed", f"/tickets/{row.pk}/deed/hand_over/"),
    ):  # fmt: skip
        page = visit(path, width=width, language=language)
        page.wait_for_timeout(700)
        shot(page, f"{name}-{width}-{language}")
        assert fits(page), name


def test_the_queue_by_keys_many_at_once_undone_and_rows_that_move_in_their_place(visit, house):
    rows = [
        actions.open_ticket(
            report=report(house.now, asset=house.machine, channel="WEB", title=f"网上报的第 {n} 张"),
            by=None, now=house.now,
        )
        for n in range(3)
    ]  # fmt: skip
    drain(house.now)
    page = visit("/tickets/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.get_by_role("button", name="由我负责").click()
    page.get_by_text("已办 2 条").wait_for()
    assert Ticket.objects.filter(owner=house.desk).count() == 2
    page.keyboard.press("z")
    page.get_by_text("已撤销").first.wait_for()
    assert not Ticket.objects.filter(owner=house.desk).exists()
    # composing Chinese in the search field moves and selects nothing
    field = page.locator(".filters input[name=q]")
    field.click()
    field.dispatch_event("keydown", {"key": "j", "isComposing": True, "bubbles": True})
    page.keyboard.type("jx")
    assert page.locator("[data-rows] .is-at").count() == 0
    assert page.locator("input[name=pick]:checked").count() == 0
    field.fill("")
    page.locator("h1").click()
    # somebody else accepts one: its row is drawn anew where it stands, what is picked stays picked
    page.keyboard.press("j")
    page.keyboard.press("x")
    picked = page.locator("tr.is-selected").get_attribute("data-row-id")
    before = page.locator(f'[data-row-id="{picked}"]').inner_text()
    actions.accept(ticket=Ticket.objects.get(pk=int(picked)), by=house.desk, now=house.now)
    page.evaluate("document.dispatchEvent(new Event('live:ask'))")
    row = page.locator(f'[data-row-id="{picked}"]')
    row.get_by_text("已受理").wait_for()
    assert row.inner_text() != before
    assert row.locator("input[name=pick]").is_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("k")
    page.locator("[data-rows] .is-at").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tickets/\d+/$"))
    assert {each.pk for each in rows} >= {int(page.url.rstrip("/").rsplit("/", 1)[1])}


def test_an_answer_that_came_while_one_writes_is_said_before_ones_own_goes_out(visit, house):
    row = ticket(house.machine, house.desk, NOW)
    page = visit(f"/tickets/{row.pk}/")
    page.locator("#composer textarea").fill("明天上午到")
    actions.reply(
        ticket=row, text="请先停机", channel="PHONE", by=house.specialist, now=NOW, seen=None
    )
    page.locator("#ticket-flow").get_by_text("请先停机").wait_for(timeout=20_000)
    page.locator("#composer button[type=submit]").click()
    page.locator(".form-errors", has_text="陈砺").wait_for()
    assert row.entries.filter(text="明天上午到").count() == 0
    assert page.locator("#composer textarea").input_value() == "明天上午到"
    page.locator("#composer button[type=submit]").click()
    page.locator("#ticket-flow").get_by_text("明天上午到").wait_for()
