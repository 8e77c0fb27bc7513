"""The first opinion on an alarm: from its values, what else stands, how it came about."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection

from bihuan.apps.assets.models import Stay
from bihuan.apps.monitoring import catalogue
from bihuan.apps.monitoring.learning import taught_by
from bihuan.apps.monitoring.models import Alarm, Baseline
from bihuan.lib.diagnosis import (
    NEVER,
    Diagnosis,
    Evidence,
    Knowledge,
    Ordinary,
    Seen,
    State,
    departures,
    diagnose,
    for_customer,
    for_engineer,
    read,
    symptoms,
)
from bihuan.lib.diagnosis.knowledge import Change, Event
from bihuan.lib.workcal.words import Words

log = logging.getLogger(__name__)
FOLDER = Path(__file__).resolve().parent.parent / "data" / "causes"
LEAST = 0.03
TOLD = 4
REASONS = 4
_AROUND = timedelta(hours=12)
"""A value of some days ago is that of a day's hours around, for a machine stands still in many."""
_BEFORE = """
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY summary[layout.place][2]) FROM monitoring_block AS block
    JOIN (SELECT id, array_position(points, %s) AS place FROM monitoring_layout) AS layout ON layout.id = block.layout_id
    WHERE device_id = %s AND hour BETWEEN %s AND %s AND summary[layout.place][2] IS NOT NULL
"""


@cache
def knowledge(template: str) -> Knowledge | None:
    """What is known of the faults of a template's machines; None where nobody has written it."""
    path = FOLDER / f"{template}.yaml"
    if not path.exists():
        return None
    of = catalogue.as_shipped()[template]
    return read(
        path.name, path.read_text("utf-8"), list(of.places), [rule.code for rule in of.rules]
    )


def opinion(
    alarm: Alarm, template: str, values: Mapping[str, float | None], now: datetime
) -> dict[str, Any]:
    """As `Alarm.diagnosis` keeps it; empty where nothing is known of this kind of machine. An alarm
    comes first: whatever goes wrong here costs the opinion, not the alarm.
    """
    try:
        file = knowledge(template)
        if file is None:
            return {}
        known, learned = taught_by(file, now)
        found = diagnose(known, symptoms(known, _seen(alarm, known, values, now)))
        return told(found) | {"shown": dict(found.shown), "learned": learned}
    except DatabaseError:
        raise
    except Exception:
        log.exception("no first opinion on an alarm by rule %s", alarm.rule)
        return {}


def told(found: Diagnosis) -> dict[str, Any]:
    causes: list[dict[str, Any]] = []
    for ranked in found.ranked[:TOLD]:
        if ranked.probability < LEAST and causes:
            break
        cause = found.knowledge.cause[ranked.cause]
        causes.append(
            {
                "code": cause.code, "title": _both(cause.title), "probability": round(ranked.probability, 3),
                "for": _reasons(found, ranked.speaks_for), "against": _reasons(found, ranked.speaks_against),
                "check": _both(cause.first), "parts": list(cause.parts),
            }
        )  # fmt: skip
    return {
        "causes": causes, "unknown": found.leading is None, "other": round(found.other, 3),
        "next": [{"title": _both(found.knowledge.symptom[each.symptom].title), "check": _both(found.knowledge.symptom[each.symptom].check)} for each in found.checks],
        "engineer": {language: "\n".join(for_engineer(found, language)) for language in ("zh", "en")},
        "customer": {language: for_customer(found, language) for language in ("zh", "en")},
    }  # fmt: skip


def _reasons(found: Diagnosis, evidence: Iterable[Evidence]) -> list[dict[str, str]]:
    """The strongest signs in words; one that is not there says so."""
    said = []
    for each in list(evidence)[:REASONS]:
        title = _both(found.knowledge.symptom[each.symptom].title)
        said.append(
            title if each.there else {"zh": f"没有“{title['zh']}”", "en": f"no “{title['en']}”"}
        )
    return said


def _both(words: Words) -> dict[str, str]:
    return words.to_data()


def _seen(
    alarm: Alarm, known: Knowledge, values: Mapping[str, float | None], now: datetime
) -> Seen:
    here = {code: value for code, value in values.items() if value is not None}
    changes: dict[tuple[str, float], float] = {}
    events: set[str] = set()
    for symptom in known.symptoms:
        for sign in symptom.signs:
            if (
                isinstance(sign, Change)
                and (sign.point, sign.hours) not in changes
                and sign.point in here
            ):
                before = _before(alarm, sign.point, now - timedelta(hours=sign.hours))
                if before is not None:
                    changes[sign.point, sign.hours] = here[sign.point] - before
            elif isinstance(sign, Event):
                events.add(sign.code)
    standing = Alarm.objects.filter(asset=alarm.asset_id, cleared_at=None).values_list(
        "rule", flat=True
    )
    days = {"MOVED": _days_since_move(alarm, now)} if "MOVED" in events else {}
    drifts = drifts_of(alarm.asset_id, here)
    if alarm.evidence:  # found early: what a fault does not show yet does not speak against it
        return Seen(drifts={code: said for code, said in drifts.items() if said}, days=days)
    return Seen(
        points=here, changes=changes, drifts=drifts, alarms={alarm.rule, *standing}, days=days
    )  # fmt: skip


def drifts_of(asset: int, here: Mapping[str, float]) -> dict[str, int]:
    """Each point that is watched against the machine's own life: 1 above it, -1 below, 0 within. One
    whose mean of days has not moved while its value now lies outside says nothing yet.
    """
    found: dict[str, int] = {}
    row = Baseline.objects.filter(asset=asset).values_list("learned", "state").first()
    for code, learned in (row[0] if row else {}).items():
        known, state = Ordinary.from_data(learned), State.from_data(row[1][code] if row else ())
        lines = dict(zip((each.name for each in known.baseline.channels), state.lines, strict=True))
        for each in departures(known, state):
            if lines[each.name].alarm:
                found[each.name] = 1 if each.ratio > 0 else -1
            elif known.explained is None and each.name in here:
                wide = abs(each.limit - each.level)
                if abs(here[each.name] - each.level) <= wide:
                    found.setdefault(each.name, 0)
    return found


def _before(alarm: Alarm, point: str, at: datetime) -> float | None:
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [point, alarm.device_id, at - _AROUND, at + _AROUND])
        found = cursor.fetchone()[0]
    return None if found is None else float(found)


def _days_since_move(alarm: Alarm, now: datetime) -> float:
    stays = list(
        Stay.objects.filter(asset=alarm.asset_id)
        .order_by("-from_at")
        .values_list("from_at", flat=True)[:2]
    )
    return (now - stays[0]).total_seconds() / 86400 if len(stays) > 1 else NEVER
