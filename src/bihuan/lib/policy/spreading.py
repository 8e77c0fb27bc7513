"""Spreading the duties of the first period over its weeks by capacity. Pure: the same duties in any
order are placed in the same weeks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

WORKDAYS = 5
"""Working days of the week for which a capacity is stated."""


@dataclass(frozen=True, order=True)
class Due:
    """A duty to be placed: `who` carries it out, `last` is the last week (counted from 0) in which
    it can be done, `urgency` sorts the most urgent first, `key` names it.
    """

    last: int
    urgency: tuple[float, ...]
    key: str
    who: str = field(compare=False)


@dataclass(frozen=True)
class Spread:
    """`weeks`: key -> week. `excess`: who -> {week: duties above capacity}, only what is above."""

    weeks: Mapping[str, int]
    excess: Mapping[str, Mapping[int, int]]


def room(per_week: int, working_days: int) -> int:
    """What somebody gets done in a week of so many working days."""
    return per_week * min(working_days, WORKDAYS) // WORKDAYS


def spread(
    duties: Iterable[Due],
    days: Sequence[int],
    per_week: Mapping[str, int],
    fixed: Mapping[str, Mapping[int, int]],
) -> Spread:
    """Place every duty in a week not after its last one.

    `days` are the working days of each week; `per_week` what each person gets done in a full week
    (who is missing has no figure: their load is level); `fixed` what already stands in each week.
    Duties go into the earliest week with room, those that end first before others and the most
    urgent first among them; the level is as low as the weeks allow. What finds no room is
    spread evenly above capacity, and is named.
    """
    groups: dict[str, list[Due]] = defaultdict(list)
    for each in duties:
        groups[each.who].append(each)
    weeks: dict[str, int] = {}
    excess: dict[str, dict[int, int]] = {}
    for who in sorted(groups):
        held = dict(fixed.get(who, {}))
        placed = _place(sorted(groups[who]), days, per_week.get(who), held)
        weeks |= placed
        figure = per_week.get(who)
        if figure is not None:
            for week in placed.values():
                held[week] = held.get(week, 0) + 1
            over = {
                w: n - room(figure, days[w]) for w, n in held.items() if n > room(figure, days[w])
            }
            if over:
                excess[who] = dict(sorted(over.items()))
    return Spread(weeks, excess)


def _place(
    duties: Sequence[Due], days: Sequence[int], per_week: int | None, fixed: Mapping[int, int]
) -> dict[str, int]:
    """The lowest level at which all find room, up to the capacity; else the capacity itself."""
    most = per_week if per_week is not None else _enough(duties, days, fixed)
    low, high = 0, most
    while low < high:
        middle = (low + high) // 2
        if _fits(duties, days, middle, fixed):
            high = middle
        else:
            low = middle + 1
    return _filled(duties, days, high, fixed)


def _enough(duties: Sequence[Due], days: Sequence[int], fixed: Mapping[int, int]) -> int:
    return (len(duties) + max(fixed.values(), default=0)) * WORKDAYS


def _fits(duties: Sequence[Due], days: Sequence[int], level: int, fixed: Mapping[int, int]) -> bool:
    """Whether all find room: the duties that end by a week are no more than the room until then."""
    ending: dict[int, int] = defaultdict(int)
    for each in duties:
        ending[each.last] += 1
    free = asked = 0
    for week in range(max(ending, default=-1) + 1):
        free += max(0, room(level, days[week]) - fixed.get(week, 0))
        asked += ending[week]
        if asked > free:
            return False
    return True


def _filled(
    duties: Sequence[Due], days: Sequence[int], level: int, fixed: Mapping[int, int]
) -> dict[str, int]:
    free = [max(0, room(level, each) - fixed.get(week, 0)) for week, each in enumerate(days)]
    load = [fixed.get(week, 0) for week in range(len(days))]
    found: dict[str, int] = {}
    waiting: list[Due] = []
    first = 0
    for each in duties:  # those that end first come first
        while first < len(free) and not free[first]:
            first += 1
        if first <= each.last:
            found[each.key] = first
            free[first] -= 1
            load[first] += 1
        else:
            waiting.append(each)
    for each in waiting:
        week = min(range(each.last + 1), key=lambda w: (_strain(load[w], level, days[w]), w))
        found[each.key] = week
        load[week] += 1
    return found


def _strain(load: int, level: int, days: int) -> tuple[bool, Fraction]:
    """How hard a week is pressed: one without working days last of all."""
    return days == 0, Fraction(load - room(level, days), max(1, days))
