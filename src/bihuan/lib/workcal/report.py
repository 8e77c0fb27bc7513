"""What the command ``bihuan due`` prints: pure texts and data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bihuan.lib.workcal.answer import Answer
from bihuan.lib.workcal.calendar import Calendar
from bihuan.lib.workcal.china import china
from bihuan.lib.workcal.due import due
from bihuan.lib.workcal.duration import Duration, Unit
from bihuan.lib.workcal.errors import BadCalendar, BadMoment
from bihuan.lib.workcal.explain import Piece
from bihuan.lib.workcal.moments import to_micros
from bihuan.lib.workcal.pauses import PauseLike
from bihuan.lib.workcal.rows import Row
from bihuan.lib.workcal.words import Words, span_words

_WAITING = Words("停表中，恢复后才有到期时间", "paused, due once it resumes")
_PROVISIONAL = Words(
    "暂定：用到的放假安排有的尚未公布", "provisional: some holidays are not officially settled yet"
)
_HEADS = (Words("日期", "day"), Words("时间", "time"), Words("计入", "counted"),
          Words("累计", "total"), Words("说明", "why"))  # fmt: skip


def read_moment(text: str) -> datetime:
    """Read ``2026-09-30T10:00+08:00``; ``BadMoment`` for other text or without a zone."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadMoment(
            f"“{text}”不是时间；请写成 2026-09-30T10:00+08:00",
            f'"{text}" is not a moment; write 2026-09-30T10:00+08:00',
        ) from None
    to_micros(moment)
    return moment


def calendar_named(name: str) -> Calendar:
    """The calendars that need no database: ``cn`` and ``24x7``; else ``BadCalendar``."""
    if name == "cn":
        return china()
    if name == "24x7":
        return Calendar.always()
    raise BadCalendar(
        f"没有日历“{name}”；可用 cn、24x7", f'there is no calendar "{name}"; known: cn, 24x7'
    )


def describe(
    calendar: Calendar,
    start: datetime,
    within: Duration | str,
    *,
    pauses: Iterable[PauseLike] = (),
    explain: bool = False,
    lang: str = "zh",
) -> str:
    """The due moment on the first line (``2026-10-10 17:30``), then how it came about.

    Raises what ``due`` raises.
    """
    return describe_answer(due(calendar, start, within, pauses), explain=explain, lang=lang)


def describe_data(
    calendar: Calendar,
    start: datetime,
    within: Duration | str,
    *,
    pauses: Iterable[PauseLike] = (),
) -> dict[str, Any]:
    """The same as JSON-ready data: the answer with its slices, and the rows for display."""
    answer = due(calendar, start, within, pauses)
    return {**answer.to_data(), "rows": [row.to_data() for row in answer.rows()]}


def describe_answer(answer: Answer, *, explain: bool = False, lang: str = "zh") -> str:
    """An answer as text; lines are joined by newlines."""
    lines = [answer.due_text or _WAITING.of(lang), answer.sentence(lang)]
    if answer.provisional:
        lines.append(_PROVISIONAL.of(lang))
    if explain:
        title = answer.calendar.title.of(lang) or answer.calendar.name
        version = Words("版本", "version").of(lang)
        lines += ["", f"{title} ({answer.calendar.zone}, {version} {answer.version})"]
        lines += _table(answer, lang)
    return "\n".join(lines)


def _table(answer: Answer, lang: str) -> list[str]:
    rows = [tuple(head.of(lang) for head in _HEADS)]
    rows += [_cells(answer, row, lang) for row in answer.rows()]
    kept = [c for c in range(len(_HEADS)) if any(row[c] for row in rows[1:])]
    widths = {c: max(_width(row[c]) for row in rows) for c in kept}
    return [
        "  ".join(row[c] + " " * (widths[c] - _width(row[c])) for c in kept).rstrip()
        for row in rows
    ]


def _cells(answer: Answer, row: Row, lang: str) -> tuple[str, ...]:
    by_days = answer.within.unit is Unit.WORK_DAY or row.total_days > 0
    counted = str(row.days or "") if by_days else _length(row.counted.total_seconds(), lang)
    total = str(row.total_days) if by_days else _length(row.total.total_seconds(), lang)
    times = "" if by_days else _times(row)
    return row.title.of(lang), times, counted, total, _why(row, lang)


def _length(seconds: float, lang: str) -> str:
    return span_words(timedelta(seconds=seconds)).of(lang) if seconds else ""


def _times(row: Row) -> str:
    """The counted hours of a day: 08:30-12:00 13:30-15:00."""
    return " ".join(
        f"{piece.start:%H:%M}-{'24:00' if piece.end.date() > piece.day else f'{piece.end:%H:%M}'}"
        for piece in row.pieces
        if piece.kind is Piece.COUNTED and piece.end is not None
    )


def _why(row: Row, lang: str) -> str:
    labels: dict[str, None] = {}
    for piece in row.pieces:
        text = piece.label.of(lang)
        if any(piece.source) and piece.kind is not Piece.PAUSE:
            text += f" ({piece.source.of(lang)})"
        labels.setdefault(text)
    if row.number > 1:
        labels = {f"{text} ×{row.number}": None for text in labels}
    if row.provisional:
        labels.setdefault(Words("暂定", "provisional").of(lang))
    return ", ".join(labels)


def _width(text: str) -> int:
    """Columns on a terminal: wide characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
