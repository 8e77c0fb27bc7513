"""On which days a machine is maintained."""

from __future__ import annotations

from datetime import date, timedelta

from bihuan.apps.contracts.enums import CountedFrom

UNITS = {"d": 1, "w": 7}
MOST_MONTHS = 240
MOST_DAYS = 3650


class BadEvery(ValueError):
    """A cadence that cannot be read."""


def read_every(text: str) -> tuple[int, int]:
    """`3mo`, `2w`, `10d`, `1y` as (months, days). Raises BadEvery."""
    plain = text.strip().lower()
    for unit, months in (("mo", 1), ("y", 12)):
        if plain.endswith(unit) and plain.removesuffix(unit).isdecimal():
            count = int(plain.removesuffix(unit)) * months
            if 0 < count <= MOST_MONTHS:
                return count, 0
    if plain[-1:] in UNITS and plain[:-1].isdecimal():
        days = int(plain[:-1]) * UNITS[plain[-1]]
        if 0 < days <= MOST_DAYS:
            return 0, days
    raise BadEvery(text)


def occurrence(anchor: date, every: str, number: int) -> date:
    """The `number`-th day (1 is the first after the anchor). Counted from the anchor each time, so
    that the 31st does not slide to the 28th for good.
    """
    months, days = read_every(every)
    if days:
        return anchor + timedelta(days=days * number)
    total = anchor.year * 12 + anchor.month - 1 + months * number
    year, month = divmod(total, 12)
    for short in range(4):
        try:
            return date(year, month + 1, anchor.day - short)
        except ValueError:
            continue
    raise AssertionError(anchor)


def next_after(anchor: date, every: str, day: date) -> tuple[int, date]:
    """The first occurrence after a day, and its number."""
    months, days = read_every(every)
    low = max(1, (day - anchor).days // (days or months * 31) if day > anchor else 1)
    number = low
    found = occurrence(anchor, every, number)
    while found <= day:
        number += 1
        found = occurrence(anchor, every, number)
    return number, found


def following(
    *, anchor: date, every: str, counted: CountedFrom, planned_on: date | None, done_on: date | None
) -> date:
    """The next day: after the last planned one on the calendar, or `every` after the work was done."""
    if planned_on is None:
        return occurrence(anchor, every, 1)
    if counted == CountedFrom.DONE and done_on is not None:
        return occurrence(done_on, every, 1)
    return next_after(anchor, every, planned_on)[1]
