"""The weekly review by keys alone, and the pages on a desk and a phone, in a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.apps.demands import actions
from bihuan.apps.demands.actions import Review
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.tests.conftest import NOW
from bihuan.apps.demands.tests.factories import demand, reviewed, told
from bihuan.base import clock
from bihuan.base.testing.browser import CHROMIUM, close, fits, page_tests
from bihuan.base.testing.draining import drain
from bihuan.base.testing.people import signed_in

playwright = pytest.importorskip("playwright.sync_api")
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


@pytest.fixture
def visit(chromium, live_server, house, monkeypatch):
    """Open a path as the care lead; complaints of the page fail the test."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    complaints: list[str] = []
    contexts = []

    def go(path: str, width: int = 1440, language: str = "zh", person=None):
        session = signed_in(person or house.care).cookies[settings.SESSION_COOKIE_NAME].value
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
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.goto(f"{live_server.url}{path}", wait_until="load")
        return page

    yield go
    close(contexts)
    assert complaints == []


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_the_meeting_by_keys_alone(visit, house):
    one = demand(house.customer, house.manager, NOW - timedelta(days=2))
    two = demand(
        house.customer, house.manager, NOW - timedelta(days=1), text="延长账期", kind="SUGGESTION"
    )
    drain(NOW)
    page = visit("/demands/review/")
    page.keyboard.press("j")
    for key in ("4", "5", "3", "a"):
        page.keyboard.press(key)
    page.keyboard.press("j")
    for key in ("1", "2", "1", "d"):
        page.keyboard.press(key)
    page.keyboard.type("资金紧，a1 不是键")
    assert page.locator("[data-count]").text_content() == "已定 2 条"
    shot(page, "review-1440-zh-keys")
    page.keyboard.press("Control+Enter")
    page.get_by_text("2 条需求已评审").wait_for()
    rows = {row.pk: row for row in Demand.objects.all()}
    assert (rows[one.pk].state, rows[one.pk].urgency, rows[one.pk].priority) == ("ACCEPTED", 4, 3)
    assert (rows[two.pk].state, rows[two.pk].reason) == ("DECLINED", "资金紧，a1 不是键")


def test_pages_fit_on_a_desk_and_a_phone(visit, house):
    for width in (390, 1440):
        for path in ("", "review/", "figures/"):
            page = visit(f"/demands/{path}", width)
            assert fits(page), f"{path} {width}"
            shot(page, f"empty-{path.strip('/') or 'list'}-{width}")
    long = "夜班噪音太大，希望把降速曲线优化一下，" * 12
    first = demand(house.customer, house.manager, NOW - timedelta(days=6), text=long)
    actions.classify(demand=first, topic="FUNCTION", by=house.analyst, now=NOW - timedelta(days=5))
    actions.propose(demand=first, text="换一条分段降速曲线", by=house.specialist, now=NOW)
    reviewed(first, house.care, NOW, words="先做一台")
    second = demand(
        house.customer,
        house.manager,
        NOW - timedelta(days=9),
        text="建议备件库放密封圈",
        kind="SUGGESTION",
    )
    actions.review(demand=second, review=Review("LATER", 3, words="等"), by=house.care, now=NOW)
    third = demand(house.customer, house.manager, NOW, text="明年扩产想买两台", kind="SUGGESTION")
    fourth = demand(house.customer, house.manager, NOW, text="发票分开寄", kind="SUGGESTION")
    reviewed(fourth, house.care, NOW, "DECLINED", words="系统不支持")
    told(fourth, house.manager, NOW)
    drain(NOW)
    drain(NOW)
    paths = {
        "list": "/demands/?view=all", "review": "/demands/review/", "figures": "/demands/figures/",
        "going": f"/demands/{first.pk}/", "new": f"/demands/{third.pk}/", "told": f"/demands/{fourth.pk}/",
        "deed": f"/demands/{third.pk}/deed/classify/", "tell": f"/demands/{fourth.pk}/deed/tell/",
        "form": f"/demands/new/?customer={house.customer.pk}",
    }  # fmt: skip
    for name, path in paths.items():
        for width in (390, 1440):
            for language in ("zh", "en"):
                page = visit(path, width, language, house.boss)
                page.wait_for_timeout(150)
                shot(page, f"{name}-{width}-{language}")
                assert fits(page), f"{name} {width} {language}"


def test_a_deed_opens_over_the_page_and_comes_back(visit, house):
    row = demand(house.customer, house.manager, NOW, kind="SUGGESTION")
    page = visit(f"/demands/{row.pk}/")
    page.keyboard.press("d")
    modal = page.locator("dialog[open]")
    modal.get_by_text("功能与性能").wait_for()
    shot(page, "modal-classify")
    modal.get_by_role("button", name="分类").click()
    page.get_by_text("已记下。").wait_for()
    assert Demand.objects.get().topic == "FUNCTION"
