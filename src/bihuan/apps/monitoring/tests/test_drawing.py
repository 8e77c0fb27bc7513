"""The lines of a chart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bihuan.apps.monitoring.queries.drawing import Drawing, draw
from bihuan.apps.monitoring.store.charts import Bucket, Series

START = datetime(2026, 1, 1, tzinfo=UTC)


def _drawn(*seconds: float) -> Drawing:
    """One hour of a device that says 1.0 at these seconds; its template says every 5 s."""
    buckets = [Bucket(START + timedelta(seconds=each), 1.0, 1.0, 1.0) for each in seconds]
    data = Series(buckets, timedelta(seconds=6), exact=True)
    return draw(data, START, START + timedelta(hours=1), [], every=5)


def test_a_lone_reading_is_seen_on_the_chart():
    lone = Bucket(START + timedelta(hours=2), 1.0, 2.0, 3.0)
    data = Series([lone], timedelta(minutes=5), exact=True)
    drawn = draw(data, START, START + timedelta(hours=24), [], every=10, band=None, alarms=[])
    first, last = (each.split(",") for each in drawn.lines[0].split(" "))
    assert float(first[0]) < float(last[0])
    assert first[1] == last[1]


def test_a_device_that_says_less_for_a_while_is_one_line():
    sparse, dense = range(0, 1200, 60), range(1200, 1500, 6)
    assert len(_drawn(*sparse, *dense, *range(1500, 2400, 60)).lines) == 1


def test_where_nothing_was_said_the_line_is_broken():
    assert len(_drawn(*range(0, 600, 6), *range(900, 1500, 6)).lines) == 2
    assert len(_drawn(*range(0, 600, 60), *range(1200, 1800, 60)).lines) == 2
    assert len(_drawn(*range(0, 600, 6), 900, *range(1200, 1500, 6)).lines) == 3


def test_the_last_time_stands_within_the_drawing():
    *others, last = _drawn().across
    assert (last.text, last.at_end) == ("08:50", False)
    assert not any(each.at_end for each in others)
    data = Series([], timedelta(seconds=6), exact=True)
    near = draw(data, START, START + timedelta(minutes=51), [], every=5).across[-1]
    assert (near.text, near.at_end) == ("08:50", True)
