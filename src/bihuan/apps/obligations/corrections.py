"""When working time is corrected, open deadlines are computed again: never silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bihuan.apps.obligations.acts import retime
from bihuan.apps.obligations.enums import Change, State
from bihuan.apps.obligations.models import DueChange, Obligation
from bihuan.apps.obligations.querysets import ObligationQuerySet
from bihuan.apps.obligations.timing import calendar_of, iso
from bihuan.apps.obligations.words import moment_word
from bihuan.apps.people.calendars import History
from bihuan.apps.people.models import WorkCalendar
from bihuan.base.access.models import User
from bihuan.base.facts.models import Fact
from bihuan.base.notify.actions import tell
from bihuan.lib.policy.cadence import opens_again, place_of, planned_again
from bihuan.lib.workcal import Calendar

CHUNK = 2000
RETIMED = (
    "due_at", "internal_due_at", "provisional", "calendar_version", "ladder", "next_step_at",
    "anchor_at", "opens_at", "planned_at", "state",
)  # fmt: skip


@dataclass(frozen=True)
class Before:
    """How an obligation stood before its calendar was corrected."""

    due: datetime | None
    opens: datetime | None
    planned: datetime | None
    version: str

    def moved(self, row: Obligation) -> bool:
        """Whether its due time, or the time in which it is to be done, is another one now."""
        return (self.due, self.opens, self.planned) != (row.due_at, row.opens_at, row.planned_at)


def recompute(fact: Fact, *, now: datetime) -> int:
    """Compute the live obligations on a corrected calendar (and those that inherit from it)
    again; keep old and new, tell the owners. Returns how many moved.
    """
    moved: dict[int, int] = {}
    count = 0
    for row, old in retimed(fact, now=now):
        if not old.moved(row) and row.calendar_version == old.version:
            continue
        row.save(update_fields=RETIMED)
        if not old.moved(row):
            continue
        count += 1
        detail = {"calendar": row.calendar, "from": old.version, "to": row.calendar_version}
        if old.opens != row.opens_at:
            detail |= {"opened": str(iso(old.opens)), "opens": str(iso(row.opens_at))}
        DueChange.objects.get_or_create(
            obligation=row, fact=fact, why=Change.CALENDAR,
            defaults={"old": old.due, "new": row.due_at, "at": now, "detail": detail},
        )  # fmt: skip
        if row.assignee_id is not None:
            moved[row.assignee_id] = moved.get(row.assignee_id, 0) + 1
    _tell(moved, fact, now)
    return count


def retimed(
    fact: Fact, *, now: datetime, lock: bool = True, most: int | None = None
) -> Iterator[tuple[Obligation, Before]]:
    """The live obligations on a corrected calendar with their new times, not saved; beside each
    how it was. With `most`, the first that fall due.
    """
    known = History().at(fact.told_at)
    moved: dict[Cadence, tuple[datetime | None, datetime | None]] = {}
    for row in _on(str(fact.own()["calendar"]), lock=lock, most=most):
        old = Before(row.due_at, row.opens_at, row.planned_at, row.calendar_version)
        calendar = calendar_of(row, known)
        if row.window_from is not None:
            _prepare_again(row, moved)
        retime(row, calendar)
        if row.window_from is not None:
            moved[_cadence(row)] = old.due, row.due_at
            _window_again(row, calendar, now)
        yield row, old


Cadence = tuple[str, str, int, str]


def _cadence(row: Obligation, rule: str = "") -> Cadence:
    return rule or row.rule, row.subject_type, row.subject_id, row.occasion


def _prepare_again(
    row: Obligation, moved: Mapping[Cadence, tuple[datetime | None, datetime | None]]
) -> None:
    """A preparation counts back from the limit of what it prepares: it moves with it."""
    rule = row.pack.rules.get(row.rule)
    was, is_now = moved.get(_cadence(row, rule.prepares), (None, None)) if rule else (None, None)
    if was is not None and is_now is not None and row.anchor_at == was:
        row.anchor_at = is_now


def _window_again(row: Obligation, calendar: Calendar, now: datetime) -> None:
    """The time in which a duty that comes round is to be done: its beginning and its plan."""
    rule = row.pack.rules.get(row.rule)
    if rule is None or row.window_from is None:
        return
    begun = max(row.window_from, row.cause_at)
    if rule.prepares:
        opens = min(begun, row.due_at) if row.due_at is not None else None
    else:
        placed = rule.opens is not None and place_of(row.cause.own(), rule.id) is not None
        opens = None if placed else opens_again(rule, calendar, begun)
    if row.planned_at is not None and row.opens_at is not None and not rule.prepares:
        row.planned_at = planned_again(calendar, row.opens_at, row.due_at)
    if opens is not None and opens != row.opens_at:
        row.opens_at = opens
        row.state = State.SCHEDULED if opens > now else State.OPEN


def on_calendar(code: str) -> ObligationQuerySet:
    """The live obligations whose clock runs on this calendar, or on one that inherits from it."""
    codes = calendars_below(code)
    found = Obligation.objects.live().filter(calendar__in=codes, paused_at=None)
    return found.exclude(within="")


def _on(code: str, *, lock: bool, most: int | None) -> Iterator[Obligation]:
    found = on_calendar(code)
    order = "pk" if most is None else "due_at"
    ids = list(found.order_by(order, "pk").values_list("pk", flat=True)[:most])
    ids.sort()  # what is prepared arose before its preparation
    for first in range(0, len(ids), CHUNK):
        # locked: a step of a ladder or a pause waits until the new times are written
        rows = found.filter(pk__in=ids[first : first + CHUNK])
        if lock:
            yield from rows.locked("pauses")
        else:
            named = rows.select_related("customer", "assignee").prefetch_related("pauses")
            yield from named.order_by("pk")


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
