"""The arithmetic of one calendar on whole microseconds: sums and bisection over yearly blocks.

A block holds one local year: its intervals of working time with running totals, and the close
of business of each of its working days. Blocks are made when first needed and kept with the
calendar, so that a deadline costs a few bisections.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bihuan.lib.workcal.calendar import Calendar
from bihuan.lib.workcal.errors import NoWorkingTime
from bihuan.lib.workcal.moments import (
    FIRST_YEAR,
    LAST_YEAR,
    plain_instant,
    plain_offset,
    wall_instant,
)

HORIZON_YEARS = 11
_YEAR = 31_556_952_000_000


class Block(NamedTuple):
    """One local year. ``before[i]`` is the working time of the year ahead of interval i."""

    start: int
    end: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    after: list[int]
    total: int
    closes: list[int]

    def work_until(self, micros: int) -> int:
        """Working time from the beginning of the year to this instant."""
        at = bisect_right(self.starts, micros) - 1
        if at < 0:
            return 0
        end = self.ends[at]
        return self.before[at] + (min(end, micros)) - self.starts[at]


class Index:
    """Sums of working time and of working days of one calendar.

    ``closing`` closes each working day at this minute of the day instead of its end of business.
    """

    def __init__(self, calendar: Calendar, closing: int | None = None) -> None:
        self.calendar = calendar
        self.closing = closing
        self.zone: ZoneInfo = calendar.tz
        self._blocks: dict[int, Block] = {}

    def block_at(self, micros: int) -> tuple[int, Block]:
        year = 1970 + micros // _YEAR
        block = self.block(year)
        while micros < block.start and year > FIRST_YEAR - 2:
            year -= 1
            block = self.block(year)
        while micros >= block.end and year < LAST_YEAR + HORIZON_YEARS + 1:
            year += 1
            block = self.block(year)
        return year, block

    def block(self, year: int) -> Block:
        found = self._blocks.get(year)
        if found is None:
            found = self._blocks[year] = self._build(year)
        return found

    def _build(self, year: int) -> Block:
        first, last = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
        starts: list[int] = []
        ends: list[int] = []
        before: list[int] = []
        closes: list[int] = []
        total = 0
        for ordinal in range(first, last):
            slots = self.calendar.slots_on(date.fromordinal(ordinal))
            offset = plain_offset(ordinal, self.zone) if slots else None
            close = 0
            for slot in slots:
                start = self._instant(ordinal, slot.start, offset)
                end = self._instant(ordinal, slot.end, offset)
                if end <= start:
                    continue
                starts.append(start)
                ends.append(end)
                before.append(total)
                total += end - start
                if not slot.spill:
                    close = end
            if close and self.closing is not None:
                close = self._instant(ordinal, self.closing, offset)
            if close:
                closes.append(close)
        after = [b + e - s for b, s, e in zip(before, starts, ends, strict=True)]
        edges = wall_instant(first, 0, self.zone), wall_instant(last, 0, self.zone)
        return Block(*edges, starts, ends, before, after, total, closes)

    def _instant(self, ordinal: int, minutes: int, offset: int | None) -> int:
        if offset is None:
            return wall_instant(ordinal, minutes, self.zone)
        return plain_instant(ordinal, minutes, offset)

    def work(self, a: int, b: int) -> int:
        """Working time from a to b, in microseconds; 0 when b is not after a."""
        if b <= a:
            return 0
        year, block = self.block_at(a)
        total = -block.work_until(a)
        while b > block.end:
            total += block.total
            year += 1
            block = self.block(year)
        return total + block.work_until(b)

    def add(self, a: int, budget: int) -> int:
        """The first instant by which ``budget`` (> 0) of working time has passed since a."""
        year, block = self.block_at(a)
        target = budget + block.work_until(a)
        last = year + HORIZON_YEARS
        while target > block.total:
            target -= block.total
            year += 1
            if year > last:
                raise self.nothing()
            block = self.block(year)
        at = bisect_left(block.after, target)
        return block.ends[at] - (block.after[at] - target)

    def subtract(self, b: int, budget: int) -> int:
        """The last instant after which ``budget`` (> 0) of working time passes until b."""
        year, block = self.block_at(b)
        target = block.work_until(b) - budget
        last = year - HORIZON_YEARS
        while target < 0:
            year -= 1
            if year < last:
                raise self.nothing()
            block = self.block(year)
            target += block.total
        at = bisect_right(block.before, target) - 1
        return block.starts[at] + target - block.before[at]

    def closes_between(self, a: int, b: int) -> int:
        """How many working days close after a and not after b."""
        if b <= a:
            return 0
        year, block = self.block_at(a)
        total = -bisect_right(block.closes, a)
        while b > block.end:
            total += len(block.closes)
            year += 1
            block = self.block(year)
        return total + bisect_right(block.closes, b)

    def close_after(self, a: int, n: int) -> int:
        """The close of business of the n-th (>= 1) working day that closes after a."""
        year, block = self.block_at(a)
        at = bisect_right(block.closes, a) + n - 1
        last = year + HORIZON_YEARS
        while at >= len(block.closes):
            at -= len(block.closes)
            year += 1
            if year > last:
                raise self.nothing()
            block = self.block(year)
        return block.closes[at]

    def close_before(self, b: int, n: int) -> int:
        """The close of business of the n-th (>= 1) working day back that closes by b."""
        year, block = self.block_at(b)
        at = bisect_right(block.closes, b) - n
        last = year - HORIZON_YEARS
        while at < 0:
            year -= 1
            if year < last:
                raise self.nothing()
            block = self.block(year)
            at += len(block.closes)
        return block.closes[at]

    def next_moment(self, a: int) -> int:
        """The instant itself when it is working time, else the next instant that is."""
        year, block = self.block_at(a)
        for later in range(year, year + HORIZON_YEARS + 1):
            block = self.block(later)
            at = bisect_right(block.ends, a)
            if at < len(block.starts):
                return max(a, block.starts[at])
        raise self.nothing()

    def nothing(self) -> NoWorkingTime:
        name = self.calendar.title if any(self.calendar.title) else None
        zh, en = name or (self.calendar.name, self.calendar.name)
        return NoWorkingTime(
            f"日历“{zh}”在 {HORIZON_YEARS - 1} 年内没有足够的工作时间；请检查它的上班时间",
            f'calendar "{en}" has not enough working time within {HORIZON_YEARS - 1} years; '
            "check its hours",
        )


def index_of(calendar: Calendar, closing: int | None = None) -> Index:
    """The index of this calendar with this close of its days, made once and kept with it."""
    known: dict[int | None, Index] = calendar.__dict__.setdefault("_index", {})
    found = known.get(closing)
    if found is None:
        found = known[closing] = Index(calendar, closing)
    return found
