"""When working time is corrected, open deadlines are computed again: never silently."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from bihuan.apps.obligations.acts import retime
from bihuan.apps.obligations.enums import Change
from bihuan.apps.obligations.models import DueChange, Obligation
from bihuan.apps.obligations.querysets import ObligationQuerySet
from bihuan.apps.obligations.timing import calendar_of
from bihuan.apps.obligations.words import moment_word
from bihuan.apps.people.calendars import History
from bihuan.apps.people.models import WorkCalendar
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.notify.actions import tell

CHUNK = 2000
RETIMED = (
    "due_at", "internal_due_at", "provisional", "calendar_version", "ladder", "next_step_at",
)  # fmt: skip


def recompute(fact: Fact, *, now: datetime) -> int:
    """Compute the live obligations on a corrected calendar (and those that inherit from it)
    again; keep old and new, tell the owners. Returns how many due times moved.
    """
    moved: dict[int, int] = {}
    count = 0
    for row, old, version in retimed(fact):
        if row.due_at == old and row.calendar_version == version:
            continue
        row.save(update_fields=RETIMED)
        if row.due_at == old:
            continue
        count += 1
        DueChange.objects.get_or_create(
            obligation=row, fact=fact, why=Change.CALENDAR,
            defaults={
                "old": old, "new": row.due_at, "at": now,
                "detail": {"calendar": row.calendar, "from": version, "to": row.calendar_version},
            },
        )  # fmt: skip
        if row.assignee_id is not None:
            moved[row.assignee_id] = moved.get(row.assignee_id, 0) + 1
    _tell(moved, fact, now)
    return count


def retimed(
    fact: Fact, *, lock: bool = True, most: int | None = None
) -> Iterator[tuple[Obligation, datetime | None, str]]:
    """The live obligations on a corrected calendar with their new times, not saved; beside each
    its due time and its calendar version as they were. With `most`, the first that fall due.
    """
    known = History().at(fact.told_at)
    for row in _on(str(fact.own()["calendar"]), lock=lock, most=most):
        old, version = row.due_at, row.calendar_version
        retime(row, calendar_of(row, known))
        yield row, old, version


def on_calendar(code: str) -> ObligationQuerySet:
    """The live obligations whose clock runs on this calendar, or on one that inherits from it."""
    codes = calendars_below(code)
    found = Obligation.objects.live().filter(calendar__in=codes, paused_at=None)
    return found.exclude(within="")


def _on(code: str, *, lock: bool, most: int | None) -> Iterator[Obligation]:
    found = on_calendar(code)
    order = "pk" if most is None else "due_at"
    ids = list(found.order_by(order).values_list("pk", flat=True)[:most])
    for first in range(0, len(ids), CHUNK):
        # locked: a step of a ladder or a pause waits until the new times are written
        rows = found.filter(pk__in=ids[first : first + CHUNK])
        if lock:
            yield from rows.locked("pauses")
        else:
            yield from rows.select_related("customer", "assignee").prefetch_related("pauses")


def calendars_below(code: str) -> set[str]:
    """A calendar and those that inherit from it."""
    codes = {code}
    rows = list(WorkCalendar.objects.exclude(parent=None).values_list("code", "parent__code"))
    while more := {child for child, parent in rows if parent in codes and child not in codes}:
        codes |= more
    return codes


def _tell(moved: dict[int, int], fact: Fact, now: datetime) -> None:
    at = moment_word(fact.at)
    for person in User.objects.filter(pk__in=moved):
        count = moved[person.pk]
        tell(
            to=person, kind="obligation.due_moved",
            title={
                "zh": "工作日历更正，您的期限有变动",
                "en": "The working calendar was corrected: your deadlines moved",
            },
            text={
                "zh": f"{count} 条期限已重新计算，原期限都有记录。更正时间 {at}。",
                "en": f"{count} deadlines were computed again; the old ones are kept. At {at}.",
            },
            url=reverse("obligations:todo"), now=now, key=f"due-moved:{fact.uid}",
        )  # fmt: skip
