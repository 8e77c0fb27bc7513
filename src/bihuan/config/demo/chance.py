"""Chance with a seed: the same seed lives the same year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from bihuan.lib.workcal import Calendar, is_working, next_working_moment

ZONE = ZoneInfo("Asia/Shanghai")
# Machines are used and break unevenly over the year: quiet at the spring festival, busy in summer.
SEASON = (0.85, 0.6, 1.0, 1.0, 1.05, 1.2, 1.35, 1.3, 1.0, 0.9, 1.05, 1.0)
HOURS = (8, 8, 9, 9, 9, 10, 10, 10, 11, 11, 13, 13, 14, 14, 14, 15, 15, 16, 16, 17, 17, 19, 21)
WEEKEND = 0.3
T = TypeVar("T")


class Chance:
    """Draws from one stream of numbers that can be kept and taken up again."""

    def __init__(self, seed: int) -> None:
        self.stream = Random(seed)

    def state(self) -> list[Any]:
        """What `restore` takes."""
        version, numbers, gauss = self.stream.getstate()
        return [version, list(numbers), gauss]

    def restore(self, state: Sequence[Any]) -> None:
        """Go on where the stream stood."""
        version, numbers, gauss = state
        self.stream.setstate((version, tuple(numbers), gauss))

    def yes(self, share: float) -> bool:
        """True in this share of cases."""
        return self.stream.random() < share

    def pick(self, rows: Sequence[T]) -> T:
        """One of them."""
        return rows[self.stream.randrange(len(rows))]

    def some(self, rows: Sequence[T], count: int) -> list[T]:
        """Several different ones."""
        return self.stream.sample(list(rows), min(count, len(rows)))

    def weighted(self, shares: Mapping[str, float]) -> str:
        """One name, by its share."""
        return self.stream.choices(list(shares), list(shares.values()))[0]

    def between(self, low: float, high: float) -> float:
        """Somewhere in between."""
        return self.stream.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.stream.randint(low, high)

    def count(self, mean: float) -> int:
        """How often something of this mean happens (Poisson, for small means)."""
        limit, product, n = 2.718281828459045**-mean, self.stream.random(), 0
        while product > limit and n < 1000:
            product *= self.stream.random()
            n += 1
        return n

    def moment(self, day: date) -> datetime:
        """A moment of a day at which people call: mostly working hours, some evenings."""
        return datetime.combine(
            day, time(self.pick(HOURS), self.whole(0, 59), self.whole(0, 59)), ZONE
        )

    def after(self, start: datetime, hours: tuple[float, float]) -> datetime:
        """Some clock hours later."""
        return start + timedelta(hours=self.between(*hours))

    def at_work(self, calendar: Calendar, moment: datetime, within: int = 90) -> datetime:
        """The moment itself when people work then, else some minutes after work begins again."""
        local = moment.astimezone(ZONE)
        if is_working(calendar, local):
            return local
        return next_working_moment(calendar, local) + timedelta(minutes=self.whole(3, within))


def season(day: date, *, holiday: bool) -> float:
    """How busy a day is against the mean."""
    return SEASON[day.month - 1] * (WEEKEND if holiday else 1.0)
