"""What the clock makes true: written once each, by conditional updates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from bihuan.apps.obligations import actions
from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.ladder import READ, take
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.periods import begin
from bihuan.apps.obligations.refusals import NotPaused
from bihuan.apps.obligations.timing import calendar_of
from bihuan.apps.people.calendars import calendars
from bihuan.base.facts.actions import Telling, tell_many
from bihuan.base.ui.addresses import address
from bihuan.lib.workcal import due

BATCH = 500


def periods(now: datetime) -> int:
    """Tell the periods that began."""
    return begin(now)


def open_scheduled(now: datetime) -> int:
    """Scheduled obligations whose time has come are open."""
    return Obligation.objects.filter(state=State.SCHEDULED, opens_at__lte=now).update(
        state=State.OPEN
    )


def resume_longest(now: datetime) -> int:
    """A pause longer than the pack allows ends by itself (parameter `pause.longest`)."""
    count, known = 0, calendars()
    open_ = Pause.objects.filter(to_at=None, obligation__state__in=LIVE).order_by("pk")
    rows = Obligation.objects.filter(pk__in=open_.values("obligation"))
    began = dict(open_.values_list("obligation_id", "from_at"))
    for row in rows.order_by("pk"):
        longest = row.pack.parameters.get("pause.longest")
        if longest is None or longest.value is None or row.pk not in began:
            continue
        until = due(calendar_of(row, known), began[row.pk], str(longest.value)).due
        if until is not None and until <= now:
            try:
                actions.resume(obligation_id=row.pk, by=None, now=now)
            except NotPaused:
                continue  # somebody was quicker
            count += 1
    return count


def fall_due(now: datetime) -> int:
    """`obligation.fell_due`, once each, at its true time, with what was known."""
    return _in_batches(_fall_due, now)


def _fall_due(now: datetime) -> int:
    with transaction.atomic():
        rows = _late(now)
        if not rows:
            return 0
        Obligation.objects.filter(pk__in=[row.pk for row in rows]).update(fell_due_at=F("due_at"))
        tell_many(
            [
                Telling(
                    kind="obligation.fell_due", at=row.due_at or now, key=f"fell_due:{row.uid}",
                    subjects=actions.subjects_of(row),
                    data={
                        "obligation": str(row.uid), "rule": row.rule, "clause": row.clause,
                        "severity": row.severity,
                    },
                )
                for row in rows
            ],
            now=now, by=None, source="engine",
        )  # fmt: skip
        return len(rows)


TOLD = (
    "uid", "rule", "clause", "severity", "due_at", "subject_type", "subject_id", "customer_id", "asset_id",
    "contract_id",
)  # fmt: skip
"""What the fact says: of a hundred thousand that fall due at once nothing else is read."""


def _late(now: datetime) -> list[Obligation]:
    found = Obligation.objects.select_for_update(skip_locked=True, of=("self",)).only(*TOLD)
    return list(
        found.filter(state=State.OPEN, fell_due_at=None, due_at__lt=now).order_by("due_at", "pk")[
            :BATCH
        ]
    )


def escalate(now: datetime) -> int:
    """The steps of the ladders whose time has come, each once."""
    return _in_batches(_escalate, now)


def _escalate(now: datetime) -> int:
    with transaction.atomic():
        found = Obligation.objects.select_for_update(skip_locked=True, of=("self",)).only(*READ)
        rows: Sequence[Obligation] = list(
            found.filter(state=State.OPEN, next_step_at__lte=now).order_by("next_step_at", "pk")[
                :BATCH
            ]
        )
        return take(rows, now, url=lambda row: address("obligations:detail", row.pk))


def _in_batches(step: Callable[[datetime], int], now: datetime) -> int:
    total = 0
    while done := step(now):
        total += done
        if done < BATCH:
            break
    return total
