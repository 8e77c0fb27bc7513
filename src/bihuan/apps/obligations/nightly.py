"""Every night all running clocks are counted again from their log; what is stored must agree.

A beat counts one portion, so that no other tick waits for it. Where the nights were missed (the
machine was off) it is caught up by day. What differs is not corrected by the machine: it stands
in the audit log, and the administrators are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bihuan.apps.obligations.models import Act, Obligation, Recount
from bihuan.apps.obligations.rules import stood
from bihuan.apps.obligations.timing import answer, calendar_then, spans
from bihuan.apps.people.calendars import Calendars, calendars
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.notify.actions import tell
from bihuan.lib.workcal.pauses import PAUSED

PORTION = 500
NAMED = 50  # that many are named; the number of all is kept besides
NIGHT_ENDS = 6  # o'clock
MISSED = timedelta(days=7)


def recount(now: datetime) -> int:
    """A tick: the next portion of today's count; how many clocks were counted."""
    day = timezone.localdate(now)
    last = Recount.objects.order_by("-day").first()
    if not _wanted(last, day, timezone.localtime(now).hour):
        return 0
    Recount.objects.get_or_create(day=day)
    with transaction.atomic():
        row = Recount.objects.select_for_update(skip_locked=True).filter(day=day).first()
        if row is None or row.ended_at is not None:
            return 0
        clocks = list(
            Obligation.objects.live().exclude(within="").filter(pk__gt=row.upto, anchor_at__lte=now)
            .order_by("pk").prefetch_related("pauses")[:PORTION]
        )  # fmt: skip
        wrong = differing(clocks)
        row.counted += len(clocks)
        row.differing = [*row.differing, *(each.number for each in wrong)]
        for each in wrong[:NAMED]:
            log("obligation.clock_differs", by=None, now=now, thing=each)
        if clocks:
            row.upto = clocks[-1].pk
        else:
            row.ended_at = now
            _report(row, now)
        row.save()
        return len(clocks)


def _wanted(last: Recount | None, day: date, hour: int) -> bool:
    if last is not None and last.day >= day:
        return last.day == day and last.ended_at is None
    return hour < NIGHT_ENDS or (last is not None and day - last.day > MISSED)


def differing(rows: Sequence[Obligation]) -> list[Obligation]:
    """Those whose stored due time is not what their log gives."""
    deeds, known = _deeds(rows), calendars()
    return [row for row in rows if not agrees(row, deeds[row.pk], known)]


def agrees(
    row: Obligation, deeds: Sequence[tuple[datetime, str]], known: Calendars | None = None
) -> bool:
    """Whether a clock is stored as anchor, limit, calendar and pauses give it. What fact ended a
    pause stands in no deed once the customer has said no; those pauses are taken as kept.
    """
    stops = [(since, until, PAUSED) for since, until in stood(deeds)]
    if row.reopened_tx:
        stops = spans(row.pauses.all())
    calendar = calendar_then(row, known)
    found, inner = answer(row, stops, calendar), answer(row, (), calendar)
    if found is None or inner is None:
        return True
    standing = any(until is None for _, until, _ in stops)
    return (
        row.due_at == found.due and row.internal_due_at == inner.due
        and (row.paused_at is not None) is standing
    )  # fmt: skip


def _deeds(rows: Sequence[Obligation]) -> dict[int, list[tuple[datetime, str]]]:
    """What was done on each, and on those whose place it took."""
    stands_for = dict(
        Obligation.objects.filter(superseded_by__in=[row.pk for row in rows], window_from=None)
        .values_list("pk", "superseded_by_id")
    )  # fmt: skip
    found: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    acts = Act.objects.filter(obligation__in=[*stands_for, *(row.pk for row in rows)])
    for pk, at, verb in acts.values_list("obligation_id", "at", "verb"):
        found[stands_for.get(pk) or pk].append((at, verb))
    return found


def _report(row: Recount, now: datetime) -> None:
    count = len(row.differing)
    log(
        "obligations.recounted", by=None, now=now, thing=row,
        after={"counted": row.counted, "differing": count, "named": row.differing[:NAMED]},
    )  # fmt: skip
    if not count:
        return
    people = User.objects.filter(roles__contains=["administrator"], is_active=True)
    tell(
        to=list(people), kind="obligation.clock_differs", now=now, key=f"recount:{row.day}",
        title={
            "zh": f"夜间复算：{count} 条期限与记录不一致",
            "en": f"Nightly count: {count} deadlines differ from their log",
        },
        text={
            "zh": "、".join(row.differing[:5]) + "。没有自动改动，请在审计日志里核对。",
            "en": ", ".join(row.differing[:5]) + ". Nothing was changed; see the audit log.",
        },
    )  # fmt: skip
