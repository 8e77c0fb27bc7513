"""Samples packed are the same samples; nothing is lost or doubled on the way to an hour's row."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bihuan.apps.monitoring.actions.devices import register
from bihuan.apps.monitoring.models import Block, Hour, Late, Latest, Layout
from bihuan.apps.monitoring.queries.live import day_of
from bihuan.apps.monitoring.store import charts, writing
from bihuan.apps.monitoring.store.keeping import days, keep, mark_late
from bihuan.apps.monitoring.store.packing import Packed, pack, unpack
from bihuan.apps.monitoring.tests import factories
from bihuan.base import clock
from bihuan.base.testing.people import make_person, signed_in

START = datetime(2026, 11, 20, tzinfo=UTC)
whole = st.integers(-(10**9), 10**9).map(float)
decimal = st.integers(-(10**7), 10**7).map(lambda n: n / 100)
any_float = st.floats(width=64, allow_nan=True, allow_infinity=False)


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(float, st.tuples(st.integers(1, 80), st.integers(1, 5)), elements=st.one_of(whole, decimal, any_float)),
    st.lists(st.integers(1, 10**7), min_size=80, max_size=80), st.integers(0, 2**42),
)  # fmt: skip
def test_packed_is_the_same_bit_by_bit(values, steps, first):
    millis = first + np.cumsum(np.array(steps[: len(values)], np.int64))
    found = unpack(pack(Packed(millis, values)))
    assert (found.millis == millis).all()
    same = (found.values.view(np.uint64) == values.view(np.uint64)) | (
        np.isnan(found.values) & np.isnan(values)
    )
    assert same.all()
    for place in range(values.shape[1]):
        one = unpack(pack(Packed(millis, values)), only=place).values[:, 0]
        assert np.array_equal(one, found.values[:, place], equal_nan=True)


def put(device, layout, start, count, *, every=10.0, now=None, value=None):
    """Samples as the worker stores them: VIBRATION says how many seconds after midnight it is."""
    ts = start.timestamp() + every * np.arange(count)
    values = np.full((count, 12), math.nan)
    values[:, 2] = ts - START.timestamp() if value is None else value
    writing.make_days(ts)
    ids = np.full(count, device.pk)
    stored = factories.add_samples(
        ids, ts, ts, np.full(count, layout.pk), values, fresh=np.zeros(count, bool)
    )
    if now is not None:
        mark_late(ids, ts, now)
    Latest.objects.update_or_create(
        device=device, defaults={"layout": layout, "at": start + timedelta(seconds=every * count), "received_at": start, "values": [None] * 12}
    )  # fmt: skip
    return stored


@pytest.fixture
def device(db):
    factories.no_samples()
    found, _key = factories.device()
    return found


@pytest.fixture
def layout(device):
    from bihuan.apps.monitoring.catalogue import templates

    return Layout.objects.create(
        template="centrifuge", points=[p.code for p in templates()["centrifuge"].points]
    )


def seen(device, start, end):
    return charts.samples(device.pk, "VIBRATION", start, end)[1].tolist()


def test_a_sample_that_is_there_already_is_stored_once(device, layout):
    assert put(device, layout, START, 10) == 10
    assert put(device, layout, START + timedelta(seconds=50), 10) == 5


def test_hours_that_are_over_are_packed_and_a_day_is_dropped_when_all_of_it_is(device, layout):
    put(device, layout, START, 360 * 3)
    before = seen(device, START, START + timedelta(days=1))
    assert keep(START + timedelta(hours=2, minutes=30)) == 2
    assert Hour.objects.count() == 2
    assert keep(START + timedelta(hours=2, minutes=30)) == 0
    assert keep(START + timedelta(hours=3, minutes=11)) == 1
    assert seen(device, START, START + timedelta(days=1)) == before
    keep(START + timedelta(days=3, minutes=1))
    assert START.date() not in days()
    assert seen(device, START, START + timedelta(days=1)) == before
    block = Block.objects.order_by("hour").first()
    assert (block.samples, block.summary[2]) == (360, [0.0, 3590.0, 1795.0, 360.0])
    assert block.summary[0] == [None, None, None, 0.0]


def test_what_comes_late_is_merged_once_whether_the_day_is_still_there_or_not(device, layout):
    put(device, layout, START, 360)
    keep(START + timedelta(hours=2))
    late = START + timedelta(seconds=5)
    put(device, layout, late, 100, now=START + timedelta(hours=5))
    assert Late.objects.count() == 1
    assert keep(START + timedelta(hours=5)) == 1
    assert Block.objects.get().samples == 460
    keep(START + timedelta(days=4))
    put(device, layout, START + timedelta(seconds=7), 10, now=START + timedelta(days=5))
    put(device, layout, START, 10, now=START + timedelta(days=5))
    keep(START + timedelta(days=5))
    assert Block.objects.get().samples == 470
    assert START.date() not in days()
    assert len(seen(device, START, START + timedelta(hours=1))) == 470


def test_a_change_of_points_within_an_hour_loses_nothing(device, layout):
    put(device, layout, START, 100)
    other = Layout.objects.create(
        template="centrifuge", points=["VIBRATION", *layout.points[:2], *layout.points[3:], "NEW"]
    )
    ts = START.timestamp() + 2000 + 10.0 * np.arange(10)
    values = np.full((10, 13), math.nan)
    values[:, 0] = 7.0
    factories.add_samples(
        np.full(10, device.pk), ts, ts, np.full(10, other.pk), values, fresh=np.ones(10, bool)
    )
    keep(START + timedelta(hours=2))
    block = Block.objects.get()
    assert (block.layout, block.samples) == (other, 110)
    assert seen(device, START, START + timedelta(hours=1))[-10:] == [7.0] * 10
    assert seen(device, START, START + timedelta(hours=1))[:3] == [0.0, 10.0, 20.0]


def test_a_long_span_is_drawn_from_the_hours_and_a_gap_stays_a_gap(device, layout):
    put(device, layout, START, 360 * 24 * 2, value=3.0)
    put(device, layout, START + timedelta(days=5), 360, value=9.0)
    keep(START + timedelta(days=6))
    found = charts.series(device.pk, "VIBRATION", START, START + timedelta(days=90))
    assert not found.exact
    assert {round(each.mean, 3) for each in found.buckets} == {3.0, 9.0}
    times = [each.at for each in found.buckets]
    assert max(b - a for a, b in pairwise(times)) > timedelta(days=2.5)
    short = charts.series(device.pk, "VIBRATION", START, START + timedelta(days=1))
    assert short.exact
    assert len(short.buckets) == 400


def test_hours_drawn_as_few_buckets_are_what_their_samples_are(device, layout):
    value = np.round(50 + np.sin(np.arange(360 * 24 * 5) / 1700), 2)
    put(device, layout, START, len(value), value=value)
    keep(START + timedelta(days=5, hours=1))
    end = START + timedelta(days=200)
    found = charts.series(device.pk, "VIBRATION", START, end)
    assert found.step == timedelta(hours=12)
    for number, each in enumerate(found.buckets):
        part = value[360 * 12 * number :][: 360 * 12]
        assert each.at == START + 12 * number * timedelta(hours=1)
        assert (each.low, each.high) == (part.min(), part.max())
        assert each.mean == pytest.approx(part.mean(), rel=1e-6)
    assert len(found.buckets) == 10


def test_hours_packed_before_keep_what_they_came_to(device, layout):
    """The step to one array and back, over an hour with a point that never spoke."""
    step = import_module("bihuan.apps.monitoring.migrations.0013_summaries")
    value = np.array([3.3, 12345.678, -1e-300, 3.3])
    put(device, layout, START, 4, value=value)
    keep(START + timedelta(hours=2))
    after = Block.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(step.APART)
        cursor.execute("SELECT number, total[3], low[1] FROM monitoring_block")
        number, total, silent = cursor.fetchone()
        assert (number, silent) == ([0, 0, 4] + [0] * 9, None)
        assert total == pytest.approx(value.sum())
        exact = "UPDATE monitoring_block SET low[3] = %s, high[3] = %s, total[3] = %s"
        cursor.execute(exact, [value.min(), value.max(), value.sum()])
        cursor.execute(step.TOGETHER)
    again = Block.objects.get()
    assert (again.summary, bytes(again.payload)) == (after.summary, bytes(after.payload))
    assert again.summary[2] == [0.0, 12345.678, pytest.approx(value.mean()), 4.0]


def test_a_machine_with_new_credentials_goes_on_in_its_charts(device, layout):
    """Packed or not, over hours, days and a year; the hour of the change has both."""
    put(device, layout, START, 360 * 30 + 180, value=3.0)
    second, _key = register(asset=device.asset, by=None, now=START + timedelta(hours=30))
    put(second, layout, START + timedelta(hours=30.5), 360 * 5, value=9.0)
    devices, end = charts.devices_of(device.asset_id, "centrifuge"), START + timedelta(hours=36)
    for packed in (False, True):
        if packed:
            keep(end)
        at, values = charts.samples(devices, "VIBRATION", START, end)
        assert (at[1:] > at[:-1]).all() and len(values) == 360 * 35 + 180
        assert (values == np.where(at < (START.timestamp() + 30.5 * 3600) * 1000, 3.0, 9.0)).all()
        for days_ in (2, 90) if packed else (2,):
            drawn = charts.series(
                devices, "VIBRATION", START, START + timedelta(days=days_)
            ).buckets
            assert (drawn[0].mean, drawn[-1].high) == (3.0, 9.0)
            assert [each.at for each in drawn] == sorted({each.at for each in drawn})
    with clock.set_to(end):
        client = signed_in(make_person("technical_head"))
        address = f"/machines/{device.asset_id}/live/chart/?point=VIBRATION&span=7d&table=1"
        said = client.get(address).content.decode()
    assert "3.00" in said and "9.00" in said


def test_the_states_of_a_day_in_which_credentials_were_replaced_are_one_strip(device, layout):
    speed = np.full((360, 12), math.nan)
    speed[:, 0] = speed[:, 1] = 4200.0

    def runs(one, start):
        ts = start.timestamp() + 10.0 * np.arange(360)
        writing.make_days(ts)
        ids, same = np.full(360, one.pk), np.full(360, layout.pk)
        factories.add_samples(ids, ts, ts, same, speed, fresh=np.ones(360, bool))

    runs(device, START)
    second, _key = register(asset=device.asset, by=None, now=START + timedelta(hours=1))
    runs(second, START + timedelta(hours=1))
    (whole,) = day_of(second, START, START + timedelta(hours=2))
    assert (whole.code, whole.start) == ("AT_SPEED", START)
    assert whole.end == START + timedelta(seconds=7190)
