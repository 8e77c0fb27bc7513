"""The hours form and the stored calendar, both ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bihuan.base.errors import BadInput
from bihuan.lib.workcal import Calendar


def data_of(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Stored data from what was filled in; official days of the calendar before are kept, and so
    are weeks that take turns where the hours shown were not touched. Raises BadInput naming the
    line.
    """
    week = {
        "mon-fri": values.get("weekdays"),
        "sat": values.get("saturday"),
        "sun": values.get("sunday"),
    }
    hours = {days: text.strip() for days, text in week.items() if text and text.strip()}
    official = [row for row in before.get("exceptions", []) if row.get("source", {}).get("zh")]
    own = [
        _exception(number, line)
        for number, line in enumerate(values["exceptions"].splitlines(), 1)
        if line.strip()
    ]
    taken = {row["day"] for row in own}
    shown = _week(before.get("weekly"))
    same = all((values.get(name) or "").strip() == shown.get(name, "") for name in WEEK)
    return {
        **before,
        "weekly": before.get("weekly") if same else hours or None,
        "exceptions": [row for row in official if row["day"] not in taken] + own,
    }


def _exception(number: int, line: str) -> dict[str, Any]:
    day, _comma, rest = line.partition(",")
    kind, _comma, name = rest.partition(",")
    kind = kind.strip()
    words = {"休": {"change": "off"}, "班": {"change": "work"}}.get(kind)
    if not day.strip() or not kind:
        raise BadInput(
            {"exceptions": _("第 %(n)d 行要写成“日期,休或班或时间段,说明”。") % {"n": number}}
        )
    if words is None:
        words = {"change": "work", "slots": kind.replace("，", ",").replace(" ", ",")}
    return {"day": day.strip(), **words, "name": {"zh": name.strip(), "en": name.strip()}}


def values_of(calendar: Calendar) -> dict[str, str]:
    """What the form shows of a calendar."""
    data = calendar.to_data()
    lines = [
        f"{row['day']},{_kind(row)},{row.get('name', {}).get('zh', '')}"
        for row in data["exceptions"]
        if not row.get("source", {}).get("zh")
    ]
    return {**_week(data.get("weekly")), "exceptions": "\n".join(lines)}


WEEK = {"weekdays": "mon", "saturday": "sat", "sunday": "sun"}


def _week(weekly: object) -> dict[str, str]:
    """The hours of a week as the form has them; of weeks that take turns the first."""
    if isinstance(weekly, list):
        first = weekly[0] if weekly else {}
        return {name: ",".join(first[day]) for name, day in WEEK.items() if first.get(day)}
    if not isinstance(weekly, Mapping):
        return {}
    days = {}
    for key, hours in weekly.items():
        if key in ("mon-fri", "mon", "mon-sun", "mon-sat"):
            days["weekdays"] = str(hours)
        if key in ("sat", "sat-sun", "mon-sat", "mon-sun"):
            days["saturday"] = str(hours)
        if key in ("sun", "sat-sun", "mon-sun"):
            days["sunday"] = str(hours)
    return days


def _kind(row: Mapping[str, Any]) -> str:
    if row["change"] == "off":
        return "休"
    slots = row.get("slots")
    return str(slots).replace(",", " ") if slots else "班"
