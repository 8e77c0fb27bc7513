"""Random but seeded calendars and questions, and the oracle's answer to each."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bihuan.lib.workcal.tests.oracle import Oracle, Pauses, at_minute, minute_of, months_on

ZONES = [
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
]
HOURS = [
    ["08:30-12:00", "13:30-17:30"],
    ["09:00-18:00"],
    ["00:00-24:00"],
    ["22:00-06:00"],
    ["06:00-14:00", "14:00-22:00", "22:00-06:00"],
    ["08:00-11:45", "12:15-15:00", "15:10-20:05"],
    ["01:30-03:30"],
    ["00:30-02:15", "02:45-09:00"],
]
KEYS = {
    "day": ["day"],
    "week": ["week"],
    "month": ["year", "month"],
    "quarter": ["year", "quarter"],
    "half": ["year", "half"],
    "year": ["year"],
}
FIRST = date(2024, 1, 1)


@dataclass(frozen=True)
class Case:
    """A question in UTC minutes and the oracle's answer (None: held by an open pause)."""

    calendar: int
    start: int
    within: str
    pauses: Pauses
    due: int | None


def _week(rng: random.Random) -> dict[str, list[str]]:
    hours = rng.choice(HOURS)
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    count = rng.choice([5, 5, 5, 6, 7, 1])
    week = dict.fromkeys(days[:count], hours)
    if rng.random() < 0.2:
        week[rng.choice(days)] = ["09:00-12:00"]
    return week


def calendar_data(rng: random.Random, parent: dict[str, Any] | None = None) -> dict[str, Any]:
    """A calendar of the JSON form, without and with a parent."""
    rows: dict[str, dict[str, Any]] = {}
    day = FIRST - timedelta(days=40)
    while day < FIRST + timedelta(days=3000):
        change = rng.choice(["off", "off", "off", "work", "work", "add", "remove"])
        for _ in range(rng.choice([1, 1, 3, 7]) if change == "off" else 1):
            row: dict[str, Any] = {"day": day.isoformat(), "change": change}
            if change in ("add", "remove"):
                row["slots"] = [
                    rng.choice(["07:00-08:45", "05:10-07:00", "11:00-14:00", "17:00-24:00"])
                ]
            elif change == "work" and rng.random() < 0.5:
                row["slots"] = ["10:00-12:00", "12:30-16:00"]
            rows[row["day"]] = row
            day += timedelta(days=1)
        day += timedelta(days=rng.randint(3, 40))
    data: dict[str, Any] = {"name": "case", "exceptions": list(rows.values()), "parent": parent}
    if parent is None or rng.random() < 0.5:
        data["weekly"] = [_week(rng) for _ in range(rng.choice([1, 1, 1, 2]))]
        data["week_one"] = "2023-01-02"
    if parent is None:
        data["zone"] = rng.choice(ZONES)
    return data


def calendars(seed: int, number: int) -> list[dict[str, Any]]:
    """A third of them stand alone, the others inherit once or twice."""
    rng = random.Random(seed)
    found: list[dict[str, Any]] = []
    for at in range(number):
        parent = found[at - 1] if at % 3 else None
        found.append(calendar_data(rng, parent))
    return found


def questions(oracles: list[Oracle], seed: int, number: int, *, days: int = 1500) -> list[Case]:
    """Seeded questions over the first ``days`` days, answered by the oracle."""
    rng = random.Random(seed)
    origin = minute_of(at_minute(0, "UTC").replace(year=2024))
    found: list[Case] = []
    for _ in range(number):
        at = rng.randrange(len(oracles))
        start = origin + rng.randrange(days * 1440)
        kind = rng.choice(list(_KINDS))
        pauses = _pauses(rng, start) if kind in _PAUSED and rng.random() < 0.3 else []
        within, due = _KINDS[kind](rng, oracles[at], start, pauses)
        found.append(Case(at, start, within, pauses, due))
    return found


def _pauses(rng: random.Random, start: int) -> Pauses:
    pauses: Pauses = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        begin = start + rng.randint(-2000, 9000)
        pauses.append((begin, begin + rng.choice([0, 30, 400, 1440, 4000])))
    if rng.random() < 0.1:
        pauses.append((start + rng.randint(0, 9000), None))
    return pauses


def _clock(
    rng: random.Random, oracle: Oracle, start: int, pauses: Pauses
) -> tuple[str, int | None]:
    need = rng.randint(1, 6000)
    return f"{need}min", oracle.clock_due(start, need, pauses)


def _work(rng: random.Random, oracle: Oracle, start: int, pauses: Pauses) -> tuple[str, int | None]:
    need = rng.choice([rng.randint(1, 3000), rng.choice([60, 210, 240, 450, 480, 960])])
    return f"{need}wmin", oracle.work_due(start, need, pauses)


def _time(rng: random.Random) -> tuple[int | None, str]:
    """A time of day, in minutes and behind a limit; mostly none."""
    if rng.random() < 0.6:
        return None, ""
    clock = rng.choice([720, 600, 1080, 135, rng.randint(1, 1439)])
    return clock, f" {clock // 60:02}:{clock % 60:02}"


def _wd(rng: random.Random, oracle: Oracle, start: int, pauses: Pauses) -> tuple[str, int | None]:
    need = rng.randint(1, 15)
    clock, text = _time(rng)
    day = oracle.days_due(start, need, pauses, working=True, clock=clock)
    return f"{need}wd{text}", None if day is None else oracle.ends(day, clock, working=True)


def _days(rng: random.Random, oracle: Oracle, start: int, pauses: Pauses) -> tuple[str, int | None]:
    need, unit = rng.randint(1, 20), rng.choice(["d", "w", "mo"])
    anchor = oracle.day_of(start)
    last = anchor + timedelta(days=need * (7 if unit == "w" else 1))
    if unit == "mo":
        need = rng.randint(1, 3)
        last = months_on(anchor, need)
    clock, behind = _time(rng)
    found: date | None = last
    if pauses:
        found = oracle.days_due(start, (last - anchor).days, pauses, working=False, clock=clock)
    roll = rng.random() < 0.5
    text = f"{need}{unit}{' roll' * roll}{behind}"
    if found is None:
        return text, None
    return text, oracle.ends(oracle.roll(found, 1) if roll else found, clock, working=False)


def _end(rng: random.Random, oracle: Oracle, start: int, pauses: Pauses) -> tuple[str, int | None]:
    period = rng.choice(["day", "week", "month", "quarter"])
    late = rng.random() < 0.3
    clock, behind = (None, " 24:00") if late else _time(rng)
    return f"end of {period}{behind}", oracle.period_end(start, KEYS[period], late, clock)


def _back(rng: random.Random, oracle: Oracle, start: int, pauses: Pauses) -> tuple[str, int | None]:
    unit = rng.choice(["wmin", "wd", "d", "mo"])
    if unit == "wmin":
        need = rng.randint(1, 2000)
        return f"{need}wmin before", oracle.work_before(start, need)
    need = rng.randint(1, 10)
    clock, behind = _time(rng)
    if unit == "wd":
        day = oracle.days_before(start, need)
        return f"{need}wd{behind} before", oracle.ends(day, clock, working=True)
    day = oracle.day_of(start)
    day = months_on(day, -need) if unit == "mo" else day - timedelta(days=need)
    roll = rng.random() < 0.5
    text = f"{need}{unit}{' roll' * roll}{behind} before"
    return text, oracle.ends(oracle.roll(day, -1) if roll else day, clock, working=False)


_KINDS = {"clock": _clock, "work": _work, "wd": _wd, "days": _days, "end": _end, "back": _back}
_PAUSED = ("clock", "work", "wd", "days")
