"""Calendars as JSON-ready data.

    name: suzhou            zone: Asia/Shanghai      parent: china (a name, or a whole calendar)
    weekly: {mon-fri: "08:30-12:00,13:30-17:30", sat: "09:00-12:00"}
            or "24x7", or a list of such mappings for alternating weeks with week_one: 2026-01-05
    exceptions: [{day: 2026-08-03, change: "off", name: {zh: 高温假, en: Heat leave}}]
    provisional_from, known_from: dates          version: text          title: {zh, en}

A shift past midnight (22:00-06:00) is split: its rest belongs to the next day, marked as spill.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bihuan.lib.workcal.calendar import Calendar, Change, DayException, Status, Weekly
from bihuan.lib.workcal.errors import BadCalendar, BadSlot
from bihuan.lib.workcal.slots import WHOLE_DAY, Slot, Slots, check_slots, read_slots, union
from bihuan.lib.workcal.words import words_from

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FIELDS = {
    "name", "zone", "weekly", "exceptions", "parent", "version",
    "provisional_from", "known_from", "week_one", "title",
}  # fmt: skip
_EXCEPTION_FIELDS = {"day", "change", "slots", "name", "source", "status"}


def calendar_from(data: Mapping[str, Any], parents: Mapping[str, Calendar]) -> Calendar:
    """Read a calendar; raises ``BadCalendar`` or ``BadSlot`` saying where it goes wrong."""
    if not str(data.get("name") or "").strip():
        raise BadCalendar("日历要有名称（name）", "a calendar needs a name")
    _refuse_unknown(data, _FIELDS, f"日历“{data['name']}”", f'calendar "{data["name"]}"')
    exceptions: dict[date, DayException] = {}
    for row in data.get("exceptions") or []:
        exception = exception_from(row)
        if exception.day in exceptions:
            raise BadCalendar(f"{exception.day} 登记了两次", f"{exception.day} is listed twice")
        exceptions[exception.day] = exception
    weekly = data.get("weekly")
    return Calendar(
        name=str(data["name"]).strip(),
        zone=str(data.get("zone") or ""),
        weekly=None if weekly is None else weekly_from(weekly),
        exceptions=exceptions,
        parent=_parent(data.get("parent"), parents),
        version=str(data.get("version") or ""),
        provisional_from=_day(data.get("provisional_from")),
        known_from=_day(data.get("known_from")),
        week_one=_day(data.get("week_one")),
        title=words_from(data.get("title")),
    )


def calendar_data(calendar: Calendar) -> dict[str, Any]:
    """The data that ``calendar_from`` reads back into an equal calendar."""
    days = sorted(calendar.exceptions.items())
    weekly = calendar.weekly
    return {
        "name": calendar.name,
        "zone": calendar.zone,
        "weekly": None if weekly is None else _weekly_data(weekly),
        "exceptions": [exception_data(exception) for _, exception in days],
        "parent": calendar.parent.to_data() if calendar.parent else None,
        "version": calendar.version,
        "provisional_from": _text(calendar.provisional_from),
        "known_from": _text(calendar.known_from),
        "week_one": _text(calendar.week_one),
        "title": calendar.title.to_data(),
    }


def weekly_from(data: object) -> Weekly:
    """Read weekly hours: ``"24x7"``, one mapping of days to hours, or a list of mappings."""
    if isinstance(data, str):
        if data.strip().lower() in ("24x7", "7x24", "7×24", "24×7"):
            return (WHOLE_DAY,) * 7
        return weekly_from([{"mon-fri": data}])
    weeks = [data] if isinstance(data, Mapping) else data
    if not isinstance(weeks, list | tuple) or not weeks:
        raise _bad_week()
    own: list[Slots] = [()] * (7 * len(weeks))
    rests = list(own)
    for number, week in enumerate(weeks):
        if not isinstance(week, Mapping):
            raise _bad_week()
        _read_week(week, number * 7, own, rests)
    return tuple(union(one, rest) for one, rest in zip(own, rests, strict=True))


def _bad_week() -> BadCalendar:
    return BadCalendar(
        '每周上班时间请写成 {mon-fri: "08:30-12:00,13:30-17:30"} 或 24x7',
        'write weekly hours as {mon-fri: "08:30-12:00,13:30-17:30"} or 24x7',
    )


def _read_week(week: Mapping[Any, Any], at: int, own: list[Slots], rests: list[Slots]) -> None:
    for key, hours in week.items():
        for index in _day_range(str(key)):
            if own[at + index]:
                raise BadCalendar(
                    f"每周上班时间里 {_DAYS[index]} 写了两次",
                    f"weekly hours name {_DAYS[index]} twice",
                )
            own[at + index], rest = _marked(hours)
            rests[(at + index + 1) % len(own)] = rest


def _marked(hours: object) -> tuple[Slots, Slots]:
    """Hours in which a leading ``+`` marks a stored rest of the day before."""
    texts = [hours] if isinstance(hours, str) else hours
    if not isinstance(texts, list | tuple):
        return read_slots(hours)
    spills = [t[1:] for t in texts if isinstance(t, str) and t.startswith("+")]
    own, rest = read_slots([t for t in texts if not (isinstance(t, str) and t.startswith("+"))])
    kept = tuple(Slot(s.start, s.end, spill=True) for s in read_slots(spills)[0])
    return check_slots((*own, *kept)), rest


def _day_range(key: str) -> list[int]:
    first, _, last = key.strip().lower().partition("-")
    if first in _DAYS and (not last or last in _DAYS):
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        if start <= end:
            return list(range(start, end + 1))
    raise BadCalendar(
        f"“{key}”不是星期；请写成 mon、tue … sun 或 mon-fri",
        f'"{key}" is not a weekday; write mon, tue ... sun or mon-fri',
    )


def _weekly_data(weekly: Weekly) -> list[dict[str, list[str]]]:
    weeks = [weekly[at : at + 7] for at in range(0, len(weekly), 7)]
    return [
        {day: _slot_texts(slots) for day, slots in zip(_DAYS, week, strict=True) if slots}
        for week in weeks
    ]


def _slot_texts(slots: Slots) -> list[str]:
    return ["+" * slot.spill + slot.text for slot in slots]


def exception_from(row: object) -> DayException:
    """Read one dated exception."""
    if not isinstance(row, Mapping):
        raise BadCalendar(
            f"“{row}”不是日历例外；请写成 {{day: 2026-08-03, change: off}}",
            f'"{row}" is not an exception; write {{day: 2026-08-03, change: off}}',
        )
    _refuse_unknown(row, _EXCEPTION_FIELDS, "日历例外", "the exception")
    day = _day(row.get("day"))
    if day is None:
        raise BadCalendar("日历例外要有日期（day）", "an exception needs its day")
    raw = row.get("change", "off")
    try:
        # YAML 1.1 readers turn a bare off into False.
        change = Change.OFF if raw is False else Change(str(raw))
        status = Status(str(row.get("status", Status.OFFICIAL)))
    except ValueError:
        raise BadCalendar(
            f"{day}：change 只能是 off、work、add、remove，status 只能是 official、provisional",
            f"{day}: change is off, work, add or remove, status is official or provisional",
        ) from None
    slots, rest = _marked(row.get("slots"))
    if rest:
        raise BadSlot(
            f"{day}：例外的时间不能跨过零点；次日另写一条 add",
            f"{day}: hours of an exception stay within the day; add the rest to the next day",
        )
    words = words_from(row.get("name")), words_from(row.get("source"))
    return DayException(day, change, slots, *words, status)


def exception_data(exception: DayException) -> dict[str, Any]:
    data: dict[str, Any] = {"day": str(exception.day), "change": str(exception.change)}
    if exception.slots:
        data["slots"] = _slot_texts(exception.slots)
    if any(exception.name):
        data["name"] = exception.name.to_data()
    if any(exception.source):
        data["source"] = exception.source.to_data()
    return {**data, "status": str(exception.status)}


def _parent(data: object, parents: Mapping[str, Calendar]) -> Calendar | None:
    if data is None or data == "":
        return None
    if isinstance(data, Calendar):
        return data
    if isinstance(data, Mapping):
        return calendar_from(data, parents)
    if str(data) not in parents:
        raise BadCalendar(f"没有上级日历“{data}”", f'there is no parent calendar "{data}"')
    return parents[str(data)]


def _refuse_unknown(data: Mapping[Any, Any], known: set[str], zh: str, en: str) -> None:
    strange = sorted(str(key) for key in data if key not in known)
    if strange:
        names = "、".join(strange)
        raise BadCalendar(
            f"{zh}里不认识：{names}；可用 {', '.join(sorted(known))}",
            f"{en} has unknown fields: {', '.join(strange)}; known: {', '.join(sorted(known))}",
        )


def _day(value: object) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BadCalendar(
            f"“{value}”不是日期；请写成 2026-10-01",
            f'"{value}" is not a date; write 2026-10-01',
        ) from None


def _text(value: date | None) -> str | None:
    return None if value is None else str(value)
