"""The chart on the page of an alarm: the time of the alarm, from whichever layer holds it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bihuan.apps.monitoring.models import Alarm, Latest
from bihuan.apps.monitoring.store import writing
from bihuan.apps.monitoring.store.keeping import days, keep
from bihuan.apps.monitoring.tests.factories import add_samples, alarm, device, no_samples
from bihuan.base import clock
from bihuan.base.testing.people import signed_in

pytestmark = pytest.mark.django_db
START = datetime(2026, 9, 28, tzinfo=UTC)
POINTS, VIBRATION = 12, 2


@pytest.fixture
def heard(house):
    """Two hours of vibration with a peak in the middle, and its alarm."""
    no_samples()
    found, _key = device(asset=house.asset, now=START)
    row = alarm(
        house.asset, START, device=found, since=START + timedelta(minutes=60), raised_at=START + timedelta(minutes=61),
        cleared_at=START + timedelta(minutes=66), told_at=START + timedelta(minutes=61),
    )  # fmt: skip
    ts = START.timestamp() + 10 * np.arange(720)
    values = np.full((720, POINTS), math.nan)
    values[:, VIBRATION] = np.where(
        (ts >= row.since.timestamp()) & (ts < row.since.timestamp() + 300), 6.0, 2.0
    )
    writing.make_days(ts)
    add_samples(
        np.full(720, found.pk), ts, ts, np.full(720, row.layout_id), values, fresh=np.ones(720, bool)
    )  # fmt: skip
    Latest.objects.create(
        device=found, layout=row.layout, at=START + timedelta(hours=2), received_at=START, values=[None] * POINTS
    )  # fmt: skip
    return row


def page(person, row, now):
    with clock.set_to(now):
        answer = signed_in(person).get(f"/alarms/{row.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_draws_what_happened_with_limit_and_marks(house, heard):
    said = page(house.remote, heard, START + timedelta(hours=2))
    assert "报警前后的振动速度" in said and "当时的限值 4.5 mm/s" in said
    assert said.count('class="mon-mark"') == 2 and said.count("mon-mark over") == 2
    assert said.count('class="mon-limit orange"') == 1
    highest = min(
        float(pair.split(",")[1])
        for pair in said.split('mon-path" points="')[1].split('"')[0].split()
    )
    limit = float(said.split('mon-limit orange" x1="0" x2="1000" y1="')[1].split('"')[0])
    assert highest < limit, "the peak stands above the line of the limit"


def test_months_later_the_same_is_drawn_from_packed_hours(house, heard):
    first = page(house.remote, heard, START + timedelta(hours=3))
    later = START + timedelta(days=120)
    keep(later)
    assert not days()

    def path(said):
        return said.split('mon-path" points="')[1].split('"')[0]

    assert path(page(house.remote, heard, later)) == path(first)


def test_holes_in_the_packed_hours_cost_no_further_queries(house, heard):
    Alarm.objects.filter(pk=heard.pk).update(since=START, cleared_at=START + timedelta(hours=40))
    now = START + timedelta(days=3)

    def queries():
        with CaptureQueriesContext(connection) as found:
            page(house.remote, heard, now)
        return len(found)

    queries()
    before = queries()
    ts = START.timestamp() + 7200.0 * np.arange(1, 20)
    values = np.full((len(ts), POINTS), 3.0)
    writing.make_days(ts)
    add_samples(
        np.full(len(ts), heard.device_id), ts, ts, np.full(len(ts), heard.layout_id), values, fresh=np.ones(len(ts), bool)
    )  # fmt: skip
    Latest.objects.update(at=START + timedelta(days=2))
    keep(now)
    assert queries() == before


def test_an_alarm_that_is_about_no_point_has_no_chart(house):
    row = alarm(house.asset, START, point="", device=None)
    assert "报警前后" not in page(house.remote, row, START)
