"""The shell in a real browser: keys, search, popover, confirm box, draft, language, phone."""

from __future__ import annotations

import pytest

from bihuan.base.access.models import User
from bihuan.base.testing.browser import fits, page_tests

pytestmark = [*page_tests, pytest.mark.urls("bihuan.base.ui.tests.routes")]


@pytest.fixture
def visit(open_page):
    """Open the gallery as somebody, at a width and in a language."""
    user = User(username="limuyan", name="李慕言")
    user.set_unusable_password()
    user.save()

    def go(width: int = 1440, language: str = "zh"):
        page = open_page("/gallery/", person=user, width=width, language=language)
        page.locator("[data-due] .chip-words[class*=at-least-]").first.wait_for()
        page.evaluate("document.activeElement.blur()")  # the wrong field took the focus
        return page

    return go


def test_single_keys_work_on_the_page_and_are_dead_in_fields(visit):
    page = visit()
    page.locator("#id_note").focus()
    page.keyboard.type("n?jk/")
    assert page.locator("#id_note").input_value() == "n?jk/"
    assert page.locator("dialog[open]").count() == 0
    page.locator("#id_note").blur()
    page.keyboard.press("?")
    page.locator("#modal[open] [data-keys-here]", has_text="新建工单").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.locator("#modal[open] h2", has_text="试运行").wait_for()


def test_keys_are_dead_while_an_input_method_composes(visit):
    page = visit()
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'n', isComposing: true, bubbles: true}))"
    )
    assert page.locator("dialog[open]").count() == 0
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'n', bubbles: true}))"
    )
    page.locator("#modal[open]").wait_for()


def test_rows_by_key_and_the_bulk_bar(visit):
    page = visit()
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert "WX-20260930-0012" in page.locator("tr.is-at").inner_text()
    page.keyboard.press("x")
    assert page.locator("[data-bulk-count]").inner_text() == "1"
    page.keyboard.press("e")
    page.locator("#popover .explain").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#popover").is_hidden()
    page.keyboard.press("Escape")
    assert page.locator("[data-bulk]").is_hidden()


def test_confirm_box_focuses_the_safe_button(visit):
    page = visit()
    page.get_by_role("button", name="作废", exact=True).click()
    page.locator("#confirm[open]").wait_for()
    assert "台账留痕" in page.locator("#confirm").inner_text()
    assert page.evaluate("document.activeElement.textContent") == "再想想"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent").strip() == "作废"


def test_drawer_gives_the_focus_back(visit):
    page = visit()
    page.get_by_role("button", name="转交").click()
    page.locator("#drawer[open] input").wait_for()
    assert page.evaluate("document.activeElement.name") == "note"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent.trim()") == "转交"


def test_search_opens_and_closes_by_key(visit):
    page = visit()
    page.keyboard.press("Control+k")
    page.locator("#palette[open]").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#palette[open]").count() == 0


def test_a_chip_ticks_without_changing_its_width(visit):
    page = visit()
    chip = page.locator(".chip.running[data-due]").first
    width, words = chip.bounding_box()["width"], chip.inner_text()
    page.clock.install()
    page.reload()
    page.locator("[data-due] .chip-words[class*=at-least-]").first.wait_for()
    page.clock.run_for(61_000)
    assert page.locator(".chip.running[data-due]").first.inner_text() != words
    assert page.locator(".chip.running[data-due]").first.bounding_box()["width"] == width


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 700, 1000, 1440])
def test_nothing_is_wider_than_the_page(visit, width, language):
    page = visit(width, language)
    assert fits(page)


def test_menu_of_a_phone_is_a_sheet(visit):
    page = visit(390)
    assert page.locator("#menu").is_hidden()
    page.locator("[data-menu-open]").click()
    assert page.locator("#menu").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#menu").is_hidden()


def test_a_form_in_a_drawer_keeps_errors_and_leaves_when_done(visit):
    page = visit()
    page.evaluate("document.querySelector('[data-drawer*=part]').dataset.drawer = '/fragment/'")
    page.get_by_role("button", name="转交").click()
    page.locator("#drawer .primary").click()
    page.locator("#drawer .field-error").wait_for()
    assert page.url.endswith("/gallery/")
    page.fill("#drawer input[name=why]", "客户停电")
    page.locator("#drawer .primary").click()
    page.locator("#toasts .toast", has_text="延期了。").wait_for()
    assert page.locator("#drawer[open]").count() == 0


def test_what_a_page_asks_by_itself_tells_nobody_that_something_was_not_saved(visit):
    page = visit()
    lost = """(headers) => document.body.dispatchEvent(
        new CustomEvent("htmx:sendError", { bubbles: true, detail: { requestConfig: { headers } } }))"""
    page.evaluate(lost, {"X-Poll": "1"})
    assert page.locator("#toasts .toast").count() == 0
    page.evaluate(lost, {})
    page.locator("#toasts .toast", has_text="没连上服务器").wait_for()
