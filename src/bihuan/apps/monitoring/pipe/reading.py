"""A message of a device, as it came: read without trust."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from bihuan.lib.machines import Cause

MOST_SAMPLES = 1000
_BOOT = 16
_AT_ONCE = 16 * 1024
"""Bytes of messages that are read in one piece: what Python makes of them stays in the processor's cache."""
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


class Said(NamedTuple):
    """`ts` are epoch seconds, `values` has a row for each of them, in the order of the template;
    `number` 0 without one; `faults` are causes found in some values, while the others stand.
    """

    boot: str
    number: int
    oldest: int
    ts: Floats
    values: Floats
    faults: tuple[Cause, ...]


class Unreadable(ValueError):
    """`boot` and `number` where at least they could be read: so that it is not sent for ever."""

    def __init__(self, cause: Cause, boot: str = "", number: int = 0, oldest: int = 0) -> None:
        super().__init__(cause)
        self.cause, self.boot, self.number, self.oldest = cause, boot, number, oldest


class _Opened(NamedTuple):
    """The points that it names, and a line for each sample: its time, then their values."""

    boot: str
    number: int
    oldest: int
    names: tuple[str, ...]
    lines: list[list[Any]]


def read_all(
    messages: Sequence[tuple[bytes, str]], places: Mapping[str, int]
) -> list[Said | Unreadable]:
    """`read` of each (body, code), and faster: what names the same points goes through numpy in one
    piece.
    """
    found: list[Said | Unreadable] = []
    some: list[tuple[bytes, str]] = []
    size = 0
    for each in messages:
        some.append(each)
        size += len(each[0])
        if size >= _AT_ONCE:
            found += _read_some(some, places)
            some, size = [], 0
    return found + _read_some(some, places)


def _read_some(
    messages: Sequence[tuple[bytes, str]], places: Mapping[str, int]
) -> list[Said | Unreadable]:
    found: list[Any] = []
    alike: dict[tuple[str, ...], list[int]] = {}
    for place, (data, code) in enumerate(messages):
        try:
            opened = _opened(data, code)
        except Unreadable as error:
            found.append(error)
        else:
            found.append(opened)
            alike.setdefault(opened.names, []).append(place)
    for names, group in alike.items():
        rows = _rows(names, [line for place in group for line in found[place].lines], places)
        if rows is None:  # some are not all numbers of known points: each by itself
            for place in group:
                found[place] = _alone(found[place], *messages[place], places)
            continue
        ts, values = rows
        end = 0
        for place in group:
            boot, number, oldest, _names, lines = found[place]
            begin, end = end, end + len(lines)
            found[place] = Said(boot, number, oldest, ts[begin:end], values[begin:end], ())
    return found


def _alone(opened: _Opened, data: bytes, code: str, places: Mapping[str, int]) -> Said | Unreadable:
    rows = _rows(opened.names, opened.lines, places)
    if rows is not None:
        return Said(opened.boot, opened.number, opened.oldest, *rows, ())
    try:
        return read(data, places, code=code)
    except Unreadable as error:
        return error


def read(data: bytes, places: Mapping[str, int], *, code: str = "") -> Said:
    """`places` are the template's points. Raises Unreadable."""
    opened = _opened(data, code)
    boot, number, oldest, names, lines = opened
    if (rows := _rows(names, lines, places)) is not None:
        return Said(boot, number, oldest, *rows, ())
    try:
        faults: list[Cause] = []
        _whole_lines(names, lines)
        ts = [_time(line[0]) for line in lines]
        values = [_line(zip(names, line[1:], strict=True), places, faults) for line in lines]
    except Unreadable as error:
        raise Unreadable(error.cause, boot, number, oldest) from None
    return Said(boot, number, oldest, np.array(ts), np.array(values), tuple(faults))


def numbering(data: bytes) -> tuple[str, int, int]:
    """Its start, number and oldest number, as `Said` has them, whatever else is in it; nothing where
    they cannot be read.
    """
    try:
        return _head(data)[1:]
    except Unreadable:
        return "", 0, 0


def _head(data: bytes) -> tuple[dict[str, Any], str, int, int]:
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


def _opened(data: bytes, code: str) -> _Opened:
    body, boot, number, oldest = _head(data)
    if body.get("device", code) != code:
        raise Unreadable(Cause.OTHER_DEVICE, boot, number, oldest)
    values = body.get("v")
    if type(values) is dict:
        return _Opened(boot, number, oldest, tuple(values), [[body.get("t"), *values.values()]])
    names, lines = body.get("p"), body.get("r")
    if type(names) is not list or type(lines) is not list or not lines:
        raise Unreadable(Cause.GARBAGE, boot, number, oldest)
    if len(lines) > MOST_SAMPLES:
        raise Unreadable(Cause.TOO_LARGE, boot, number, oldest)
    if not set(map(type, names)) <= {str}:
        names = [name if type(name) is str else "" for name in names]  # no point is called so
    return _Opened(boot, number, oldest, tuple(names), lines)


def _whole_lines(names: Sequence[str], lines: list[Any]) -> None:
    if set(map(type, lines)) != {list} or set(map(len, lines)) != {len(names) + 1}:
        raise Unreadable(Cause.GARBAGE)


def _rows(
    names: Sequence[str], lines: list[list[Any]], places: Mapping[str, int]
) -> tuple[Floats, Floats] | None:
    """As `read` of each line, for all at once; None where one is not all numbers of known points."""
    try:
        _whole_lines(names, lines)
    except Unreadable:
        return None
    columns = [places[name] for name in names if name in places]
    if len(set(columns)) != len(names) or not {type(line[0]) for line in lines} <= _NUMBERS:
        return None
    told = _numbers(lines)
    if told is None:
        return None
    ts = told[:, 0]
    if not ((ts >= 0) & (ts < _LARGEST)).all():
        return None
    values = told[:, 1:]
    if columns != [*range(len(places))]:
        values = np.full((len(lines), len(places)), math.nan)
        values[:, columns] = told[:, 1:]
    return np.rint(ts) / 1000, values


def _numbers(lines: list[list[Any]]) -> Floats | None:
    """`struct` takes numbers (and what is true or false) and nothing else, and is the fastest to say so."""
    try:
        packed = struct.pack(f"{len(lines) * len(lines[0])}d", *chain.from_iterable(lines))
    except (struct.error, OverflowError):
        return None
    return np.frombuffer(bytearray(packed), np.float64).reshape(len(lines), -1)


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
