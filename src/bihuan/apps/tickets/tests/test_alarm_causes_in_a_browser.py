"""The cause asked in the solve form, and a machine's call at night, in a real browser."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from bihuan.apps.monitoring.models import Lesson
from bihuan.apps.monitoring.tests.factories import alarm
from bihuan.apps.tickets.doors import paging
from bihuan.apps.tickets.models import Paging
from bihuan.apps.tickets.tests.test_alarm_causes import raised, taken  # noqa: F401 - a fixture
from bihuan.apps.tickets.tests.test_door_night_alarms import NIGHT, ticked
from bihuan.base import clock
from bihuan.base.testing.browser import fits, page_tests
from bihuan.base.testing.people import make_person

SHOTS = os.environ.get("BIHUAN_SHOTS", "")
pytestmark = page_tests


def looked_at(open_page, name, path, person):
    for width in (390, 1440):
        for language in ("zh", "en"):
            page = open_page(path, person=person, width=width, language=language)
            if SHOTS:
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{SHOTS}/{name}-{width}-{language}.png", full_page=True)
            assert fits(page), f"{name} {width} {language}"


def test_the_cause_is_chosen_where_the_ticket_is_solved(open_page, taken, monkeypatch):  # noqa: F811
    monkeypatch.setattr(clock, "now", lambda: taken.now + timedelta(hours=1))
    path = f"/tickets/{taken.ticket.pk}/deed/solve/"
    looked_at(open_page, "solve", path, taken.desk)
    page = open_page(path, person=taken.desk)
    page.locator("[name=cause]").select_option("WEAR")
    page.get_by_label("报警的实际原因").select_option("BEARING_WEAR")
    page.get_by_label("做了什么").fill("换了轴承")
    page.get_by_role("button", name="已解决").click()
    page.get_by_text("已记为解决").wait_for()
    assert Lesson.objects.get().cause == "BEARING_WEAR"


def test_a_call_for_a_machine_at_night_fits_and_is_answered(open_page, house, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NIGHT + timedelta(minutes=1))
    person = make_person("remote_specialist", name="夜班甲", phone="13900000001")
    paging.put_on_call(
        user=person, region="", from_at=NIGHT - timedelta(hours=2), to_at=NIGHT + timedelta(hours=8), place=1,
        by=house.boss, now=NIGHT,
    )  # fmt: skip
    row = alarm(house.machine, NIGHT, klass="HIGH")
    ticked(NIGHT)
    path = f"/tickets/paged/{Paging.objects.get().uid}/"
    looked_at(open_page, "paged", path, person)
    looked_at(open_page, "roster", "/tickets/on-call/", house.boss)
    page = open_page(path, person=person)
    page.get_by_role("button", name="接下").click()
    page.get_by_text("已确认报警，由您处理。").wait_for()
    row.refresh_from_db()
    assert row.acknowledged_by == person
