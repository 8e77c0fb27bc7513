"""The point that an alarm judges, before, during and after it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Alarm
from bihuan.apps.monitoring.queries.alarms import template_of
from bihuan.apps.monitoring.queries.drawing import draw
from bihuan.apps.monitoring.queries.live import Edge
from bihuan.apps.monitoring.store.charts import series
from bihuan.base.texts import in_language

BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=15)
"""At least so much is drawn before a value stood beyond its limit, and after it came back."""


def around(alarm: Alarm, now: datetime) -> dict[str, Any] | None:
    """What the page draws; None where the alarm is not about a point. A fixed number of queries, from
    the layer that holds the time.
    """
    template = template_of(alarm)
    if template is None or alarm.device_id is None or alarm.point not in template.places:
        return None
    start, end = span(alarm, now)
    rule = template.rule(alarm.rule)
    stands = rule is not None and rule.of is None and not rule.rate and alarm.limit is not None
    edges = []
    if stands and rule is not None and alarm.limit is not None:
        tone = "red" if alarm.klass == Klass.URGENT else "orange"
        edges = [Edge(alarm.limit, tone, rule.upward)]
    found = series(alarm.device_id, alarm.point, start, end)
    point = template.point(alarm.point)
    over = alarm.cleared_at
    return {
        "drawing": draw(found, start, end, edges, every=template.every, alarms=[alarm.raised_at]),
        "title": in_language(point.title), "unit": point.unit, "exact": found.exact, "limit": edges[0].text if edges else "",
        "other": not stands, "over": f"{100 * ((over - start) / (end - start)):.2f}" if over and over < end else "",
        "start": start, "end": end,
    }  # fmt: skip


def span(alarm: Alarm, now: datetime) -> tuple[datetime, datetime]:
    """From before the value stood beyond its limit until after the alarm was over, or now."""
    last = min(now, alarm.cleared_at or now)
    lasted = max(last - alarm.since, timedelta())
    start = alarm.since - max(BEFORE, lasted / 2)
    return start, max(min(now, last + max(AFTER, lasted / 4)), alarm.raised_at + AFTER)
