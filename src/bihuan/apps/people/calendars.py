"""Working calendars as the pack language asks for them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bihuan.apps.people.enums import LAYER_ORDER, Layer
from bihuan.apps.people.models import CalendarVersion, WorkCalendar
from bihuan.base import sql
from bihuan.base.seldom import seldom
from bihuan.lib.workcal import Calendar, NoWorkingTime, is_working, next_working_moment

COMPANY = "cn"
ALWAYS = "24x7"
NARROWER = [
    (each.value, f"{each.value.lower()}_id", each.value.lower()) for each in LAYER_ORDER[1:]
]
"""Layers below the company's, and the names under which the values of a duty say which one."""


class Calendars:
    """All calendars of the company at one version each; `for_` gives the most specific one.

    `cn` (the company's) is narrowed by the region, team and customer of the duty where these
    have a layer of their own; a named calendar is taken as it is.
    """

    def __init__(self, rows: Mapping[str, Calendar], layers: Mapping[tuple[str, str], str]) -> None:
        self._rows = rows
        self._layers = layers

    def for_(self, name: str, values: Mapping[str, Any]) -> Calendar:
        """The calendar of this name for a subject with these values. Raises KeyError."""
        if name == ALWAYS:
            return ALWAYS_OPEN
        if name != COMPANY:
            return self._rows[name]
        found = self._rows[COMPANY]
        for layer, name_of_id, name_of_code in NARROWER:
            ref = str(values.get(name_of_id) or values.get(name_of_code) or "")
            code = self._layers.get((layer, ref)) if ref else None
            if code is not None:
                found = self._rows[code]
        return found

    def names(self) -> list[str]:
        return [ALWAYS, *self._rows]


ALWAYS_OPEN = Calendar.always()


@seldom("people_workcalendar")
def calendars() -> Calendars:
    """The calendars as they are now."""
    rows = WorkCalendar.objects.select_related("parent").order_by("id")
    return _together([(row, row.data, row.version) for row in rows])


def _together(rows: Iterable[tuple[WorkCalendar, dict[str, Any], int]]) -> Calendars:
    """Calendars of a content and a version each, every one over its parent."""
    waiting = list(rows)
    built: dict[str, Calendar] = {}
    layers = {
        (row.layer, row.ref): row.code
        for row, _, _ in waiting
        if row.layer != Layer.COMPANY and row.ref
    }
    while waiting:
        ready = [each for each in waiting if each[0].parent is None or each[0].parent.code in built]
        if not ready:
            raise ValueError("working calendars inherit from each other in a circle")
        for row, data, version in ready:
            built[row.code] = build(data, row.parent.code if row.parent else None, built, version)
        waiting = [each for each in waiting if each[0].code not in built]
    return Calendars(built, layers)


def opens_at(name: str, values: Mapping[str, Any], now: datetime) -> datetime | None:
    """When a desk with the working hours of this calendar (narrowed by the values) opens next; None
    while it is open, or the company has no calendar. A name that is not there counts as the
    company's own: a desk is not open round the clock by a slip.
    """
    if name == ALWAYS:
        return None
    try:
        known = calendars()
        calendar = known.for_(name if name in known.names() else COMPANY, values)
        return None if is_working(calendar, now) else next_working_moment(calendar, now)
    except (KeyError, NoWorkingTime):
        return None


HISTORY = "SELECT calendar_id, at, id FROM people_calendarversion ORDER BY calendar_id, version"


class History:
    """The calendars as they were: what is computed again later gives what it gave then."""

    def __init__(self) -> None:
        self._versions: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        for calendar, at, pk in sql.rows(HISTORY):
            self._versions[calendar].append((at, pk))
        self._changes = sorted({at for rows in self._versions.values() for at, _ in rows})
        self._known: dict[int, Calendars] = {}

    def at(self, moment: datetime) -> Calendars:
        """Each calendar in its version of an instant; before there was any, the first."""
        if not self._changes:
            return calendars()
        place = max(0, bisect_right(self._changes, moment) - 1)
        if place not in self._known:
            self._known[place] = self._since(self._changes[place])
        return self._known[place]

    def _since(self, when: datetime) -> Calendars:
        chosen = [
            max(pk for at, pk in rows if at <= when)
            for rows in self._versions.values()
            if rows[0][0] <= when
        ]
        return _as_they_were(tuple(chosen))


@lru_cache(maxsize=32)
def _as_they_were(versions: tuple[int, ...]) -> Calendars:
    rows = CalendarVersion.objects.select_related("calendar__parent").order_by("calendar_id")
    return _together(
        [(row.calendar, row.data, row.version) for row in rows.filter(pk__in=versions)]
    )


def build(
    data: Mapping[str, Any], parent: str | None, known: Mapping[str, Calendar], version: int
) -> Calendar:
    """A stored calendar with its parent; the version that answers quote is the row's."""
    return Calendar.from_data({**data, "parent": parent, "version": str(version)}, known)


def as_of(code: str, version: int) -> Calendar:
    """A calendar as it was in a version (its parents as they are now). Raises DoesNotExist."""
    row = CalendarVersion.objects.select_related("calendar__parent").get(
        calendar__code=code, version=version
    )
    parent = row.calendar.parent
    known = {parent.code: calendars().for_(parent.code, {})} if parent else {}
    return build(row.data, parent.code if parent else None, known, version)
