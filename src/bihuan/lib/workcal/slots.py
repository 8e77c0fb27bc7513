"""Intervals of working time within one day, in minutes since midnight on the wall clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from bihuan.lib.workcal.errors import BadSlot

DAY_MINUTES = 1440
_SLOT = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})$")


class Slot(NamedTuple):
    """Working time from ``start`` up to ``end`` (0 <= start < end <= 1440).

    ``spill`` marks the morning rest of a shift that began on the day before: it is working
    time, but alone it does not make its day a working day.
    """

    start: int
    end: int
    spill: bool = False

    @property
    def text(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)}"


Slots = tuple[Slot, ...]
WHOLE_DAY: Slots = (Slot(0, DAY_MINUTES),)


def clock_text(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``; 1440 is ``24:00``."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read_slots(data: object) -> tuple[Slots, Slots]:
    """Read the hours of one day: its own slots, and what runs past midnight into the next.

    ``data`` is ``"08:30-12:00,13:30-17:30"``, ``"24h"``, ``""`` or a list of such texts.
    Raises ``BadSlot`` when a text cannot be read or when two slots overlap.
    """
    own: list[Slot] = []
    spill: list[Slot] = []
    for text in _texts(data):
        if text in ("24h", "24小时"):
            own.append(Slot(0, DAY_MINUTES))
            continue
        start, end = _read_one(text)
        if start < end:
            own.append(Slot(start, end))
            continue
        own.append(Slot(start, DAY_MINUTES))
        if end:
            spill.append(Slot(0, end, spill=True))
    return check_slots(own), check_slots(spill)


def _texts(data: object) -> list[str]:
    if isinstance(data, str):
        parts = re.split(r"[,，;；]", data)
    elif isinstance(data, list | tuple):
        texts = [part.text if isinstance(part, Slot) else str(part) for part in data]
        parts = [part for text in texts for part in re.split(r"[,，;；]", text)]
    elif data is None:
        parts = []
    else:
        raise BadSlot(
            f"“{data}”不是上班时间；请写成 08:30-12:00,13:30-17:30",
            f'"{data}" are not working hours; write 08:30-12:00,13:30-17:30',
        )
    return [part.strip() for part in parts if part.strip()]


def _read_one(text: str) -> tuple[int, int]:
    found = _SLOT.match(text)
    if found:
        h1, m1, h2, m2 = (int(group) for group in found.groups())
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if m1 < 60 and m2 < 60 and start < DAY_MINUTES and end <= DAY_MINUTES and start != end:
            return start, end
    raise BadSlot(
        f"“{text}”不是一段时间；请写成 08:30-12:00，过夜写成 22:00-06:00",
        f'"{text}" is not an interval; write 08:30-12:00, or 22:00-06:00 past midnight',
    )


def check_slots(slots: Iterable[Slot]) -> Slots:
    """Sort slots; raise ``BadSlot`` for limits out of the day or for an overlap."""
    ordered = tuple(sorted(Slot(*slot) for slot in slots))
    for slot in ordered:
        if not 0 <= slot.start < slot.end <= DAY_MINUTES:
            raise BadSlot(
                f"{slot.start}–{slot.end} 分钟不在一天之内",
                f"minutes {slot.start} to {slot.end} are not within one day",
            )
    for one, two in pairwise(ordered):
        if two.start < one.end:
            raise BadSlot(
                f"{one.text} 与 {two.text} 重叠；请合并为一段",
                f"{one.text} and {two.text} overlap; write them as one",
            )
    return ordered


def union(one: Slots, two: Slots) -> Slots:
    """All time of both; own time overlapping a spill is own, overlapping own slots are joined."""
    both = sorted((*one, *two))
    own: list[Slot] = []
    for slot in both:
        if slot.spill:
            continue
        if own and slot.start < own[-1].end:
            own[-1] = Slot(own[-1].start, max(own[-1].end, slot.end))
        else:
            own.append(slot)
    spills = without(tuple(slot for slot in both if slot.spill), tuple(own))
    return tuple(sorted({*own, *spills}))


def without(one: Slots, two: Slots) -> Slots:
    """The time of ``one`` that is not in ``two``."""
    left = list(one)
    for cut in two:
        pieces: list[Slot] = []
        for slot in left:
            if slot.start < min(slot.end, cut.start):
                pieces.append(Slot(slot.start, min(slot.end, cut.start), slot.spill))
            if max(slot.start, cut.end) < slot.end:
                pieces.append(Slot(max(slot.start, cut.end), slot.end, slot.spill))
        left = pieces
    return tuple(left)
