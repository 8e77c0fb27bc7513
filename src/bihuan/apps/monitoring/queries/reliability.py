"""Was the first cause of an alarm as often right as it was said to be?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.opinion import knowledge
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.learning import fault_of, standing
from bihuan.apps.monitoring.models import Lesson
from bihuan.apps.monitoring.queries.alarms import seen
from bihuan.apps.monitoring.queries.lessons import title
from bihuan.base.access.models import User
from bihuan.base.texts import in_language
from bihuan.lib.diagnosis import Said, brier, calibration_error, reliability
from bihuan.lib.diagnosis.calibration import EDGES

MOST = 5000


@dataclass(frozen=True)
class Stated:
    """One fault: the alarm whose first opinion counts, and what was said in it."""

    lesson: Lesson
    said: Said


def stated(person: User, now: datetime, template: str = "") -> list[Stated]:
    """Faults whose cause somebody said, of alarms that a person sees; of several alarms of one ticket
    the first opinion counts. Alarms without an opinion are left out.
    """
    since = now - timedelta(days=figures.number("reliability_days", now))
    rows = standing().filter(alarm__in=seen(person).values("pk"), alarm__raised_at__gte=since)
    if template:
        rows = rows.filter(template=template)
    faults: dict[tuple[str, str], Lesson] = {}
    for row in rows.select_related("alarm").order_by("-alarm__raised_at", "-alarm_id")[:MOST]:
        if row.named and row.alarm.diagnosis.get("causes"):
            faults[row.template, fault_of(row)] = row  # the earliest stays
    return [
        Stated(row, Said(_first(row), row.named == row.cause)) for row in reversed(faults.values())
    ]


def table(person: User, now: datetime, template: str = "") -> dict[str, Any]:
    """A row for each range of stated probability; where there are too few to tell, it says so."""
    least = int(figures.number("reliability_least", now))
    said = [each.said for each in stated(person, now, template)]
    bins = reliability(said)
    return {
        "rows": [
            {
                "number": number, "bin": row, "from": round(100 * row.low), "to": round(100 * row.high), "few": row.count < least,
                "share": round(100 * row.share) if row.count else None, "stated": round(100 * row.stated) if row.count else None,
                "low": round(100 * row.interval[0]), "high": round(100 * row.interval[1]),
                "off": not row.interval[0] <= row.stated <= row.interval[1],
            }
            for number, row in enumerate(bins)
        ],
        "count": len(said), "right": sum(each.right for each in said), "few": len(said) < least, "least": least,
        "error": round(100 * calibration_error(bins)) if said else None, "brier": f"{brier(said):.2f}",
        "days": f"{figures.number('reliability_days', now):g}",
    }  # fmt: skip


def behind(person: User, now: datetime, template: str, number: int) -> list[dict[str, Any]]:
    """The alarms of one row of the table, the newest first."""
    low, high = EDGES[number], EDGES[number + 1]
    found = []
    for each in reversed(stated(person, now, template)):
        chance = each.said.probability
        if not (low <= chance < high or (high == EDGES[-1] and chance == high)):
            continue
        row, known = each.lesson, knowledge(each.lesson.template)
        found.append({
            "row": row.alarm, "title": in_language(row.alarm.title), "percent": round(100 * chance), "right": each.said.right,
            "named": title(known, row.named) if known else row.named, "cause": title(known, row.cause) if known else row.cause,
        })  # fmt: skip
    return found


def kinds(person: User) -> list[tuple[str, str]]:
    """The templates of which a cause was said, with their titles."""
    codes = (
        standing().filter(alarm__in=seen(person).values("pk")).values_list("template", flat=True)
    )
    known = templates()
    return [
        (code, in_language(known[code].title) if code in known else code)
        for code in sorted(set(codes.order_by().distinct()))
    ]


def _first(row: Lesson) -> float:
    causes = row.alarm.diagnosis["causes"]
    own = next((each for each in causes if each["code"] == row.named), causes[0])
    return float(own.get("probability") or 0)
