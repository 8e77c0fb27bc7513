"""
The explanation of a deadline, made ready to be drawn.

Takes what `lib.workcal.Answer.to_data()` says (JSON-ready: `sentence`, `slices`, `due`, ...),
and optional keys of the caller:

    title            heading; "这条期限怎么来的" without it
    now              datetime; draws the line of this moment and what is not used yet
    clause_number, clause_id, precedence (a sentence)
    pack_version     text of the version in force
    facts            [{"label": str, "text": str, "url": str}]
    actions          [{"title": str, "url": str}]
    note             a sentence at the foot

Hours are drawn as lanes on one axis, a row a day; limits in days as one row a day or run of days.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from math import ceil
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.base.ui.deadline import minutes_words
from bihuan.lib.workcal.words import day_words, weekday_words

QUIET = ("weekend", "holiday", "roll", "anchor", "period")
DAY = 24 * 60
WORDS_FROM, FIGURES_FROM = 20.0, 8.0
"""Shares of the axis (percent) from which a piece carries words, or only figures (1:50)."""


@dataclass(frozen=True)
class Box:
    """One drawn piece; `x` and `width` in percent of the axis."""

    kind: str
    x: float
    width: float
    words: str = ""

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Line:
    """One row: a day with boxes, or days in words."""

    title: str
    sub: str
    boxes: tuple[Box, ...] = ()
    words: str = ""
    source: str = ""
    provisional: bool = False
    sum: str = ""
    total: str = ""
    now_at: float | None = None
    due_at: float | None = None
    counted: bool = False


@dataclass(frozen=True)
class Mark:
    """A figure of the axis and its place in percent."""

    at: float
    text: str


@dataclass(frozen=True)
class View:
    """All that the template draws."""

    title: str
    sentence: str
    lines: list[Line]
    axis: list[Mark]
    spoken: list[dict[str, str]]
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def formula(self) -> str:
        """The sum as text, for copying."""
        rows = [
            f"{row['day']}  {row['what']}  {row['counted']}  {row['total']}" for row in self.spoken
        ]
        return "\n".join([self.sentence, *rows])


@dataclass(frozen=True)
class _Axis:
    low: int
    high: int

    def at(self, minutes: float) -> float:
        return round(100 * (minutes - self.low) / (self.high - self.low), 2)


def explain_view(data: dict[str, Any]) -> View:
    """What to draw for one answer."""
    slices = list(data.get("slices") or [])
    days = [list(group) for _, group in groupby(slices, key=lambda piece: piece["day"])]
    hours = any(piece["minutes"] for piece in slices)
    axis = _axis(slices) if hours else _Axis(0, DAY)
    lines = [_line(run, axis, data, hours=hours) for run in _runs(days, hours=hours)]
    return View(
        title=data.get("title") or _("这条期限怎么来的"),
        sentence=_said(data.get("sentence")),
        lines=lines,
        axis=_marks(slices, axis) if hours else [],
        spoken=[_spoken(piece, hours=hours) for piece in slices if piece["kind"] != "off"],
        data=data,
    )


def _said(words: Any) -> str:
    """The text of `{zh, en}` in the language of this page."""
    if isinstance(words, dict):
        chinese = (get_language() or "zh").startswith("zh")
        return str(words.get("zh" if chinese else "en") or "")
    return str(words or "")


def _runs(days: list[list[Any]], *, hours: bool) -> list[list[list[Any]]]:
    """Days as rows; neighbours that are free for the same reason are one row."""
    runs: list[list[list[Any]]] = []
    for day in days:
        shown = [piece for piece in day if piece["kind"] != "off"]
        if not shown:
            continue
        if runs and len(shown) == 1 and _same(runs[-1][-1], shown, hours=hours):
            runs[-1].append(shown)
        else:
            runs.append([shown])
    return runs


def _same(before: list[Any], after: list[Any], *, hours: bool) -> bool:
    one, other = before[-1], after[0]
    mergeable = other["kind"] in QUIET or not hours
    neighbours = _day(other) - _day(one) == timedelta(days=1)
    keys = ("kind", "label", "source", "provisional")
    return len(before) == 1 and mergeable and neighbours and all(one[k] == other[k] for k in keys)


def _line(run: list[list[Any]], axis: _Axis, data: dict[str, Any], *, hours: bool) -> Line:
    first, last = run[0][0], run[-1][-1]
    quiet = all(piece["kind"] in QUIET for day in run for piece in day)
    counted = sum(piece["minutes" if hours else "days"] for day in run for piece in day)
    title, weekday = _days_words(_day(first), _day(last))
    label = _said(first["label"])
    words = "" if hours and not quiet else _quiet_words(label, len(run), first["kind"])
    due, now = _moment(data.get("due")), _moment(data.get("now"))
    here = {_day(piece) for day in run for piece in day}
    return Line(
        title=title,
        sub=weekday,
        boxes=() if words else _boxes(run[0], axis, now),
        words=words,
        source=_said(first["source"]) if words else "",
        provisional=any(piece["provisional"] for day in run for piece in day),
        sum=_amount(counted, hours=hours),
        total=_amount(last["total_minutes" if hours else "total_days"], hours=hours),
        now_at=_place(now, first, here, axis) if hours and not words else None,
        due_at=_place(due, first, here, axis) if hours and not words else None,
        counted=bool(counted),
    )


def _quiet_words(label: str, number: int, kind: str) -> str:
    if number == 1:
        return label
    if kind in ("weekend", "holiday"):
        return _("%(label)s %(n)d 天，不计") % {"label": label, "n": number}
    return _("%(label)s %(n)d 天") % {"label": label, "n": number}


def _days_words(first: date, last: date) -> tuple[str, str]:
    language = get_language() or "zh"
    title = day_words(first).of(language)
    if first == last:
        return title, weekday_words(first).of(language)
    if language.startswith("zh") and first.month == last.month:
        return f"{first.month} 月 {first.day} 至 {last.day} 日", ""
    return _("%(first)s至 %(last)s") % {"first": title, "last": day_words(last).of(language)}, ""


def _boxes(day: list[Any], axis: _Axis, now: datetime | None) -> tuple[Box, ...]:
    boxes: list[Box] = []
    for piece in day:
        low, high = _span(piece)
        kind = {"counted": "counted", "pause": "paused", "lunch": "break"}.get(piece["kind"])
        if kind is None or high <= low:
            continue
        cut = _cut(piece, now) if kind == "counted" else None
        if cut is not None and low < cut < high:
            boxes.append(_box("counted", low, cut, axis))
            low, kind = cut, "left"
        elif cut is not None and cut <= low:
            kind = "left"
        boxes.append(_box(kind, low, high, axis, _said(piece["label"])))
    return tuple(boxes)


def _box(kind: str, low: float, high: float, axis: _Axis, label: str = "") -> Box:
    x, width = axis.at(low), round(axis.at(high) - axis.at(low), 2)
    counts = kind in ("counted", "left")
    if width < FIGURES_FROM:
        return Box(kind, x, width)
    if counts:
        length = high - low
        said = minutes_words(_whole(length)) if width >= WORDS_FROM else _amount(length, hours=True)
        return Box(kind, x, width, said)
    return Box(kind, x, width, label)


def _cut(piece: Any, now: datetime | None) -> float | None:
    """Minutes of the piece's day at which `now` falls; before the piece it is 0."""
    start, end = _moment(piece["from"]), _moment(piece["to"])
    if now is None or start is None or end is None or now >= end:
        return None
    if now <= start:
        return 0.0
    return _minute(now.astimezone(start.tzinfo))


def _place(moment: datetime | None, piece: Any, here: Iterable[date], axis: _Axis) -> float | None:
    start = _moment(piece["from"])
    if moment is None or start is None:
        return None
    local = moment.astimezone(start.tzinfo)
    if local.date() not in here or not axis.low <= _minute(local) <= axis.high:
        return None
    return axis.at(_minute(local))


def _axis(slices: list[Any]) -> _Axis:
    shown = [_span(piece) for piece in slices if piece["kind"] in ("counted", "pause", "lunch")]
    low = int(min((span[0] for span in shown), default=0))
    high = ceil(max((span[1] for span in shown), default=DAY))
    return _Axis(low // 30 * 30, max(-(-high // 30) * 30, low // 30 * 30 + 60))


def _marks(slices: list[Any], axis: _Axis) -> list[Mark]:
    """The ends of the intervals, as far as they do not crowd each other."""
    ends = {axis.low, axis.high}
    ends |= {int(edge) for piece in slices if piece["kind"] == "lunch" for edge in _span(piece)}
    marks: list[Mark] = []
    for minute in sorted(ends):
        if not marks or axis.at(minute) - marks[-1].at >= 9:
            marks.append(Mark(axis.at(minute), f"{minute // 60}:{minute % 60:02}"))
    return marks


def _span(piece: Any) -> tuple[float, float]:
    """The minutes of the day between which a piece lies."""
    start, end = _moment(piece["from"]), _moment(piece["to"])
    if start is None or end is None:
        return 0, 0
    return _minute(start), DAY if end.date() > start.date() else _minute(end)


def _spoken(piece: Any, *, hours: bool) -> dict[str, str]:
    start, end = _moment(piece["from"]), _moment(piece["to"])
    title, weekday = _days_words(_day(piece), _day(piece))
    clock = f" {start:%H:%M}–{end:%H:%M}" if hours and start and end else ""
    what = _said(piece["label"])
    source = _said(piece["source"])
    return {
        "day": f"{title} {weekday}{clock}",
        "what": f"{what}（{source}）" if source else what,
        "counted": _amount(piece["minutes" if hours else "days"], hours=hours),
        "total": _amount(piece["total_minutes" if hours else "total_days"], hours=hours),
    }


def _amount(number: float, *, hours: bool) -> str:
    """1:50 for minutes, the plain number for days; 0 is said."""
    if not hours:
        return f"{number:g}"
    minutes = _whole(number)
    return f"{minutes // 60}:{minutes % 60:02}" if minutes else "0"


def _whole(minutes: float) -> int:
    """A rest of a minute is dropped, as in the sentence (`span_words`)."""
    return round(minutes * 60) // 60


def _day(piece: Any) -> date:
    return date.fromisoformat(str(piece["day"]))


def _moment(text: Any) -> datetime | None:
    if isinstance(text, datetime):
        return text
    return datetime.fromisoformat(text) if text else None


def _minute(moment: datetime) -> float:
    return moment.hour * 60 + moment.minute + moment.second / 60
