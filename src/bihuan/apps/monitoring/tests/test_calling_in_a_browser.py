"""Whom alarms call, expected times and the reliability table on a desk and a phone."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from bihuan.apps.monitoring.actions import calling, expecting
from bihuan.apps.monitoring.enums import Awaited, Hushed
from bihuan.apps.monitoring.models import Expected
from bihuan.apps.monitoring.tests.conftest import NOON
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.monitoring.tests.test_alarms import OPINION
from bihuan.apps.monitoring.tests.test_reliability import fault
from bihuan.apps.people.actions import appoint
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests
from bihuan.base.testing.people import make_person

SHOTS = os.environ.get("BIHUAN_SHOTS", "")
pytestmark = page_tests


@pytest.fixture(autouse=True)
def at_ten(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)  # the server runs in a thread of its own


def looked_at(open_page, paths, person):
    for name, path in paths.items():
        for width in (390, 1440):
            for language in ("zh", "en"):
                page = open_page(path, person=person, width=width, language=language)
                if SHOTS:
                    Path(SHOTS).mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=f"{SHOTS}/{name}-{width}-{language}.png", full_page=True)
                assert fits(page), f"{name} {width} {language}"


def test_pages_fit_on_a_desk_and_a_phone(open_page, house):
    lead = make_person("care_lead", name="林主管", region="east")
    appoint(user=lead, role="care_lead", from_on=date(2025, 1, 1), by=None, now=NOON)
    hour = timedelta(hours=1)
    for reason, text, more in (
        (Awaited.MAINTENANCE, "换主轴轴承，" * 12, {}),
        (Awaited.WASH_DOWN, "每周清洗", {"days": frozenset({1, 3, 5}), "starts": NOON.time(), "ends": (NOON + hour).time()}),
    ):  # fmt: skip
        plan = expecting.Plan(reason, text, NOON - hour, NOON + 24 * hour, **more)
        expecting.expect(asset=house.asset, plan=plan, by=house.remote, now=NOON)
    row = alarm(house.asset, NOON - hour, diagnosis=OPINION, klass="URGENT")
    for minutes in range(0, 30, 5):
        calling.begin(NOON - hour + timedelta(minutes=minutes))
        calling.climb(NOON - hour + timedelta(minutes=minutes))
    calling.called(alarms=[row], person=lead, way="VOICE", ref="1:1", now=NOON)
    calling.replied(ref="1:1", answer="DECLINED", now=NOON)
    quiet = alarm(house.asset, NOON, rule="bearing.notice", hushed=Hushed.EXPECTED)
    for n in range(60):
        chance, right = 0.42 + 0.009 * n, n % 3
        fault(house.asset, chance, "IMBALANCE" if right else "FOOT_LOOSE", back=n + 2)
    looked_at(
        open_page,
        {
            "calls": "/monitoring/calls/", "expected": f"/machines/{house.asset.pk}/expected/", "called": f"/alarms/{row.pk}/",
            "quiet": f"/alarms/{quiet.pk}/", "desk": "/alarms/", "reliability": "/monitoring/diagnosis/?row=0",
            "machine": reverse("assets:detail", args=[house.asset.pk]),
        },
        house.remote,
    )  # fmt: skip


def test_a_weekly_time_is_set_in_the_form(open_page, house):
    page = open_page(f"/machines/{house.asset.pk}/expected/", person=house.remote)
    page.locator("[name=reason]").select_option("WASH_DOWN")
    page.locator("[name=text]").fill("每周清洗")
    page.locator("[name=until_at]").fill("2026-12-30T10:00")
    page.get_by_label("周三").check()
    page.locator("[name=starts]").fill("08:00")
    page.locator("[name=ends]").fill("11:30")
    page.get_by_role("button", name="保存").click()
    page.get_by_text("每周 周三 08:00–11:30").wait_for()
    assert Expected.objects.get().days == [3]
