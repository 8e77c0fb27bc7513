"""Where a machine stands between two batches of samples; small, and stored as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Line:
    """One channel: its level, its alarm, and the samples of its short mean, oldest first.

    `level` and `seen` (the last time) are None before the first sample.
    """

    level: float | None = None
    alarm: bool = False
    seen: float | None = None
    times: tuple[float, ...] = ()
    values: tuple[float, ...] = ()


@dataclass(frozen=True)
class State:
    """A line a channel, in the order of the baseline."""

    lines: tuple[Line, ...]

    def to_data(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.lines]

    @classmethod
    def from_data(cls, data: Sequence[Mapping[str, Any]]) -> State:
        return cls(tuple(_line(each) for each in data))


def _line(data: Mapping[str, Any]) -> Line:
    return Line(data["level"], data["alarm"], data["seen"], tuple(data["times"]), tuple(data["values"]))  # fmt: skip
