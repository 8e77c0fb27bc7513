"""Due times of stored obligations: computed, computed again, explained."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.people.calendars import Calendars, as_of, calendars
from bihuan.lib.workcal import Answer, Calendar, counted, due, milestone
from bihuan.lib.workcal.duration import CLOCK, Duration, Unit
from bihuan.lib.workcal.words import Words

PauseSpan = tuple[datetime, datetime | None, Words]

PAUSE_WORDS = {
    "WAIT_CUSTOMER": Words("等客户", "waiting for the customer"),
    "WAIT_CUSTOMER_PART": Words("等客户备件", "waiting for the customer's part"),
    "FORCE_MAJEURE": Words("不可抗力", "force majeure"),
    "CUSTOMER_SITE_UNSAFE": Words("客户现场不安全", "the customer's site is unsafe"),
}


def spans(pauses: Iterable[Pause]) -> list[PauseSpan]:
    """Pauses as `lib.workcal` reads them."""
    return [(pause.from_at, pause.to_at, PAUSE_WORDS[pause.reason]) for pause in pauses]


def calendar_of(row: Obligation, known: Calendars | None = None) -> Calendar:
    """The calendar of an obligation as it is now; `known` spares the question for many rows."""
    return (known or calendars()).for_(row.calendar, {})


@lru_cache(maxsize=64)
def _old(code: str, version: int, _today: Calendars) -> Calendar:
    # over its parents of today: one that was read before they changed is not that any more
    return as_of(code, version)


def calendar_then(row: Obligation, known: Calendars | None = None) -> Calendar:
    """The calendar in the version that gave the due time; today's where that is not kept. `known`
    spares the question for many rows.
    """
    known = known or calendars()
    now = calendar_of(row, known)
    if row.calendar_version in ("", now.version) or not row.calendar_version.isdecimal():
        return now
    try:
        return _old(row.calendar, int(row.calendar_version), known)
    except ObjectDoesNotExist:
        return now


def answer(
    row: Obligation, pauses: Sequence[PauseSpan] = (), calendar: Calendar | None = None
) -> Answer | None:
    """When it is due by the rule; None for an obligation without a computed limit."""
    if not row.within:
        return None
    return due(calendar or calendar_of(row), row.anchor_at, row.within, pauses)


def ladder_at(
    found: Answer | None, steps: Sequence[Mapping[str, Any]], opens_at: datetime | None,
    due_at: datetime | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Each step of the ladder with the moment at which it is taken; none without a limit."""
    if due_at is None:
        return [{"percent": step["percent"], "tell": step["tell"], "at": None} for step in steps]
    return [
        {
            "percent": step["percent"], "tell": step["tell"],
            "at": iso(_step_at(found, int(step["percent"]), opens_at, due_at)),
        }
        for step in steps
    ]  # fmt: skip


def _step_at(
    found: Answer | None, percent: int, opens_at: datetime | None, end: datetime
) -> datetime:
    """When a share of the time is used: of the counted time; beyond 100 % the count goes on."""
    if percent == 100:
        return end
    if found is None or found.backward:
        start = min(opens_at or end, end)
        return start + (end - start) * percent / 100
    if percent < 100:
        return milestone(found, percent) or end
    worked = counted(found) * (percent - 100) / 100
    if found.within.unit in CLOCK:
        return end + worked
    minutes = max(1, round(worked / timedelta(minutes=1)))
    return due(found.calendar, end, Duration(minutes, Unit.WORK_MINUTE)).due or end


def next_step(ladder: Sequence[Mapping[str, Any]], done: int) -> datetime | None:
    """The moment of the first step not yet taken."""
    times = [step["at"] for step in ladder[done:] if step.get("at")]
    return datetime.fromisoformat(times[0]) if times else None


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
