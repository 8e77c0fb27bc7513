"""Working comfortably, in a real browser: views, many rows, the search box, drafts, live pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.apps.customers import actions
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.tests import factories as make
from bihuan.apps.people.models import Region
from bihuan.base import clock
from bihuan.base.testing.browser import close, fits
from bihuan.base.testing.people import signed_in

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
NOW = make.NOW

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


@pytest.fixture
def played(transactional_db):
    make.pack_in_force()
    cast = make.cast()
    Region.objects.create(code="华南", name="华南")
    for n in range(30):
        actions.add_customer(
            name=f"顺德机械{n:02}", nature="PRIVATE", relation="DIRECT", region="华南",
            account_manager=cast.manager, by=None, now=NOW,
        )  # fmt: skip
    return cast


@pytest.fixture
def visit(chromium, live_server, played, monkeypatch):
    """Open a path as somebody; complaints of the page fail the test."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    complaints: list[str] = []
    contexts = []

    def expected(text: str) -> bool:
        return any(code in text for code in ("409", "422"))

    def go(path: str, person, width: int = 1440):
        session = signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        pairs = {settings.SESSION_COOKIE_NAME: session, "bihuan_language": "zh"}
        context.add_cookies(
            [{"name": name, "value": value, "url": live_server.url} for name, value in pairs.items()]
        )  # fmt: skip
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda said: complaints.append(said.text) if said.type == "error" and not expected(said.text) else None,
        )  # fmt: skip
        page.goto(live_server.url + path)
        page.evaluate("document.activeElement.blur()")
        return page

    yield go
    close(contexts)
    assert complaints == []


def test_what_the_list_shows_is_kept_under_a_name_and_comes_first(visit, played):
    page = visit("/customers/", played.boss)
    page.get_by_text("区域：").click()
    page.get_by_role("link", name="华南", exact=True).click()
    page.get_by_text("存为视图").click()
    page.fill("#modal input[name=title]", "华南的")
    page.check("#modal input[name=first]")
    page.click("#modal button[type=submit]")
    page.locator(".tab[aria-current]", has_text="华南的").wait_for()
    assert page.locator(".tab[aria-current] .count").inner_text() == "30"
    page.get_by_text("显示的列").click()
    page.locator("label", has_text="核实日").locator("input").uncheck()
    page.get_by_text("显示的列").click()
    page.wait_for_url("**cols=**")
    assert page.locator("thead", has_text="核实日").count() == 0
    page.get_by_role("button", name="更新视图").click()
    page.wait_for_load_state()
    page.goto(page.url.split("?")[0])
    assert page.locator(".tab[aria-current]", has_text="华南的").count() == 1
    assert page.locator("thead", has_text="核实日").count() == 0
    assert page.locator("tbody tr").count() == 25


def flagged() -> int:
    return Customer.objects.filter(flags__contains=["KEY_ACCOUNT"]).count()


def test_rows_are_picked_by_range_and_all_and_what_was_done_is_undone(visit, played):
    page = visit("/customers/?region=华南", played.boss)
    boxes = page.locator("tbody input[name=pick]")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert page.locator("[data-bulk-count]").inner_text() == "4"
    page.get_by_role("button", name="加标志").click()
    page.select_option("select[name=flag]", "KEY_ACCOUNT")
    page.keyboard.press("Control+Enter")
    page.locator("[data-batch]", has_text="已办 4 条").wait_for()
    assert flagged() == 4
    page.keyboard.press("Control+z")
    page.locator("[data-batch]", has_text="已撤销").wait_for()
    assert flagged() == 0
    page.locator("[data-pick-all]").check()
    page.locator("[data-bulk-all]", has_text="30").click()
    assert page.locator("[data-bulk-count]").inner_text() == "30"
    page.get_by_role("button", name="加标志").click()
    page.locator("button", has_text="30 条").wait_for()
    page.select_option("select[name=flag]", "KEY_ACCOUNT")
    page.locator("main form button.primary").click()
    page.locator("[data-batch]", has_text="已办 30 条").wait_for()
    assert flagged() == 30


def test_the_search_box_does_what_is_typed_in_pinyin_by_keys_alone(visit, played):
    page = visit("/customers/", played.boss)
    page.keyboard.press("Control+k")
    page.locator("#palette-list a", has_text="新建客户").wait_for()
    page.keyboard.type("jlby")
    page.locator("#palette-list a.is-at", has_text="金陵泵业").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("xjkh")
    page.locator("#palette-list a.is-at", has_text="新建客户").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/customers/new/")


def test_enter_that_ends_a_composition_opens_nothing(visit, played):
    page = visit("/customers/", played.boss)
    composing = (
        "(key, ctrl) => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
        " {key, ctrlKey: ctrl, keyCode: 229, isComposing: true, bubbles: true, cancelable: true}))"
    )
    page.evaluate(f"({composing})('k', true)")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("Control+k")
    page.locator("#palette-list a.is-at").wait_for()
    page.evaluate(f"({composing})('Enter', false)")
    assert page.url.endswith("/customers/")
    assert page.locator("#palette[open]").count() == 1


def drafts(page):
    return page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('draft:'))")


def test_what_was_typed_outlives_reload_refusal_and_session_and_leaves_with_its_person(
    visit, played, live_server
):
    page = visit("/customers/new/", played.boss)
    page.fill("input[name=name]", "顺德机械00")  # there is one of this name
    page.fill("input[name=address]", "容桂大道 8 号")
    page.reload()
    page.locator(".draft-note", has_text="已恢复").wait_for()
    assert page.input_value("input[name=address]") == "容桂大道 8 号"
    page.click("main button[type=submit]")
    page.locator(".form-errors, .notice.orange").first.wait_for()
    assert len(drafts(page)) == 1
    page.goto(f"{live_server.url}/customers/new/")
    assert page.input_value("input[name=address]") == "容桂大道 8 号"
    page.get_by_role("button", name="不要这份草稿").click()
    assert page.input_value("input[name=address]") == ""
    assert drafts(page) == []

    page.fill("input[name=address]", "德胜路 1 号")
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)  # the session ended
    page.click("main button[type=submit]")
    page.locator("input[name=password]").wait_for()
    assert len(drafts(page)) == 1
    session = signed_in(played.boss).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page.goto(f"{live_server.url}/customers/new/")
    assert page.input_value("input[name=address]") == "德胜路 1 号"
    page.locator(".top-user summary").click()
    page.get_by_role("button", name="退出").click()
    page.wait_for_url("**/accounts/**")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "draft" not in kept
    assert "德胜路" not in kept


def test_a_draft_is_gone_once_it_was_received(visit, played):
    page = visit(f"/customers/{played.jinling.pk}/edit/", played.boss)
    page.fill("input[name=address]", "长江路 9 号")
    page.click("main button[type=submit]")
    page.wait_for_url(f"**/customers/{played.jinling.pk}/")
    assert drafts(page) == []
    assert Customer.objects.get(pk=played.jinling.pk).address == "长江路 9 号"


def change(customer, by, **values):
    actions.change_customer(
        customer=Customer.objects.get(pk=customer.pk), by=by, now=NOW, **values
    )  # fmt: skip


def test_a_page_says_who_changed_it_without_reload(visit, played):
    page = visit(f"/customers/{played.jinling.pk}/", played.boss)
    change(played.jinling, played.market, city="镇江")
    page.evaluate("document.dispatchEvent(new Event('live:ask'))")
    page.locator("[data-live-words]", has_text="沈桥").wait_for()
    page.locator("[data-live-show]").click()
    page.locator("main", has_text="镇江").wait_for()
    assert page.locator("[data-live-thing]").is_hidden()


def test_counts_of_a_list_change_in_their_place(visit, played):
    page = visit("/customers/?view=dealers", played.boss)
    count = page.locator("[data-live-count=dealers]")
    assert count.inner_text() == "1"
    change(played.jinling, played.market, relation="DEALER")
    page.evaluate("document.dispatchEvent(new Event('live:ask'))")
    page.locator("[data-live-count=dealers]", has_text="2").wait_for()
    page.locator("[data-live-changed]").wait_for()
    assert page.locator("tbody tr").count() == 1
    page.locator("[data-live-changed] a").click()
    page.locator("tbody tr").nth(1).wait_for()


def test_a_draft_of_an_older_version_is_told_as_a_conflict(visit, played):
    page = visit(f"/customers/{played.jinling.pk}/edit/", played.boss)
    page.fill("input[name=city]", "扬州")
    page.reload()
    change(played.jinling, played.market, city="镇江", address="长江路 1 号")
    page.reload()
    assert page.input_value("input[name=city]") == "扬州"
    page.click("main button[type=submit]")
    page.locator(".conflict", has_text="沈桥").wait_for()
    assert page.input_value("input[name=city]") == "扬州"
    assert page.input_value("input[name=address]") == "长江路 1 号"
    assert "镇江" in page.locator(".conflict").inner_text()
    page.get_by_role("button", name="用现在的").click()
    assert page.input_value("input[name=city]") == "镇江"
    page.fill("input[name=city]", "扬州")
    page.click("main button[type=submit]")
    page.wait_for_url(f"**/customers/{played.jinling.pk}/")
    assert Customer.objects.get(pk=played.jinling.pk).city == "扬州"


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_of_it_is_wider_than_the_page(visit, played, width):
    for path in ("/customers/", "/lists/customers/views/", "/lists/customers/views/new/?query=q"):
        page = visit(path, played.boss, width)
        assert fits(page)


def test_a_ledger_goes_out_a_second_time_from_the_same_page(visit, played):
    page = visit("/ledgers/", make.user("root", "姜维一", "administrator"))
    card = page.locator(".card", has=page.get_by_role("heading", name="联系人", exact=True))
    for form in ("CSV", "导出 Excel"):
        with page.expect_download() as got:
            card.get_by_role("button", name=form).click()
        assert got.value.suggested_filename.startswith("联系人.")
        assert got.value.path().stat().st_size > 0  # it has arrived before the next is asked for
