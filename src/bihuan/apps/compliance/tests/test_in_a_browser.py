"""The board, freezing a month and a customer's page in a real browser, wide and on a phone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from bihuan.apps.compliance import links
from bihuan.apps.compliance.models import FrozenMonth
from bihuan.apps.compliance.tests.test_counting import row
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.tests import factories as make
from bihuan.base import clock
from bihuan.base.testing.people import signed_in

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
NOW = make.moment("2026-03-05 09:00")
DUE = make.moment("2026-02-10 10:00")

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
def home():
    home = make.house()
    home.gold = make.customer(home)
    home.fact = home.told(
        "fault.reported", "2026-03-04 09:00", subjects={"asset": 7, "customer": home.gold.pk},
        ticket="T", severity="URGENT",
    )  # fmt: skip
    row(home, due_at=DUE, state=State.DISCHARGED)
    home.missed = row(home, due_at=DUE)
    return home


@pytest.fixture
def visit(chromium, live_server, home, monkeypatch):
    """Open a path at a width and in a language; complaints of the page fail the test."""
    monkeypatch.setattr(clock, "now", lambda: NOW)  # the server runs in a thread of its own
    complaints: list[str] = []
    contexts = []

    def go(path: str, width: int = 1440, language: str = "zh", person=None):
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        pairs = {"bihuan_language": language}
        if person is not None:
            session = signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
            pairs[settings.SESSION_COOKIE_NAME] = session
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
    for context in contexts:
        context.close()
    assert complaints == []


def fits(page):
    """Nothing sticks out to the right."""
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_a_month_is_frozen_and_a_dark_cell_opens_into_its_duty(visit, home):
    page = visit("/compliance/?month=2026-02", person=home.gu)
    page.get_by_role("button", name="封存这个月").click()
    page.get_by_role("button", name="封存", exact=True).click()
    page.get_by_text("第 1 版 · 顾远").wait_for()
    assert FrozenMonth.objects.get().by == home.gu
    page.locator("a.heat.bad").first.click()
    page.locator("#behind .rows a").first.wait_for()
    assert f"/obligations/{home.missed.pk}/" in page.locator("#behind").inner_html()
    Obligation.objects.filter(pk=home.missed.pk).update(state=State.VOID)
    page.goto(page.url.partition("?")[0] + "?month=2026-02")
    page.get_by_text("有 1 格与第 1 版不一样").click()
    assert page.locator(".frozen del").first.inner_text() == "2"
    assert fits(page)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_fits(visit, home, width, language):
    for path in (
        "",
        "overdue/",
        "load/",
        "waivers/",
        "bundles/",
        f"customers/{home.gold.pk}/links/",
    ):
        page = visit(f"/compliance/{path}", width, language, person=home.gu)
        assert fits(page), path
    link = links.make(customer=home.gold, until=NOW + timedelta(days=9), by=home.gu, now=NOW)
    page = visit(f"/promises/{links.token_of(link)}/", width, language)
    assert fits(page)
    assert page.locator(".promise-rows .status").count() >= 2
