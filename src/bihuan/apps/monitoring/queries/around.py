"""The point that an alarm judges, before, during and after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Alarm, Device, PastTest
from bihuan.apps.monitoring.queries.alarms import template_of
from bihuan.apps.monitoring.queries.drawing import draw
from bihuan.apps.monitoring.queries.live import Edge
from bihuan.apps.monitoring.store.charts import Bucket, Series, devices_of, series
from bihuan.apps.monitoring.store.hours import hours_of
from bihuan.base.texts import in_language
from bihuan.lib.machines import Rule, Template, Watch

BEFORE, AFTER = timedelta(minutes=30), timedelta(minutes=15)
"""At least so much is drawn before a value stood beyond its limit, and after it came back."""
WEEKS, DAYS, STEP = timedelta(days=21), timedelta(days=5), timedelta(hours=6)
"""Around an alarm of a watch, which looks at days; and what is drawn as one bucket then."""


def around(alarm: Alarm, now: datetime) -> dict[str, Any] | None:
    """What the page draws; None where the alarm is not about a point. A fixed number of queries, from
    the layer that holds the time.
    """
    template = template_of(alarm)
    if template is None or alarm.device_id is None or alarm.point not in template.places:
        return None
    start, end = span(alarm, now)
    point = template.point(alarm.point)
    rule = template.alarm(alarm.rule)
    watched = isinstance(rule, Watch)
    stands = watched or (isinstance(rule, Rule) and rule.of is None and not rule.rate)
    edges = []
    if stands and alarm.limit is not None and alarm.value is not None:
        tone = "red" if alarm.klass == Klass.URGENT else "orange"
        upward = rule.upward if isinstance(rule, Rule) else alarm.value > alarm.limit
        edges = [Edge(alarm.limit, tone, upward)]
    if watched:
        found = _days(alarm, template, start, end)
    else:
        found = series(devices_of(alarm.asset_id, template.code), alarm.point, start, end)
    said = drawn(found, template, start, end, edges, raised=alarm.raised_at, over=alarm.cleared_at)
    return said | {
        "title": in_language(point.title), "unit": point.unit, "other": not stands, "watched": watched,
    }  # fmt: skip


def drawn(
    found: Series, template: Template, start: datetime, end: datetime, edges: Sequence[Edge], *, raised: datetime,
    over: datetime | None,
) -> dict[str, Any]:  # fmt: skip
    """A drawing with the marks of where an alarm began and ended."""
    return {
        "drawing": draw(found, start, end, edges, every=template.every, alarms=[raised]), "start": start, "end": end,
        "limit": edges[0].text if edges else "",
        "over": f"{100 * ((over - start) / (end - start)):.2f}" if over and over < end else "",
    }  # fmt: skip


def in_the_past(test: PastTest, number: int) -> dict[str, Any] | None:
    """The chart of one time at which a tried rule would have fired."""
    each = test.found[number] if 0 <= number < len(test.found) else None
    device = Device.objects.filter(asset=each["asset"]).order_by("-pk").first() if each else None
    template = templates().get(device.template) if device else None
    rule = template.rule(test.rule) if template else None
    if each is None or device is None or template is None or rule is None:
        return None
    since, at, last = (
        datetime.fromtimestamp(each[name] or test.to_at.timestamp(), UTC)
        for name in ("since", "at", "over")
    )
    start = since - max(BEFORE, (last - since) / 2)
    end = last + max(AFTER, (last - since) / 4)
    point = template.points[rule.point]
    stands = rule.of is None and not rule.rate
    edges = [Edge(test.value, "orange", rule.upward)] if stands else []
    found = series(devices_of(device.asset_id, template.code), point.code, start, end)
    said = drawn(found, template, start, end, edges, raised=at, over=last if each["over"] else None)
    return said | {
        "title": in_language(point.title),
        "unit": point.unit,
        "other": not stands,
        "watched": False,
    }


def _days(alarm: Alarm, template: Template, start: datetime, end: datetime) -> Series:
    """What a watch looks at: hours in its states alone, some of them in one bucket."""
    hours = hours_of(alarm.asset_id, template, start, end)
    place = template.index(alarm.point)
    lots: dict[int, list[float]] = {}
    for ended, mean in zip(hours.ends, hours.means, strict=True):
        if not math.isnan(mean[place]):
            number = int((ended - 1 - start.timestamp()) // STEP.total_seconds())
            lots.setdefault(number, []).append(mean[place])
    buckets = [
        Bucket(start + number * STEP, min(lot), max(lot), sum(lot) / len(lot))
        for number, lot in sorted(lots.items())
    ]
    return Series(buckets, STEP, exact=False)


def span(alarm: Alarm, now: datetime) -> tuple[datetime, datetime]:
    """From before the value stood beyond its limit until after the alarm was over, or now."""
    if alarm.evidence:
        return alarm.since - WEEKS, min(now, (alarm.cleared_at or alarm.raised_at) + DAYS)
    last = min(now, alarm.cleared_at or now)
    lasted = max(last - alarm.since, timedelta())
    start = alarm.since - max(BEFORE, lasted / 2)
    return start, max(min(now, last + max(AFTER, lasted / 4)), alarm.raised_at + AFTER)
