"""The days of machines from their samples: marked when something changed, folded whole, twice is once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db import DatabaseError, connection, transaction
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import plans, templates
from bihuan.apps.monitoring.models import Alarm, DayDue, Device, Layout, MachineDay
from bihuan.apps.monitoring.store.charts import samples_of_all
from bihuan.lib.condition.day import Day, believed
from bihuan.lib.condition.day import fold as fold_day

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
AT_ONCE = 50
"""Machine-days of one transaction."""
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('bihuan.monitoring.keep'))"
"""As the packing's: a mark that is set while its day is folded would be lost otherwise."""
_MARK = """
    INSERT INTO monitoring_daydue (asset_id, day)
    SELECT DISTINCT asset_id, day FROM monitoring_device, unnest(%s::date[]) AS day WHERE id = ANY(%s)
    ON CONFLICT DO NOTHING
"""
FIELDS = [
    "template", "samples", "seen_s", "run_s", "starts", "states", "totals", "gained", "points", "worn", "used", "alarms",
    "latitude", "longitude", "folded_at",
]  # fmt: skip


def mark(devices: Iterable[int], hour: datetime) -> None:
    """Samples of this hour changed: the days that they speak for; in the transaction that packs them."""
    chosen = list(devices)
    if chosen:
        most = timedelta(seconds=max(believed(each) for each in templates().values()))
        days = {timezone.localdate(each) for each in (hour - most, hour, hour + HOUR + most)}
        with connection.cursor() as cursor:
            cursor.execute(_MARK, [sorted(days), chosen])


def fold(now: datetime) -> set[int]:
    """Fold some of the days that are due: those that are over at once, today's from time to time.
    Returns the machines whose days changed.
    """
    today = timezone.localdate(now)
    since = now - HOUR * figures.number("fold_today_h", now)
    fresh = MachineDay.objects.filter(asset=OuterRef("asset"), day=today, folded_at__gt=since)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(LOCK)
            if not cursor.fetchone()[0]:
                return set()
        rows = DayDue.objects.filter(Q(day__lt=today) | Q(day=today) & ~Exists(fresh))
        due = list(rows.order_by("day", "asset")[:AT_ONCE])
        for row in due:
            try:
                _fold(row.asset_id, row.day, now)
            except DatabaseError:
                raise
            except Exception:  # one machine's samples cost no other its day
                log.exception("day %s of machine %s could not be folded", row.day, row.asset_id)
        DayDue.objects.filter(pk__in=[row.pk for row in due]).delete()
        DayDue.objects.filter(day__gt=today).delete()
    return {row.asset_id for row in due}


def bounds(day: date) -> tuple[datetime, datetime]:
    """A day of the house's time zone."""
    zone = timezone.get_default_timezone()
    start = datetime.combine(day, time(), zone)
    return start, datetime.combine(day + timedelta(days=1), time(), zone)


def _fold(asset: int, day: date, now: datetime) -> None:
    old = MachineDay.objects.filter(asset=asset, day=day).values_list("totals", flat=True).first()
    found = _found(asset, day)
    if found is None:
        MachineDay.objects.filter(asset=asset, day=day).delete()
        totals: Mapping[str, float] | None = None
    else:
        template, folded = found
        totals = folded.totals
        MachineDay.objects.bulk_create(
            [_row(asset, day, template, folded, now)], update_conflicts=True,
            unique_fields=["asset_id", "day"], update_fields=FIELDS,
        )  # fmt: skip
    if totals != old:  # what the next day gained is counted from here
        following = MachineDay.objects.filter(asset=asset, day__gt=day).order_by("day")
        after = following.values_list("day", flat=True).first()
        if after is not None:
            DayDue.objects.get_or_create(asset_id=asset, day=after)


def _found(asset: int, day: date) -> tuple[str, Day] | None:
    devices = [
        each
        for each in Device.objects.filter(asset=asset).order_by("pk")
        if each.template in templates()
    ]
    if not devices:
        return None
    code = devices[-1].template
    template, plan = templates()[code], plans()[code]
    start, end = bounds(day)
    most = timedelta(seconds=believed(template))
    layouts = {row.pk: row.points for row in Layout.objects.all()}
    codes = [point.code for point in template.points]
    parts = [
        samples_of_all(each.pk, codes, start - most, end + most, layouts)
        for each in devices if each.template == code
    ]  # fmt: skip
    millis, first = np.unique(
        np.concatenate([each for each, _ in parts]).astype(np.int64), return_index=True
    )
    if not len(millis):
        return None
    values = np.concatenate([each for _, each in parts])[first]
    before = MachineDay.objects.filter(asset=asset, day__lt=day).order_by("-day").first()
    folded = fold_day(
        template, plan, millis, values, start.timestamp(), end.timestamp(), before.totals if before else {},
        since=(bounds(before.day)[0] if before else start).timestamp(),
    )  # fmt: skip
    return None if folded is None else (code, folded)


def _row(asset: int, day: date, template: str, found: Day, now: datetime) -> MachineDay:
    start, end = bounds(day)
    raised = Alarm.objects.filter(asset=asset, hushed="", raised_at__gte=start, raised_at__lt=end)
    alarms = dict(
        raised.exclude(kind="OFFLINE").values_list("klass").annotate(n=Count("pk")).order_by()
    )
    return MachineDay(
        asset_id=asset, day=day, template=template, samples=found.samples, seen_s=round(found.seen, 1),
        run_s=round(found.run, 1), starts=found.starts, states=_short(found.states, 1), totals=dict(found.totals),
        gained=_short(found.gained, 3), worn=_short(found.worn, 4), used=_short(found.used, 3), alarms=alarms,
        points={code: [round(value, 4) for value in asdict(each).values()] for code, each in found.points.items()},
        latitude=found.place[0] if found.place else None, longitude=found.place[1] if found.place else None, folded_at=now,
    )  # fmt: skip


def _short(given: Mapping[str, float], digits: int) -> dict[str, Any]:
    return {code: round(value, digits) for code, value in given.items()}
