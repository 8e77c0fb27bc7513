"""Times in which a limit stands still."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from bihuan.lib.workcal.errors import BadPause
from bihuan.lib.workcal.moments import to_micros
from bihuan.lib.workcal.words import Words, words_from

NEVER = 1 << 62
PAUSED = Words("停表", "paused")


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause from ``start`` to ``end``; without an end it still lasts."""

    start: datetime
    end: datetime | None = None
    reason: Words = PAUSED


class Span(NamedTuple):
    """A pause in microseconds; an open one ends NEVER. Overlaps are joined."""

    start: int
    end: int
    reason: Words


PauseLike = Pause | tuple[datetime, datetime | None] | tuple[datetime, datetime | None, Any]


def read_pauses(pauses: Iterable[PauseLike]) -> tuple[Span, ...]:
    """Pauses in order without overlap; where two overlap, the earlier one keeps its reason.

    Raises ``BadPause`` when one ends before it begins, ``BadMoment`` without a time zone.
    """
    spans = [_span(pause) for pause in pauses]
    if not spans:
        return ()
    spans.sort()
    joined: list[Span] = []
    for span in spans:
        start = max(span.start, joined[-1].end) if joined else span.start
        if start < span.end:
            joined.append(Span(start, span.end, span.reason))
    return tuple(joined)


def _span(given: PauseLike) -> Span:
    if isinstance(given, Pause):
        pause = given
    else:
        start, end, *more = given
        pause = Pause(start, end, words_from(more[0])) if more and more[0] else Pause(start, end)
    begin = to_micros(pause.start)
    finish = NEVER if pause.end is None else to_micros(pause.end)
    if finish < begin:
        raise BadPause(
            f"停表从 {pause.start:%m-%d %H:%M} 开始，不能在 {pause.end:%m-%d %H:%M} 就结束",
            f"the pause from {pause.start:%m-%d %H:%M} cannot end at {pause.end:%m-%d %H:%M}",
        )
    return Span(begin, finish, pause.reason)
