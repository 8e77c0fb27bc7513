"""The alarm desk and an alarm's page on a desk and a phone, in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from bihuan.apps.monitoring.actions.alarms import acknowledge
from bihuan.apps.monitoring.models import Alarm, Limit, PastTest
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm, device, refused
from bihuan.apps.monitoring.tests.test_alarms import OPINION
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests
from bihuan.base.testing.draining import drain

SHOTS = os.environ.get("BIHUAN_SHOTS", "")
pytestmark = page_tests


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)  # the server runs in a thread of its own


def shot(page, name):
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_pages_fit_on_a_desk_and_a_phone(open_page, house):
    before = NOON - timedelta(days=3)
    alarm(house.asset, before, rule="bearing.danger", klass="URGENT", cleared_at=before, verdict="FALSE")  # fmt: skip
    bare = alarm(house.asset, NOON, rule="bearing.notice", times=3, again_at=NOON)
    row = alarm(
        house.asset, NOON, diagnosis=OPINION, klass="URGENT", note="夜班反映声音不对，" * 12,
        ticket_number="WX-20260930-0001",
    )  # fmt: skip
    refused(NOON, raw=b"\x00\xff" * 300)
    drain(NOON)
    paths = {
        "desk": "/alarms/", "alarm": f"/alarms/{row.pk}/", "bare": f"/alarms/{bare.pk}/",
        "refused": "/monitoring/refused/", "shelve": f"/alarms/{row.pk}/deed/shelve/", "empty": "/alarms/?view=shelved",
    }  # fmt: skip
    for name, path in paths.items():
        for width in (390, 1440):
            for language in ("zh", "en"):
                page = open_page(path, person=house.remote, width=width, language=language)
                shot(page, f"{name}-{width}-{language}")
                assert fits(page), f"{name} {width} {language}"


def test_an_alarm_is_acknowledged_and_shelved_by_keys(open_page, house):
    row = alarm(house.asset, NOON)
    page = open_page(f"/alarms/{row.pk}/", person=house.remote)
    page.keyboard.press("a")
    page.get_by_text("已记下。").wait_for()
    assert Alarm.objects.get().acknowledged_by == house.remote
    page.keyboard.press("h")
    page.locator("dialog[open]").get_by_label("理由").fill("等备件")
    page.locator("dialog[open]").get_by_role("button", name="搁置").click()
    page.get_by_role("button", name="取消搁置").wait_for()
    assert Alarm.objects.get().why_shelved == "等备件"


def test_a_trial_on_the_past_with_a_long_serial_fits_and_is_saved(open_page, house):
    type(house.asset).objects.filter(pk=house.asset.pk).update(serial="8L240122-SUZHOU-INDUSTRIAL-PARK-0001")  # fmt: skip
    device(asset=house.asset, now=NOON)
    at = (NOON - timedelta(days=1)).timestamp()
    found = [{"asset": house.asset.pk, "since": at, "at": at, "over": None, "value": 5.2, "peak": 6.4, "times": 1, "alarm": None, "verdict": ""}]  # fmt: skip
    row = PastTest.objects.create(
        asset=house.asset, whole_model=True, rule="vibration.notice", value=5.25, lasting=90, from_at=NOON - timedelta(days=30),
        to_at=NOON, by=house.remote, asked_at=NOON, done_at=NOON, machines=1, times=1, now_times=3, found=found,
    )  # fmt: skip
    for width in (390, 1440):
        for language in ("zh", "en"):
            page = open_page(f"/monitoring/past/{row.pk}/", person=house.remote, width=width, language=language)  # fmt: skip
            shot(page, f"past-{width}-{language}")
            assert fits(page), (width, language)
    page.locator("#why").fill("seen for a month")
    page.get_by_role("button", name="Use it for this machine").click()
    page.get_by_text("seen for a month").wait_for()
    assert Limit.objects.get().value == 5.25


def test_a_new_alarm_stands_on_an_open_desk_but_nothing_moves_under_a_hand(
    open_page, house, monkeypatch
):
    page = open_page("/alarms/", person=house.remote)
    page.get_by_text("这里没有报警").wait_for()
    first = alarm(house.asset, NOON, rule="bearing.danger")
    page.locator(f'[data-row-id="{first.pk}"]').wait_for(timeout=10_000)
    assert page.locator('[data-live-count="new"]').inner_text() == "1"
    # somebody is at the page: what changed is drawn anew in its place, the rest is offered
    page.mouse.move(500, 500)
    second = alarm(house.asset, NOON, rule="bearing.notice")
    acknowledge(alarm=first, by=house.remote, now=NOON)
    page.locator("[data-live-changed]:not([hidden])").wait_for(timeout=4_000)
    assert page.locator(f'[data-row-id="{second.pk}"]').count() == 0
    page.locator("[data-live-changed] [data-live-show]").click()
    page.locator(f'[data-row-id="{second.pk}"]').wait_for()
    third = alarm(house.asset, NOON, rule="vibration.danger")
    page.locator("[data-live-changed]:not([hidden])").wait_for(timeout=4_000)
    page.locator(f'[data-row-id="{third.pk}"]').wait_for(timeout=12_000)  # nobody is at it any more
    assert page.locator("[data-live-changed]").is_hidden()
    # so many that their number is not counted out: one more does not change it
    for module in ("page", "questions"):
        monkeypatch.setattr(f"bihuan.base.lists.{module}.BESIDE", 1)
    page.locator('[data-live-count="new"]', has_text="1+").wait_for()
    page.locator("[data-live-changed]").wait_for(state="hidden", timeout=12_000)
    fourth = alarm(house.asset, NOON, rule="vibration.notice")
    page.locator(f'[data-row-id="{fourth.pk}"]').wait_for(timeout=12_000)
