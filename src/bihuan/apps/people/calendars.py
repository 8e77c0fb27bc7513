"""Working calendars as the pack language asks for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from bihuan.apps.people.enums import LAYER_ORDER, Layer
from bihuan.apps.people.models import CalendarVersion, WorkCalendar
from bihuan.lib.workcal import Calendar

COMPANY = "cn"
ALWAYS = "24x7"


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
        for layer in LAYER_ORDER[1:]:
            ref = str(
                values.get(f"{layer.value.lower()}_id") or values.get(layer.value.lower()) or ""
            )
            code = self._layers.get((layer.value, ref)) if ref else None
            if code is not None:
                found = self._rows[code]
        return found

    def names(self) -> list[str]:
        return [ALWAYS, *self._rows]


ALWAYS_OPEN = Calendar.always()


def calendars() -> Calendars:
    """The calendars as they are now (one query; built once per version)."""
    rows = WorkCalendar.objects.order_by("id").values_list("pk", "version", "changed_at")
    return _built(tuple(rows))


@lru_cache(maxsize=8)
def _built(_versions: tuple[tuple[int, int, datetime], ...]) -> Calendars:
    rows = list(WorkCalendar.objects.select_related("parent").order_by("id"))
    built: dict[str, Calendar] = {}
    waiting = list(rows)
    while waiting:
        ready = [row for row in waiting if row.parent is None or row.parent.code in built]
        if not ready:
            raise ValueError("working calendars inherit from each other in a circle")
        for row in ready:
            built[row.code] = build(
                row.data, row.parent.code if row.parent else None, built, row.version
            )
        waiting = [row for row in waiting if row.code not in built]
    layers = {
        (row.layer, row.ref): row.code for row in rows if row.layer != Layer.COMPANY and row.ref
    }
    return Calendars(built, layers)


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
