"""The page of a customer's own machines on a phone and at a desk, in both languages; and the one that makes it."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest

from bihuan.apps.monitoring.actions.limits import set_limit
from bihuan.apps.monitoring.models import MachineDay
from bihuan.apps.monitoring.tests.commanding import reads, ready
from bihuan.apps.monitoring.tests.conftest import made
from bihuan.apps.portal import fleets
from bihuan.apps.portal.tests.test_fleet import VALUES, digger
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests
from bihuan.base.testing.people import make_person

pytestmark = page_tests
PICTURES = os.environ.get("BIHUAN_PICTURES")


def kept(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def house(transactional_db, monkeypatch):
    now = clock.now()
    found = made("machinery", "A")
    for number in range(2):
        asset = digger(found, f"EX-000{number}")
        reads(found, now, state="WORKING", **VALUES | {"AMBIENT_TEMP": 12.0, "BATTERY": 27.9, "FUEL_RATE": 14.2, "PRESSURE": 24.0, "SET_IDLE": 950.0, "START_LOCK": 0.0})  # fmt: skip
        for back in range(4):
            MachineDay.objects.create(
                asset=asset, day=(now - timedelta(days=back)).date(), template="excavator", samples=100, seen_s=40000,
                run_s=7.5 * 3600, starts=2, states={}, used={"FUEL": 96.5 - back}, folded_at=now,
            )  # fmt: skip
    ready(found, now, monkeypatch)
    reads(found, now, state="OFF", **VALUES | {"ENGINE_SPEED": 0.0, "SET_IDLE": 950.0, "START_LOCK": 0.0})  # fmt: skip
    return found


def test_made_on_the_customers_page_and_read_by_him(house, open_page):
    desk = make_person("service_desk", name="周敏", region="east")
    page = open_page(f"/customers/{house.customer.pk}/fleet-links/", person=desk)
    page.get_by_role("button", name="做一个给客户的链接").click()
    page.get_by_text("只显示这一次").wait_for()
    kept(page, "links")
    path = re.search(r"/f/[A-Za-z0-9_-]{32}/", page.content())[0]
    for width in (390, 1440):
        for language in ("zh", "en"):
            shown = open_page(path, width=width, language=language)
            shown.get_by_text("EX-0000").first.wait_for()
            assert fits(shown)
            kept(shown, f"fleet-{width}-{language}")
    shown = open_page(path)
    shown.get_by_role("link", name="日", exact=True).click()
    shown.get_by_role("link", name="上一期").click()
    assert "period=day" in shown.url
    with shown.expect_download() as taken:
        shown.get_by_role("link", name="下载 Excel").click()
    assert taken.value.suggested_filename.endswith(".xlsx")


def test_many_machines_with_long_names_and_none(transactional_db, open_page):
    now = clock.now()
    found = made("machinery", "A")
    type(found.customer).objects.filter(pk=found.customer.pk).update(name="Jinling Heavy Earthmoving & Quarrying Equipment Leasing (Suzhou Industrial Park) Co., Ltd.")  # fmt: skip
    _link, none = fleets.make(customer=found.customer, by=found.desk, now=now)
    for language in ("zh", "en"):
        for width in (390, 1440):
            page = open_page(f"/f/{none}/", width=width, language=language)
            assert fits(page)
            kept(page, f"none-{width}-{language}")
    for number in range(60):
        asset = digger(found, f"EX-20T-2026-SUZHOU-{number:04}")
        if number % 5:
            reads(found, now, state="WORKING", **VALUES)
            MachineDay.objects.create(
                asset=asset, day=now.date(), template="excavator", samples=100, seen_s=40000, run_s=7.5 * 3600 + number, starts=2,
                states={}, used={"FUEL": 96.5 + number}, folded_at=now,
            )  # fmt: skip
    for language in ("zh", "en"):
        for width in (390, 1440):
            page = open_page(f"/f/{none}/", width=width, language=language)
            assert fits(page)
            kept(page, f"many-{width}-{language}")
    page.get_by_role("link", name="Next page").click()
    page.get_by_role("link", name="Period before").click()
    assert "page=2" in page.url


def test_a_duration_is_saved_on_the_page_of_rules(house, open_page):
    set_limit(asset=house.asset, rule="oil.notice", value=85.0, lasting=600.0, why="高温工地，短时偏高没关系", by=None, now=clock.now())  # fmt: skip
    for width in (390, 1440):
        for language in ("zh", "en"):
            page = open_page(f"/machines/{house.asset.pk}/rules/", person=house.head, width=width, language=language)  # fmt: skip
            page.locator("details.mon-change summary").first.click()
            assert fits(page)
            kept(page, f"rules-{width}-{language}")
    row = page.locator("li", has_text="Oil temperature is too high").first
    row.locator("details.mon-change summary").first.click()
    row.locator('input[name="minutes"]').first.fill("2")
    row.locator('input[name="why"]').first.fill("hot site")
    row.get_by_role("button", name="Save").first.click()
    page.get_by_text("Own duration").nth(1).wait_for()


def test_a_machines_own_settings_are_offered(house, open_page):
    for width in (390, 1440):
        for language in ("zh", "en"):
            page = open_page(f"/machines/{house.asset.pk}/commands/start.lock/new/", person=house.remote, width=width, language=language)  # fmt: skip
            assert fits(page)
            kept(page, f"lock-{width}-{language}")
