"""Limits as text: ``4h``, ``8wh``, ``3wd``, ``7d roll``, ``1mo``, ``3wd before``, ``end of month``.

min, h     clock minutes and hours: they run day and night
wmin, wh   working minutes and hours of the calendar
wd         working days: the n-th one after the day it starts on, to its end of business
d, w       calendar days and weeks (7 days), to 24:00 of the last one
mo, y      months and years: the same day of the month or the month's last, to 24:00
roll       (d, w, mo, y) a last day without work moves to the next working day
before     counts back; rolling then moves to the working day before
end of day|week|month|quarter|half|year
           end of business of the last working day in the period; with ``24:00`` behind it
           the end of its last calendar day
12:00      behind (wd, d, w, mo, y, end of): at this time of that day instead of its end
first|last week of month|quarter|half|year
           a window: the first or last seven calendar days; it ends like ``end of``
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bihuan.lib.workcal.errors import BadDuration
from bihuan.lib.workcal.words import Words

MAX_DAYS = 3660


class Unit(StrEnum):
    """The units of a limit; the values are how they are written."""

    MINUTE = "min"
    HOUR = "h"
    WORK_MINUTE = "wmin"
    WORK_HOUR = "wh"
    WORK_DAY = "wd"
    DAY = "d"
    WEEK = "w"
    MONTH = "mo"
    YEAR = "y"
    END = "end"
    FIRST_WEEK = "first week"
    LAST_WEEK = "last week"


class Period(StrEnum):
    """Calendar periods; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


CLOCK = frozenset({Unit.MINUTE, Unit.HOUR})
WORK = frozenset({Unit.WORK_MINUTE, Unit.WORK_HOUR})
DAYS = frozenset({Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR})
PERIODIC = frozenset({Unit.END, Unit.FIRST_WEEK, Unit.LAST_WEEK})

_MOST = {
    Unit.MINUTE: MAX_DAYS * 1440, Unit.HOUR: MAX_DAYS * 24,
    Unit.WORK_MINUTE: MAX_DAYS * 1440, Unit.WORK_HOUR: MAX_DAYS * 24,
    Unit.WORK_DAY: MAX_DAYS, Unit.DAY: MAX_DAYS, Unit.WEEK: 520, Unit.MONTH: 120, Unit.YEAR: 10,
}  # fmt: skip

_ALIASES = {
    Unit.MINUTE: "min minute minutes 分 分钟",
    Unit.HOUR: "h hour hours 小时",
    Unit.WORK_MINUTE: "wmin 工作分钟",
    Unit.WORK_HOUR: "wh 工作小时 工时",
    Unit.WORK_DAY: "wd 工作日 个工作日 workday workdays",
    Unit.DAY: "d day days 天 日 自然日 个自然日",
    Unit.WEEK: "w week weeks 周 个周 星期 个星期",
    Unit.MONTH: "mo month months 月 个月",
    Unit.YEAR: "y year years 年",
}
_UNITS = {alias: unit for unit, text in _ALIASES.items() for alias in text.split()}
_WORK_WORDS = {"day": "wd", "hour": "wh", "minute": "wmin"}
_PERIODS = "|".join(Period)
_AMOUNTS = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z一-鿿]+)")
_PERIODIC = re.compile(rf"(end|first week|last week) of (?:the )?({_PERIODS})(?: (\d\d?:\d\d))?")
_AT = re.compile(r"(.*\S) (\d\d?):(\d\d)")

_UNIT_WORDS = {
    Unit.MINUTE: Words("分钟", "minute"), Unit.HOUR: Words("小时", "hour"),
    Unit.WORK_MINUTE: Words("工作分钟", "working minute"),
    Unit.WORK_HOUR: Words("工作小时", "working hour"),
    Unit.WORK_DAY: Words("个工作日", "working day"), Unit.DAY: Words("天", "day"),
    Unit.WEEK: Words("周", "week"), Unit.MONTH: Words("个月", "month"), Unit.YEAR: Words("年", "year"),
}  # fmt: skip
_PERIOD_WORDS = {
    Period.DAY: Words("当天", "the day"), Period.WEEK: Words("本周", "the week"),
    Period.MONTH: Words("本月", "the month"), Period.QUARTER: Words("本季度", "the quarter"),
    Period.HALF: Words("本半年", "the half-year"), Period.YEAR: Words("本年", "the year"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duration:
    """A limit; ``str`` writes it so that ``parse`` reads an equal one.

    ``amount`` counts ``unit``; for END and the weeks it is 1 and ``period`` is set.
    ``midnight`` lets a period end at 24:00 of its last calendar day. ``at`` is the time of day,
    in minutes since midnight, at which a limit in days ends; None for the day's own end.
    """

    amount: int
    unit: Unit
    period: Period | None = None
    before: bool = False
    roll: bool = False
    midnight: bool = False
    at: int | None = None

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read a limit; raises ``BadDuration`` with the place and what to write instead."""
        clean = " ".join(str(text).strip().lower().split())
        found = _PERIODIC.fullmatch(clean)
        if found:
            return cls._periodic(text, Unit(found[1]), Period(found[2]), found[3] or "")
        return cls._counted(text, clean)

    @classmethod
    def _periodic(cls, text: str, unit: Unit, period: Period, clock: str) -> Duration:
        if unit is not Unit.END and period in (Period.DAY, Period.WEEK):
            raise BadDuration(
                f"{period} 里没有“周”；请写 month、quarter、half 或 year",
                f"a {period} has no weeks of its own; write month, quarter, half or year",
            )
        if clock == "24:00":
            return cls(1, unit, period, midnight=True)
        if clock and unit is not Unit.END:
            raise BadDuration(
                f"“{text}”：窗口没有几点几分；请写 end of {period} {clock}，或去掉 {clock}",
                f'"{text}": a window has no time of day; write end of {period} {clock}, or leave {clock} out',
            )
        return cls(1, unit, period, at=_time_of_day(text, *clock.split(":")) if clock else None)

    @classmethod
    def _counted(cls, text: str, clean: str) -> Duration:
        body, before, roll, at = clean, False, False, None
        while body:
            clock = _AT.fullmatch(body)
            if clock and at is None:
                body, at = clock[1], _time_of_day(text, clock[2], clock[3])
                continue
            if body.endswith(" before"):
                body, before = body.removesuffix(" before"), True
            elif body.endswith(" roll"):
                body, roll = body.removesuffix(" roll"), True
            elif body.startswith("提前"):
                body, before = body.removeprefix("提前").strip(), True
            else:
                break
        body = re.sub(r"\bworking (day|hour|minute)s?\b", lambda m: _WORK_WORDS[m[1]], body)
        parts = _AMOUNTS.findall(body)
        if not parts or re.sub(r"\s", "", _AMOUNTS.sub("", body)):
            raise _unreadable(text, body)
        amount, unit = _sum(text, parts)
        if roll and unit not in DAYS:
            raise BadDuration(
                f"“{text}”：roll 只用于 d、w、mo、y",
                f'"{text}": roll goes with d, w, mo and y only',
            )
        if at is not None and unit in CLOCK | WORK:
            raise BadDuration(
                f"“{text}”：几点几分只能跟在以天计的时限后面，例如 1wd 12:00",
                f'"{text}": a time of day goes with limits in days only, such as 1wd 12:00',
            )
        return cls(amount, unit, before=before, roll=roll, at=at)

    @property
    def minutes(self) -> int:
        """The length of a limit in hours or minutes, in minutes."""
        return self.amount * (60 if self.unit in (Unit.HOUR, Unit.WORK_HOUR) else 1)

    @property
    def clock(self) -> str:
        """``12:00``; empty where the day's own end counts."""
        return "" if self.at is None else f"{self.at // 60:02}:{self.at % 60:02}"

    def __str__(self) -> str:
        clock = f" {self.clock}" if self.clock else ""
        if self.period is not None:
            return f"{self.unit} of {self.period}" + " 24:00" * self.midnight + clock
        return f"{self.amount}{self.unit}" + " roll" * self.roll + clock + " before" * self.before

    def words(self, lang: str = "zh") -> str:
        """The limit for people, always with its unit: 3 个工作日 / 3 working days."""
        return self._words.of(lang)

    @property
    def _words(self) -> Words:
        if self.period is not None:
            return self._period_words(_PERIOD_WORDS[self.period])
        unit = _UNIT_WORDS[self.unit]
        zh = f"{self.amount} {unit.zh}"
        en = f"{self.amount} {unit.en}{'s' * (self.amount != 1)}"
        if self.before:
            zh, en = f"提前 {zh}", f"{en} before"
        notes: list[tuple[str, str]] = []
        if self.roll:
            notes.append(
                ("遇非工作日提前", "or the working day before")
                if self.before
                else ("遇非工作日顺延", "or the next working day")
            )
        if self.clock:
            notes.append((f"截至 {self.clock}", f"by {self.clock}"))
        if not notes:
            return Words(zh, en)
        return Words(
            f"{zh}（{'，'.join(note[0] for note in notes)}）",
            f"{en} ({', '.join(note[1] for note in notes)})",
        )

    def _period_words(self, period: Words) -> Words:
        if self.unit is Unit.FIRST_WEEK:
            return Words(f"{period.zh}第一周内", f"the first week of {period.en}")
        if self.unit is Unit.LAST_WEEK:
            return Words(f"{period.zh}最后一周内", f"the last week of {period.en}")
        if self.midnight:
            return Words(f"{period.zh} 24:00 前", f"24:00 at the end of {period.en}")
        if self.clock and self.period is Period.DAY:
            return Words(f"{period.zh} {self.clock} 前", f"{self.clock} of {period.en}")
        if self.clock:
            return Words(
                f"{period.zh}最后一个工作日 {self.clock} 前",
                f"{self.clock} on the last working day of {period.en}",
            )
        return Words(f"{period.zh}下班前", f"the end of business of {period.en}")


def _time_of_day(text: str, hours: str, minutes: str) -> int:
    """Minutes since midnight. A day's own end is no time of it: without one, or 24:00."""
    at = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or not 1 <= at < 1440:
        raise BadDuration(
            f"“{text}”里的 {hours}:{minutes} 不是一天里的时刻；请写 00:01 到 23:59",
            f'"{text}": {hours}:{minutes} is no time of a day; write 00:01 to 23:59',
        )
    return at


def _sum(text: str, parts: list[tuple[str, str]]) -> tuple[int, Unit]:
    """One amount in one unit; hours and minutes of one kind may be joined (1h 30min)."""
    read: list[tuple[Decimal, Unit]] = []
    for number, name in parts:
        if name not in _UNITS:
            raise BadDuration(
                f"“{text}”里的单位“{name}”不认识；请用 min h wmin wh wd d w mo y",
                f'"{text}": the unit "{name}" is unknown; use min h wmin wh wd d w mo y',
            )
        read.append((Decimal(number), _UNITS[name]))
    units = {unit for _, unit in read}
    amount, unit = read[0]
    for family in (CLOCK, WORK):
        if units <= family and (len(read) > 1 or amount % 1):
            small = Unit.MINUTE if family is CLOCK else Unit.WORK_MINUTE
            return _whole(text, sum((_minutes(a, u) for a, u in read), Decimal()), small)
    if len(read) > 1:
        raise BadDuration(
            f"“{text}”混用了不同的单位；只写一种，例如 3wd",
            f'"{text}" mixes units; write one, such as 3wd',
        )
    return _whole(text, amount, unit)


def _minutes(amount: Decimal, unit: Unit) -> Decimal:
    return amount * 60 if unit in (Unit.HOUR, Unit.WORK_HOUR) else amount


def _whole(text: str, amount: Decimal, unit: Unit) -> tuple[int, Unit]:
    most = _MOST[unit]
    if amount % 1 or not 1 <= amount <= most:
        raise BadDuration(
            f"“{text}”：数量要是 1 到 {most} 的整数；当天内请写 end of day",
            f'"{text}": the amount must be whole, 1 to {most}; for the same day write end of day',
        )
    whole = int(amount)
    if unit in (Unit.MINUTE, Unit.WORK_MINUTE) and whole % 60 == 0:
        return whole // 60, Unit.HOUR if unit is Unit.MINUTE else Unit.WORK_HOUR
    return whole, unit


def _unreadable(text: str, body: str) -> BadDuration:
    rest = _AMOUNTS.sub("", body).strip() or body
    at = max(str(text).lower().find(rest), 0) + 1 if rest else 1
    return BadDuration(
        f"“{text}”第 {at} 字起“{rest}”读不懂；请写 4h、8wh、3wd、7d、1mo、3wd before 或 end of month",
        f'"{text}", at character {at}: "{rest}" is not a limit; '
        "write 4h, 8wh, 3wd, 7d, 1mo, 3wd before or end of month",
    )
