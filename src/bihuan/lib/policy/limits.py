"""Limits of rules: durations of ``workcal``, leads before a date, ends and windows of periods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bihuan.lib.policy.reading import Reading
from bihuan.lib.policy.source import Node
from bihuan.lib.workcal.duration import Duration, Period, Unit
from bihuan.lib.workcal.errors import BadDuration
from bihuan.lib.workcal.periods import add_months, period_bounds
from bihuan.lib.workcal.words import Words

_DATED = re.compile(
    r"(?:(?P<lead>.+?)\s+(?P<side>before|after)\s+|on\s+)?fact\.(?P<field>[a-z_0-9]+)$"
)
_OF_PERIOD = re.compile(r" of period( \d\d?:\d\d)?$")
_STEPS = re.compile(r"(\d+) (week|month|quarter|year)s?(?: from (\S+))?$")
_MOST_STEPS = 60
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_WINDOW = re.compile(r"(first|last) week of (month|quarter|half|year|period)$")
PERIOD_WORDS = {
    "week": Words("每周", "every week"),
    "month": Words("每月", "every month"),
    "quarter": Words("每季度", "every quarter"),
    "half": Words("每半年", "every half-year"),
    "year": Words("每年", "every year"),
}


_STEP_WORDS = {
    "week": Words("周", "weeks"), "month": Words("个月", "months"),
    "quarter": Words("个季度", "quarters"), "year": Words("年", "years"),
}  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """How long there is time.

    ``duration`` None with ``field`` empty: no limit. With ``field`` the limit is counted from
    that date of the fact: backward when the duration says ``before``.
    """

    text: str
    duration: Duration | None
    field: str = ""

    @property
    def of_period(self) -> bool:
        """Whether it ends with the whole period of a cadence, however many weeks or months."""
        return bool(_OF_PERIOD.search(self.text))

    @property
    def endless(self) -> bool:
        return self.duration is None and not self.field

    def words(self, lang: str = "zh") -> str:
        """The limit for people, always with its unit."""
        if self.duration is None:
            return Words("不限时", "no limit").of(lang)
        return self.duration.words(lang)


NO_LIMIT = Limit("none", None)


def read_limit(r: Reading, node: Node | None, every: str = "") -> Limit | None:
    """Read a limit; ``every`` gives ``period`` its meaning. None when absent or wrong."""
    found = r.resolve(node)
    if found is None:
        return None
    text = r.text(found).strip()
    if text == "none":
        return NO_LIMIT
    dated = _DATED.fullmatch(text)
    field = dated["field"] if dated else ""
    body = text
    if dated:
        if not dated["lead"]:
            return Limit(text, None, field)
        body = dated["lead"] + (" before" if dated["side"] == "before" else "")
    if _OF_PERIOD.search(body):
        if not every:
            r.note(
                found, "limit.period", "“period”只用于周期规则（every）",
                '"period" belongs to cadences (every)', "end of month",
            )  # fmt: skip
            return None
        body = _OF_PERIOD.sub(rf" of {every}\1", body)
    try:
        duration = Duration.parse(body)
    except BadDuration as error:
        r.note(found, "limit.unreadable", error.words.zh, error.words.en)
        return None
    return Limit(text, duration, field)


def read_window(r: Reading, node: Node | None, every: str) -> Duration | None:
    """Read ``in: last week of month``, the window inside a period."""
    found = r.resolve(node)
    if found is None:
        return None
    text = r.text(found).strip()
    match = _WINDOW.fullmatch(text)
    inner = every if match and match[2] == "period" else match[2] if match else ""
    order = list(Period)
    if match is None or order.index(Period(inner)) > order.index(Period(every)):
        r.note(
            found, "window.unreadable", f"“{text}”不是周期内的窗口",
            f'"{text}" is no window inside the period', "last week of month",
        )  # fmt: skip
        return None
    return Duration(1, Unit.FIRST_WEEK if match[1] == "first" else Unit.LAST_WEEK, Period(inner))


def local_moment(value: str | date | datetime, zone: ZoneInfo) -> datetime:
    """A date as its first moment in the zone, a moment as it is; raises ``ValueError``."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if len(value) > 10 else date.fromisoformat(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError
        return value
    return datetime(value.year, value.month, value.day, tzinfo=zone)


@dataclass(frozen=True)
class Span:
    """A calendar period: its key (``2026-Q3``), first and last day."""

    key: str
    first: date
    last: date

    def begins(self, zone: ZoneInfo) -> datetime:
        return local_moment(self.first, zone)

    def ends(self, zone: ZoneInfo) -> datetime:
        """The first moment after the period."""
        return local_moment(self.last + timedelta(days=1), zone)


@dataclass(frozen=True)
class Turn:
    """How something comes round: every period of a kind, or every ``step``-th of them, counted
    from the one that holds the day ``since``, forwards and back.
    """

    every: str
    step: int = 1
    since: date | None = None

    @property
    def run(self) -> tuple[int, date] | None:
        return None if self.since is None else (self.step, self.since)

    def span(self, day: date) -> Span:
        """The period, or the run of periods, that holds the day."""
        return _run(self, day) if self.since is not None else span_of(self.every, day)

    def words(self) -> Words:
        """``每 2 周（从 2026-01-05 起数）``."""
        if self.since is None:
            return PERIOD_WORDS[self.every]
        run = run_words(self.step, self.every)
        return Words(
            f"{run.zh}（从 {self.since} 起数）", f"{run.en} (counted from {self.since})"
        )  # fmt: skip


def run_words(step: int, every: str) -> Words:
    """``每 2 周``, wherever it is counted from."""
    unit = _STEP_WORDS[every]
    return Words(f"每 {step} {unit.zh}", f"every {step} {unit.en}")


def steps_of(text: str) -> tuple[int, str] | None:
    """How many periods of which kind ``2 weeks`` are, that yet need a day to be counted from;
    None for any other text.
    """
    match = _STEPS.fullmatch(text)
    if match is None or match[3] or not 2 <= int(match[1]) <= _MOST_STEPS:
        return None
    return int(match[1]), match[2]


def read_turn(r: Reading, node: Node) -> Turn | None:
    """``month``, or ``2 weeks from 2026-01-05``; None when it is neither, which is noted."""
    found = r.resolve(node)
    text = r.text(found).strip() if found is not None else ""
    match = _STEPS.fullmatch(text)
    if match is None:
        every = r.one_of(node, PERIOD_WORDS, "周期", "period", "period.unknown")
        return Turn(every) if every else None
    step, every = int(match[1]), match[2]
    try:
        since = date.fromisoformat(match[3] or "")
    except ValueError:
        r.note(
            node, "period.from", f"“{text}”没有写清从哪一天起数",
            f'"{text}" does not say from which day it is counted',
            f"{step} {every}s from 2026-01-05",
        )  # fmt: skip
        return None
    if not 2 <= step <= _MOST_STEPS:
        r.note(
            node, "period.step", f"“{text}”：间隔应是 2 到 {_MOST_STEPS} 个周期；每个周期都办就写 {every}",
            f'"{text}": a step is 2 to {_MOST_STEPS} periods; for every one of them write {every}',
            every,
        )  # fmt: skip
        return None
    return Turn(every, step, since)


def turn_words(text: str) -> Words | None:
    """The words of a period as it is written; None for any other text."""
    if text in PERIOD_WORDS:
        return PERIOD_WORDS[text]
    turn = read_turn(Reading(), Node(text, "", 0, text)) if _STEPS.fullmatch(text) else None
    return turn.words() if turn is not None else None


@lru_cache(maxsize=4096)
def _run(turn: Turn, day: date) -> Span:
    assert turn.since is not None
    zero, first = span_of(turn.every, turn.since).first, span_of(turn.every, day).first
    if turn.every == "week":
        place = (first - zero).days // 7
    else:
        months = (first.year - zero.year) * 12 + first.month - zero.month
        place = months // _MONTHS[turn.every]
    begin = place // turn.step * turn.step
    head = span_of(turn.every, _moved(zero, turn.every, begin))
    tail = span_of(turn.every, _moved(zero, turn.every, begin + turn.step - 1))
    return Span(f"{head.key}~{tail.key}", head.first, tail.last)


def _moved(day: date, every: str, count: int) -> date:
    if every == "week":
        return day + timedelta(weeks=count)
    return add_months(day, count * _MONTHS[every])


@lru_cache(maxsize=4096)
def span_of(every: str, day: date) -> Span:
    """The period of this kind that holds the day."""
    first, last = period_bounds(day, Period(every))
    return Span(_key(every, first), first, last)


def _key(every: str, first: date) -> str:
    match every:
        case "week":
            year, week, _ = first.isocalendar()
            return f"{year}-W{week:02}"
        case "month":
            return f"{first:%Y-%m}"
        case "quarter":
            return f"{first.year}-Q{first.month // 3 + 1}"
        case "half":
            return f"{first.year}-H{1 if first.month == 1 else 2}"
        case _:
            return str(first.year)


@lru_cache(maxsize=4096)
def span_by_key(key: str) -> tuple[str, Span]:
    """(kind, period) of a key such as ``2026-Q3`` or ``2026-W02~2026-W03``; raises
    ``ValueError``.
    """
    head, several, tail = key.partition("~")
    if several:
        (every, one), (_, other) = span_by_key(head), span_by_key(tail)
        return every, Span(key, one.first, other.last)
    found = re.fullmatch(r"(\d{4})(?:-(?:Q([1-4])|H([12])|W(\d{2})|(\d{2})))?", key)
    if found is None:
        raise ValueError(key)
    year = int(found[1])
    if found[2]:
        return "quarter", span_of("quarter", date(year, int(found[2]) * 3 - 2, 1))
    if found[3]:
        return "half", span_of("half", date(year, int(found[3]) * 6 - 5, 1))
    if found[4]:
        return "week", span_of("week", date.fromisocalendar(year, int(found[4]), 1))
    if found[5]:
        return "month", span_of("month", date(year, int(found[5]), 1))
    return "year", span_of("year", date(year, 1, 1))


def periods(at: datetime, zone: ZoneInfo) -> dict[str, str]:
    """The keys of the periods that hold this moment, by kind."""
    day = at.astimezone(zone).date()
    return {every: span_of(every, day).key for every in PERIOD_WORDS}
