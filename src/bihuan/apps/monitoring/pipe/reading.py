"""A message of a device, as it came: read without trust."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from bihuan.lib.machines import Cause

MOST_SAMPLES = 1000
_BOOT = 16
_LARGEST = 2**53
"""Whole numbers beyond are not kept exactly by everybody's JSON."""
_NUMBERS = {int, float}
Floats = NDArray[np.float64]


class Message(NamedTuple):
    """What lay in the stream: `received` are epoch seconds of the server. `past` is empty but for
    history that a person brought by a file: then where its bringer waits for our commit.
    """

    partition: int
    seq: int
    code: str
    received: float
    data: bytes
    past: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """`ts` are epoch seconds, `values` has a row for each of them, in the order of the template;
    `number` 0 without one; `faults` are causes found in some values, while the others stand.
    """

    boot: str
    number: int
    oldest: int
    ts: list[float]
    values: Floats
    faults: tuple[Cause, ...]


class Unreadable(ValueError):
    """`boot` and `number` where at least they could be read: so that it is not sent for ever."""

    def __init__(self, cause: Cause, boot: str = "", number: int = 0, oldest: int = 0) -> None:
        super().__init__(cause)
        self.cause, self.boot, self.number, self.oldest = cause, boot, number, oldest


def read(data: bytes, places: Mapping[str, int], *, code: str = "") -> Said:
    """`places` are the template's points. Raises Unreadable."""
    body, boot, number, oldest = _opened(data)
    if body.get("device", code) != code:
        raise Unreadable(Cause.OTHER_DEVICE, boot, number, oldest)
    try:
        ts, values, faults = _rows(body, places)
    except Unreadable as error:
        raise Unreadable(error.cause, boot, number, oldest) from None
    return Said(boot, number, oldest, ts, values, faults)


def numbering(data: bytes) -> tuple[str, int, int]:
    """Its start, number and oldest number, as `Said` has them, whatever else is in it; nothing where
    they cannot be read.
    """
    try:
        return _opened(data)[1:]
    except Unreadable:
        return "", 0, 0


def _opened(data: bytes) -> tuple[dict[str, Any], str, int, int]:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise Unreadable(Cause.GARBAGE) from None
    if not isinstance(body, dict):
        raise Unreadable(Cause.GARBAGE)
    boot, number, oldest = body.get("b", ""), body.get("s", 0), body.get("f", 0)
    if (
        type(boot) is not str
        or len(boot) > _BOOT
        or (boot and not boot.isalnum())
        or not boot.isascii()
    ):
        raise Unreadable(Cause.GARBAGE)
    if not (_whole(number) and _whole(oldest)):
        raise Unreadable(Cause.GARBAGE)
    return body, boot, number, oldest


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < _LARGEST


def _rows(
    body: dict[str, Any], places: Mapping[str, int]
) -> tuple[list[float], Floats, tuple[Cause, ...]]:
    faults: list[Cause] = []
    values = body.get("v")
    if type(values) is dict:
        ts = [_time(body.get("t"))]
        return ts, np.array([_line(values.items(), places, faults)]), tuple(faults)
    names, lines = body.get("p"), body.get("r")
    if type(names) is not list or type(lines) is not list or not lines:
        raise Unreadable(Cause.GARBAGE)
    if len(lines) > MOST_SAMPLES:
        raise Unreadable(Cause.TOO_LARGE)
    if set(map(type, lines)) != {list} or set(map(len, lines)) != {len(names) + 1}:
        raise Unreadable(Cause.GARBAGE)
    ts = [_time(line[0]) for line in lines]
    found = _numbers(names, lines, places)
    if found is None:
        pairs = (zip(names, line[1:], strict=True) for line in lines)
        found = np.array([_line(each, places, faults) for each in pairs])
    return ts, found, tuple(faults)


def _numbers(names: list[Any], lines: list[list[Any]], places: Mapping[str, int]) -> Floats | None:
    """As `_line` of each line, for all at once; None where one is not all numbers of known points."""
    if set(map(type, names)) != {str} or not set(map(type, chain.from_iterable(lines))) <= _NUMBERS:
        return None
    columns = [places[name] for name in names if name in places]
    if len(set(columns)) != len(names):
        return None
    told = np.fromiter(chain.from_iterable(lines), np.float64).reshape(len(lines), -1)[:, 1:]
    if columns == [*range(len(places))]:
        return told
    found = np.full((len(lines), len(places)), math.nan)
    found[:, columns] = told
    return found


def _time(value: Any) -> float:
    if type(value) not in {int, float} or not 0 <= value < _LARGEST:
        raise Unreadable(Cause.GARBAGE)
    return float(round(value) / 1000)


def _line(pairs: Any, places: Mapping[str, int], faults: list[Cause]) -> list[float]:
    line = [math.nan] * len(places)
    for name, value in pairs:
        place = places.get(name) if type(name) is str else None
        if place is None:
            faults.append(Cause.UNKNOWN_POINT)
        elif type(value) is float or type(value) is int or type(value) is bool:
            line[place] = float(value)
        elif value is not None:
            faults.append(Cause.NO_NUMBER)
    return line
