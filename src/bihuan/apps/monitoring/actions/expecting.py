"""Alarms that are expected for a time: recorded and told to nobody, until it is over; as those of a
machine that is being repaired, of a rule on trial and of a flood.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Q

from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import SOURCE
from bihuan.apps.monitoring.actions.events import raised
from bihuan.apps.monitoring.actions.opinion import opinion
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Awaited, Hushed
from bihuan.apps.monitoring.models import Alarm, Expected
from bihuan.apps.monitoring.queries.expected import expecting
from bihuan.apps.monitoring.queries.trials import all_on_trial
from bihuan.apps.monitoring.refusals import (
    ExpectedBackward,
    ExpectedEnded,
    ExpectedInThePast,
    ExpectedTooLong,
    ExpectedWeekOpen,
    ReasonMissing,
)
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.facts.actions import tell_all

WHY = 200
AT_ONCE = 200


@dataclass(frozen=True)
class Plan:
    """Why and when; with `days` (1 is Monday) every week from `starts` until `ends`."""

    reason: Awaited
    text: str
    from_at: datetime
    until_at: datetime
    days: frozenset[int] = frozenset()
    starts: time | None = None
    ends: time | None = None


def expect(*, asset: Asset, plan: Plan, by: User, now: datetime) -> Expected:
    """From now on alarms in these times are told to nobody. Raises ReasonMissing, ExpectedBackward,
    ExpectedInThePast, ExpectedTooLong, ExpectedWeekOpen.
    """
    if not plan.text.strip():
        raise ReasonMissing
    if plan.until_at <= plan.from_at:
        raise ExpectedBackward
    if plan.until_at <= now:
        raise ExpectedInThePast
    if plan.days and (plan.starts is None or plan.ends is None):
        raise ExpectedWeekOpen
    row = Expected(
        asset=asset, reason=plan.reason, text=plan.text.strip()[:WHY], from_at=plan.from_at, until_at=plan.until_at,
        days=sorted(plan.days), starts=plan.starts if plan.days else None, ends=plan.ends if plan.days else None, by=by,
        at=now,
    )  # fmt: skip
    _check(row, now)
    with transaction.atomic():
        row.save()
        log(
            "alarm.expect", by=by, now=now, thing=asset,
            after={"reason": str(plan.reason), "text": row.text, "from": row.from_at, "until": row.until_at, "days": row.days, "starts": row.starts, "ends": row.ends},
        )  # fmt: skip
    return row


def _check(row: Expected, now: datetime) -> None:
    """Nobody may be deaf to a machine for long: the limits are the regulation's."""
    hours = figures.number("expected_weekly_hours" if row.days else "expected_hours", now)
    if row.times.length > timedelta(hours=hours):
        raise ExpectedTooLong(most=f"{hours:g}")
    days = figures.number("expected_weekly_days", now)
    if row.until_at - row.from_at > timedelta(days=days):
        raise ExpectedTooLong(most=f"{24 * days:g}")


def end(*, row: Expected, by: User, now: datetime) -> None:
    """Before its time: alarms are told again, also those that stand. Raises ExpectedEnded."""
    with transaction.atomic():
        mine = Expected.objects.filter(pk=row.pk, ended_at=None, until_at__gt=now)
        if not mine.update(ended_at=now, ended_by=by):
            raise ExpectedEnded
        log("alarm.expect_end", by=by, now=now, thing=row.asset, before={"until": row.until_at})


def wake(now: datetime) -> int:
    """A tick: an alarm that still stands when nothing hushes it any more is told like a new one: the
    time in which it was expected, the repair of its machine, the trial of its rule and the flood
    (which lasts as long as the time in which it is counted) are over. Once, by a conditional UPDATE.
    """
    flood = timedelta(minutes=figures.number("flood_min", now))
    on_trial = Q(pk__in=[])
    for code, rules in all_on_trial(templates().values()).items():
        on_trial |= Q(layout__template=code, rule__in=rules)
    rows = Alarm.objects.exclude(hushed="").filter(cleared_at=None, woken_at=None).exclude(on_trial)
    rows = rows.exclude(hushed=Hushed.FLOOD, told_at__gt=now - flood)
    rows = rows.exclude(asset__status=Status.UNDER_REPAIR)
    quiet = expecting(rows.values_list("asset", flat=True), now)
    awake = rows.exclude(asset__in=quiet, klass__in=figures.classes("expected_classes", now))
    found = awake.select_related("asset", "layout", "device").order_by("pk")[:AT_ONCE]
    return sum(_woken(alarm, now) for alarm in found)


def _woken(alarm: Alarm, now: datetime) -> int:
    with transaction.atomic():
        mine = Alarm.objects.filter(pk=alarm.pk, hushed=alarm.hushed, cleared_at=None)
        if not mine.update(hushed="", told_at=now, woken_at=now):
            return 0
        if alarm.layout is not None and alarm.point:
            values = dict(zip(alarm.layout.points, alarm.snapshot, strict=False))
            alarm.diagnosis = opinion(alarm, alarm.layout.template, values, now)
            Alarm.objects.filter(pk=alarm.pk).update(diagnosis=alarm.diagnosis)
        tell_all([raised(alarm, alarm.asset, now)], now=now, by=None, source=SOURCE)
        return 1
