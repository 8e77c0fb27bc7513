"""What is left of a part, with an interval.

The life of one part is `limit / r`, where `r` says how much faster than planned it wears: about 1,
with the standard deviation `spread` among parts of its kind. A wear that somebody measured after
the use `u` (a share of the limit) is `r * u` and an error; the usual update of a straight line
through nothing gives what `r` is believed to be then. The interval of what is left takes `r` from
the 10th to the 90th percentile. For the day, the fastest use is taken with the shortest life and
the slowest with the longest, so that it holds for at least four of five parts.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bihuan.lib.condition.plan import Part

TENTH = 1.2816
"""Standard deviations from the middle to the 10th and 90th percentile."""
LEAST = 0.05
"""No part lives more than twenty times as long as planned."""
WEEK = 7
UNSURE, SURE = 0.5, 0.05
"""The standard deviation of a daily use that is known from less than two weeks, and the least one."""
LONGEST = 36_500.0
"""Days beyond which no date is said."""


@dataclass(frozen=True)
class Measured:
    """A measured wear (0 new, 1 used up) when so much of the limit had been used."""

    used: float
    wear: float


@dataclass(frozen=True)
class Rate:
    """Use a calendar day, in the unit of the limit, from the 10th to the 90th percentile."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Life:
    """`wear` is a share of the life; `left` in the unit of the limit; `days` until it is used up or
    too old, None where it is not used. `by_age`: its age ends it first.
    """

    used: float
    limit: float
    wear: float
    wear_low: float
    wear_high: float
    left: float
    left_low: float
    left_high: float
    days: float | None
    days_low: float | None
    days_high: float | None
    by_age: bool = False

    @property
    def is_over(self) -> bool:
        return self.wear >= 1 or (self.by_age and self.days == 0)


def rate_of(daily: Sequence[float]) -> Rate:
    """From the use of each calendar day, the oldest first; the weeks tell how steady it is."""
    if not daily:
        return Rate(0.0, 0.0, 0.0)
    mean = math.fsum(daily) / len(daily)
    last = len(daily) % WEEK
    weeks = [math.fsum(daily[at : at + WEEK]) / WEEK for at in range(last, len(daily), WEEK)]
    spread = UNSURE
    if mean > 0 and len(weeks) >= 2:
        spread = max(SURE, statistics.stdev(weeks) / mean / math.sqrt(len(weeks)))
    return Rate(mean, mean * max(0.1, 1 - TENTH * spread), mean * (1 + TENTH * spread))


def estimate(
    part: Part, used: float, rate: Rate, *, limit: float | None = None, measured: Sequence[Measured] = (),
    age_days: float = 0.0,
) -> Life:  # fmt: skip
    """`used` since the part was new and `limit` of its own, both in the unit of the limit; what was
    measured says nothing against a limit that is a rule (no spread).
    """
    limit = limit or part.limit
    share = used / limit
    middle, spread = _speed(part, measured)
    slow, fast = max(LEAST, middle - TENTH * spread), max(LEAST, middle + TENTH * spread)
    left, low, high = (max(0.0, limit * (1 / speed - share)) for speed in (middle, fast, slow))
    days, days_low, days_high = _days(left, rate.mean), _days(low, rate.high), _days(high, rate.low)
    by_age = False
    if part.years:
        until = max(0.0, part.years * 365.25 - age_days)
        by_age = days is None or until < days
        days, days_low, days_high = (
            until if each is None else min(until, each) for each in (days, days_low, days_high)
        )
    return Life(
        used, limit, middle * share, slow * share, fast * share, left, low, high, days, days_low, days_high, by_age
    )  # fmt: skip


def _speed(part: Part, measured: Sequence[Measured]) -> tuple[float, float]:
    """How fast this part wears against the plan: what is believed, and its standard deviation."""
    if not part.spread:
        return 1.0, 0.0
    certain = 1 / part.spread**2
    weight, total = certain, certain
    for each in measured:
        weight += (each.used / part.measured) ** 2
        total += each.used * each.wear / part.measured**2
    return max(LEAST, total / weight), 1 / math.sqrt(weight)


def _days(left: float, rate: float) -> float | None:
    if rate <= 0:
        return 0.0 if left <= 0 else None
    days = left / rate
    return days if days <= LONGEST else None
