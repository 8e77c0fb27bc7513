"""Slices for display: one row a day, a run of free days one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bihuan.lib.workcal.duration import DAYS
from bihuan.lib.workcal.explain import Piece, Slice
from bihuan.lib.workcal.words import Words, day_words, weekday_words

if TYPE_CHECKING:
    from bihuan.lib.workcal.answer import Answer

_WHOLE = frozenset({Piece.WEEKEND, Piece.HOLIDAY, Piece.ROLL})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an explanation: a day with its pieces, or a run of days of one kind."""

    first: date
    last: date
    pieces: tuple[Slice, ...]

    @property
    def kind(self) -> Piece:
        """Counted when anything of the day is, else what comes first."""
        kinds = [piece.kind for piece in self.pieces]
        order = (Piece.COUNTED, Piece.PAUSE)
        return next((kind for kind in order if kind in kinds), kinds[0])

    @property
    def label(self) -> Words:
        return next(piece.label for piece in self.pieces if piece.kind is self.kind)

    @property
    def source(self) -> Words:
        return self.pieces[0].source

    @property
    def provisional(self) -> bool:
        return any(piece.provisional for piece in self.pieces)

    @property
    def number(self) -> int:
        """How many calendar days the row stands for."""
        return (self.last - self.first).days + 1

    @property
    def counted(self) -> timedelta:
        return sum((piece.counted for piece in self.pieces), timedelta())

    @property
    def total(self) -> timedelta:
        return self.pieces[-1].total

    @property
    def days(self) -> int:
        return sum(piece.days for piece in self.pieces)

    @property
    def total_days(self) -> int:
        return self.pieces[-1].total_days

    @property
    def title(self) -> Words:
        """10 月 1 日至 7 日 / 1 Oct to 7 Oct, or one day with its weekday."""
        first, last = day_words(self.first), day_words(self.last)
        if self.first == self.last:
            weekday = weekday_words(self.first)
            return Words(f"{first.zh} {weekday.zh}", f"{weekday.en} {first.en}")
        return Words(f"{first.zh}至 {last.zh}", f"{first.en} to {last.en}")

    def to_data(self) -> dict[str, Any]:
        return {
            "first": str(self.first),
            "last": str(self.last),
            "title": self.title.to_data(),
            "kind": str(self.kind),
            "label": self.label.to_data(),
            "source": self.source.to_data(),
            "provisional": self.provisional,
            "number": self.number,
            "minutes": self.counted / timedelta(minutes=1),
            "total_minutes": self.total / timedelta(minutes=1),
            "days": self.days,
            "total_days": self.total_days,
            "pieces": [piece.to_data() for piece in self.pieces],
        }


def rows_of(answer: Answer) -> list[Row]:
    """The answer's slices as rows; free time around a working day's hours is left out."""
    merge = _WHOLE | {Piece.COUNTED, Piece.PAUSE} if answer.within.unit in DAYS else _WHOLE
    rows: list[Row] = []
    for day, group in groupby(answer.slices, key=lambda piece: piece.day):
        pieces = tuple(group)
        shown = tuple(p for p in pieces if p.kind is not Piece.OFF)
        if not shown:
            continue
        if rows and len(shown) == 1 and _continues(rows[-1], shown[0], merge):
            rows[-1] = Row(rows[-1].first, day, (*rows[-1].pieces, *shown))
        else:
            rows.append(Row(day, day, shown))
    return rows


def _continues(row: Row, piece: Slice, merge: frozenset[Piece]) -> bool:
    """Whether a free day goes on where the row ends: same kind, name, source, certainty."""
    last = row.pieces[-1]
    return (
        piece.kind in merge
        and (piece.kind, piece.label, piece.source) == (last.kind, last.label, last.source)
        and piece.provisional == last.provisional
        and piece.day - row.last == timedelta(days=1)
    )
