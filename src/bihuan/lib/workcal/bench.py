"""A million deadlines, each compared with the slow oracle, and how fast they are.

``run()`` is what ``make bench`` prints. The floor of the speed is a bare ``datetime +
timedelta``: no deadline can cost less.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bihuan.lib.workcal.calendar import Calendar
from bihuan.lib.workcal.china import china
from bihuan.lib.workcal.due import due, elapsed
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.tests.cases import Case, calendars, questions
from bihuan.lib.workcal.tests.oracle import Oracle, at_minute, minute_of

_CHUNK = 20_000
_SPEED = ("3wd", "8wh", "4h", "7d", "1mo", "end of month", "3wd before")


@dataclass
class Compared:
    """What a comparison found."""

    cases: int = 0
    waiting: int = 0
    differences: list[str] = field(default_factory=list)


def compare(*, seed: int, cases: int, pool: int = 30, days: int = 1500) -> Compared:
    """Ask both sides ``cases`` seeded questions about ``pool`` seeded calendars."""
    data = calendars(seed, pool)
    oracles = [Oracle(one) for one in data]
    fast = [Calendar.from_data(one) for one in data]
    found = Compared()
    for case in questions(oracles, seed + 1, cases, days=days):
        found.cases += 1
        found.waiting += case.due is None
        trouble = _trouble(fast[case.calendar], oracles[case.calendar], case, found.cases)
        if trouble:
            found.differences.append(trouble)
    return found


def _trouble(calendar: Calendar, oracle: Oracle, case: Case, number: int) -> str:
    """How the two sides differ on this case; empty when they agree."""
    start = at_minute(case.start, calendar.zone)
    pauses = [
        (at_minute(a, "UTC"), None if b is None else at_minute(b, "UTC")) for a, b in case.pauses
    ]
    answer = due(calendar, start, case.within, pauses)
    got = None if answer.due is None else minute_of(answer.due)
    if got != case.due:
        wanted = None if case.due is None else at_minute(case.due, calendar.zone)
        return f"{calendar.zone} {start} {case.within} {pauses}: {answer.due}, oracle {wanted}"
    if number % 50 == 0 and answer.due is not None and not answer.backward:
        spent = elapsed(calendar, start, answer.due, pauses)
        wanted_minutes = oracle.elapsed(case.start, got or 0, case.pauses)
        if spent != timedelta(minutes=wanted_minutes):
            return f"{calendar.zone} {start} {answer.due} elapsed {spent}, oracle {wanted_minutes}"
    return ""


def run(cases: int = 1_000_000, processes: int = 2) -> dict[str, Any]:
    """Compare ``cases`` deadlines and measure the speed; JSON-ready."""
    began = time.perf_counter()
    chunks = [min(_CHUNK, cases - at) for at in range(0, cases, _CHUNK)]
    with ProcessPoolExecutor(max_workers=processes) as workers:
        found = list(workers.map(_chunk, enumerate(chunks)))
    differences = [text for one in found for text in one.differences]
    return {
        "cases": sum(one.cases for one in found),
        "differences": len(differences),
        "examples": differences[:5],
        "seconds": round(time.perf_counter() - began, 1),
        **speed(),
    }


def _chunk(numbered: tuple[int, int]) -> Compared:
    number, cases = numbered
    return compare(seed=7_000 + number, cases=cases, pool=9, days=900)


def speed(repeat: int = 20_000) -> dict[str, Any]:
    """Deadlines a second on the Chinese calendar, and their cost against the floor."""
    calendar = china()
    start = datetime(2026, 9, 30, 10, 0, tzinfo=calendar.tz)
    step = timedelta(days=3)
    floor = _microseconds(lambda: start + step, repeat)
    costs: dict[str, float] = {}
    for text in _SPEED:
        limit = Duration.parse(text)
        due(calendar, start, limit)

        def ask(limit: Duration = limit) -> object:
            return due(calendar, start, limit)

        costs[text] = round(_microseconds(ask, repeat), 2)
    mean = sum(costs.values()) / len(costs)
    return {
        "due_per_second": round(1e6 / mean),
        "microseconds": costs,
        "floor_microseconds": round(floor, 4),
        "ratio_to_floor": round(mean / floor, 1),
    }


def _microseconds(call: Callable[[], object], repeat: int) -> float:
    """The best of three rounds, per call."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        for _ in range(repeat):
            call()
        best = min(best, time.perf_counter() - began)
    return best / repeat * 1e6
