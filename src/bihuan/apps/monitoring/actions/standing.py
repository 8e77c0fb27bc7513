"""What the watches share: how long a machine stands beyond a limit, and the event of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.models import Alarm, Baseline, Device, Layout
from bihuan.apps.monitoring.queries.consents import refused
from bihuan.lib.diagnosis import Ordinary, State, departures
from bihuan.lib.machines import Template, Watch
from bihuan.lib.machines.evaluate import CLEARED, RAISED, Event

SHOWN = 4


def stand(memory: dict[str, Any], end: float, *, beyond: bool) -> None:
    """Since when it stands beyond its limit, or is back."""
    memory["since"] = (memory["since"] or end) if beyond else None
    memory["back"] = None if beyond else (memory["back"] or end)


def recent_of(row: Baseline, wide: int) -> list[float | None]:
    """The mean of each point over the last days."""
    found: list[float | None] = []
    for place in range(1, wide + 1):
        known = [each[place] for each in row.recent if each[place] is not None]
        found.append(sum(known) / len(known) if known else None)
    return found


def event_of(
    row: Baseline, each: Watch, memory: Mapping[str, Any], end: float, said: list[dict[str, Any]], template: Template,
    *, off: bool, now: datetime,
) -> list[Event]:  # fmt: skip
    """Raised where it has stood long enough and nothing else tells of the same point; over where it
    has been back long enough, or the watch was switched off.
    """
    standing = Alarm.objects.filter(asset=row.pk, cleared_at=None)
    heard = [alarm for alarm in standing if not alarm.hushed]
    told = {point for alarm in heard for point in (alarm.point, *_beyond(alarm.evidence))}
    if any(alarm.rule == each.code for alarm in standing):
        back = memory["back"]
        if off or (back is not None and end - back >= each.settled):
            return [cleared_event(each.code, end, said[0]["value"] if said else 0.0)]
        return []
    since = memory["since"]
    if off or not said or since is None or end - since < each.lasting:
        return []
    late = figures.number("late_quick_h" if each.quick else "late_watch_h", now)
    if end < (now - timedelta(hours=late)).timestamp() or told.intersection(_beyond(said)):
        return []
    first = said[0]
    state = next((template.states[place].code for place in sorted(each.states)), "")
    return [
        Event(
            0, each.code, RAISED, at=end, since=since, value=first["value"], peak=first["value"], state=state,
            point=template.index(first["point"]), limit=first["limit"], evidence=tuple(said),
        )
    ]  # fmt: skip


def evidence_of(
    known: Ordinary, state: State, raw: Sequence[float | None], template: Template
) -> list[dict[str, Any]]:
    """The points by how far they are from their own life, in their own units; `raw` are their means."""
    found = []
    for each in departures(known, state)[:SHOWN]:
        mean, shift = raw[template.index(each.name)], 0.0
        if known.explained is not None and mean is not None:
            shift = mean - each.mean
        found.append({
            "point": each.name, "value": round(each.mean + shift, 6), "usual": round(each.level + shift, 6),
            "limit": round(each.limit + shift, 6), "ratio": round(each.ratio, 3),
        })  # fmt: skip
    return found


def one_voice(found: Sequence[Event]) -> list[Event]:
    """Of several watches that tell of the same point at the same hour the first."""
    told: set[str] = set()
    kept = []
    for event in found:
        points = set(_beyond(event.evidence))
        if event.what != RAISED or not told & points:
            kept.append(event)
            told |= points
    return kept


def _beyond(said: Iterable[Mapping[str, Any]]) -> list[str]:
    return [each["point"] for each in said if abs(each["ratio"]) >= 1]


def cleared_event(rule: str, at: float, value: float) -> Event:
    return Event(0, rule, CLEARED, at=at, since=at, value=value, peak=value, state="")


def said_by(device: int, event: Event) -> Event:
    return Event(**{**vars(event), "machine": device})


def learned_of(row: Baseline, each: Watch, template: Template) -> dict[str, Any] | None:
    """What was learnt of the points that a watch looks at; None where it looks at others by now."""
    found: dict[str, Any] | None = row.learned.get(each.code)
    names = [template.points[place].code for place in each.points]
    if found is None or [each["name"] for each in found["baseline"]["channels"]] != names:
        return None
    return found


def watched(assets: Iterable[int], now: datetime) -> set[int]:
    """Those that may be judged: with credentials that hold, and a customer who agrees to data."""
    living = Device.objects.filter(asset__in=list(assets), revoked_at=None)
    known = set(living.values_list("asset", flat=True))
    no = refused(known, now)
    return {asset for asset in known if Agreed.DATA not in no.get(asset, ())}


def device_of(asset: int) -> int | None:
    rows = Device.objects.filter(asset=asset).order_by(
        F("revoked_at").desc(nulls_first=True), "-pk"
    )
    return rows.values_list("pk", flat=True).first()


class Machines:
    """What the book of alarms asks: the means of the last days stand for the values now."""

    def __init__(
        self, known: Mapping[int, tuple[int, list[float | None]]], template: Template
    ) -> None:
        self._known, self._template = known, template
        self._layout: int | None = None

    def asset_of(self, device: int) -> int:
        return self._known[device][0]

    def values_of(self, device: int) -> list[float | None]:
        return self._known[device][1]

    def limit_of(self, device: int, rule: str) -> float | None:
        return None

    def layout(self, template: str) -> int:
        if self._layout is None:
            points = [point.code for point in self._template.points]
            row, _made = Layout.objects.get_or_create(template=template, points=points)
            self._layout = row.pk
        return self._layout
