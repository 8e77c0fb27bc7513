"""The first opinion on an alarm: from its values, what else stands, how it came about."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count, Max

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
    SELECT device_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY summary[layout.place][2]) FROM monitoring_block AS block
    JOIN (SELECT id, array_position(points, %s) AS place FROM monitoring_layout) AS layout ON layout.id = block.layout_id
    WHERE device_id = ANY(%s) AND hour BETWEEN %s AND %s AND summary[layout.place][2] IS NOT NULL GROUP BY device_id
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


def read_all() -> None:
    """Before the first alarm, which need not wait for the reading of a file."""
    for template in catalogue.as_shipped():
        knowledge(template)


def opinion(
    alarm: Alarm, template: str, values: Mapping[str, float | None], now: datetime
) -> dict[str, Any]:
    """As `opinions`, of one."""
    return opinions([alarm], template, [values], now)[0]


def opinions(
    alarms: Sequence[Alarm], template: str, values: Sequence[Mapping[str, float | None]], now: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """As `Alarm.diagnosis` keeps them, of alarms of machines of one template with their values (a
    number of queries that does not depend on how many they are); empty where nothing is known of
    this kind of machine. An alarm comes first: whatever goes wrong here costs the opinion, not it.
    """
    try:
        file = knowledge(template)
        if file is None or not alarms:
            return [{} for _ in alarms]
        known, learned = taught_by(file, now)
        around = _Around(alarms, known, values, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("no first opinion on %d alarms", len(alarms))
        return [{} for _ in alarms]
    found = []
    alike: dict[tuple[tuple[str, bool], ...], dict[str, Any]] = {}
    for alarm, here in zip(alarms, values, strict=True):
        try:
            shown = symptoms(known, around.seen(alarm, here))
            key = tuple(shown.items())
            if (
                key not in alike
            ):  # what strikes many machines at once shows the same on most of them
                said = diagnose(known, shown)
                alike[key] = told(said) | {"shown": dict(said.shown), "learned": learned}
            found.append(alike[key])
        except Exception:
            log.exception("no first opinion on an alarm by rule %s", alarm.rule)
            found.append({})
    return found


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


class _Around:
    """What is asked of the machines of some alarms: what else stands, their values of days before,
    their own lives, their moves.
    """

    def __init__(
        self, alarms: Sequence[Alarm], known: Knowledge, values: Sequence[Mapping[str, float | None]], now: datetime
    ) -> None:  # fmt: skip
        signs = [sign for symptom in known.symptoms for sign in symptom.signs]
        assets = {alarm.asset_id for alarm in alarms}
        given = {code for here in values for code, value in here.items() if value is not None}
        self._changes = sorted(
            {(sign.point, sign.hours) for sign in signs if isinstance(sign, Change)}
        )
        devices = {alarm.device_id for alarm in alarms if alarm.device_id is not None}
        self._before = {
            (point, hours): _before(devices, point, now - timedelta(hours=hours))
            for point, hours in self._changes if point in given
        }  # fmt: skip
        self._standing: dict[int, set[str]] = {}
        rows = Alarm.objects.filter(asset__in=assets, cleared_at=None)
        for asset, rule in rows.values_list("asset", "rule"):
            self._standing.setdefault(asset, set()).add(rule)
        self._lives = {
            asset: (learned, state)
            for asset, learned, state in Baseline.objects.filter(asset__in=assets).values_list("asset", "learned", "state")
        }  # fmt: skip
        moved = any(isinstance(sign, Event) and sign.code == "MOVED" for sign in signs)
        self._moves = _days_since_moves(assets, now) if moved else None

    def seen(self, alarm: Alarm, values: Mapping[str, float | None]) -> Seen:
        here = {code: value for code, value in values.items() if value is not None}
        drifts = drifts_in(*self._lives.get(alarm.asset_id, ({}, {})), here)
        days = {} if self._moves is None else {"MOVED": self._moves.get(alarm.asset_id, NEVER)}
        if alarm.evidence:  # found early: what a fault does not show yet does not speak against it
            return Seen(drifts={code: said for code, said in drifts.items() if said}, days=days)
        changes = {}
        for point, hours in self._changes:
            before = self._before.get((point, hours), {}).get(alarm.device_id or 0)
            if before is not None and point in here:
                changes[point, hours] = here[point] - before
        rules = {alarm.rule} | self._standing.get(alarm.asset_id, set())
        return Seen(points=here, changes=changes, drifts=drifts, alarms=rules, days=days)


def drifts_of(asset: int, here: Mapping[str, float]) -> dict[str, int]:
    """As `drifts_in`, of a machine as it is."""
    row = Baseline.objects.filter(asset=asset).values_list("learned", "state").first()
    return drifts_in(*(row or ({}, {})), here)


def drifts_in(
    learned: Mapping[str, Any], states: Mapping[str, Any], here: Mapping[str, float]
) -> dict[str, int]:
    """Each point that is watched against the machine's own life: 1 above it, -1 below, 0 within. One
    whose mean of days has not moved while its value now lies outside says nothing yet.
    """
    found: dict[str, int] = {}
    for code, told_of in learned.items():
        known, state = Ordinary.from_data(told_of), State.from_data(states[code])
        lines = dict(zip((each.name for each in known.baseline.channels), state.lines, strict=True))
        for each in departures(known, state):
            if lines[each.name].alarm:
                found[each.name] = 1 if each.ratio > 0 else -1
            elif known.explained is None and each.name in here:
                wide = abs(each.limit - each.level)
                if abs(here[each.name] - each.level) <= wide:
                    found.setdefault(each.name, 0)
    return found


def _before(devices: Iterable[int], point: str, at: datetime) -> dict[int, float]:
    with connection.cursor() as cursor:
        cursor.execute(_BEFORE, [point, list(devices), at - _AROUND, at + _AROUND])
        return {device: float(value) for device, value in cursor.fetchall() if value is not None}


def _days_since_moves(assets: Iterable[int], now: datetime) -> dict[int, float]:
    """Of those that have moved: where it has stood from its first day on is no move."""
    rows = Stay.objects.filter(asset__in=assets).values("asset")
    found = rows.annotate(last=Max("from_at"), stays=Count("pk")).filter(stays__gt=1)
    return {each["asset"]: (now - each["last"]).total_seconds() / 86400 for each in found}
