"""An hour of a device in one row: times and values as they changed, packed by zstd.

A column of decimals is kept as whole numbers of its last digit and their differences, which zstd
packs well; one that is no decimal goes as its bits, each against the one before it.
"""

from __future__ import annotations

import struct
import threading
from dataclasses import dataclass

import numpy as np
import zstandard
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_FORM = 1
_LEVEL = 9
_DIGITS = (0, 1, 2, 3, 4)
_FLOAT, _EMPTY = 255, 254
_HEAD = struct.Struct("<BHIq")
"""Form, points, samples, time of the first."""
_LENGTH = struct.Struct("<I")
_ONE = np.uint64(1)


@dataclass(frozen=True)
class Packed:
    """Rows in the order of time: `millis` since the epoch, a column a point (NaN: no value)."""

    millis: Ints
    values: Floats


def pack(rows: Packed) -> bytes:
    """The same rows again by `unpack`, bit by bit."""
    count, wide = rows.values.shape
    kinds, columns = _columns(np.ascontiguousarray(rows.values.T))
    if count:
        columns.insert(
            0, _planes(np.diff(np.diff(rows.millis, prepend=rows.millis[:1]), prepend=0))
        )
    body = b"".join([_LENGTH.pack(len(each)) + each for each in columns])
    head = _HEAD.pack(_FORM, wide, count, int(rows.millis[0]) if count else 0)
    return head + bytes(kinds) + _zstd.packer.compress(body)


def unpack(payload: bytes, *, only: int | None = None) -> Packed:
    """All columns, or `only` one of them. Raises ValueError for what was not packed by us."""
    form, wide, count, first = _HEAD.unpack_from(payload)
    if form != _FORM:
        raise ValueError(f"form {form}")
    kinds = payload[_HEAD.size : _HEAD.size + wide]
    if not count:
        return Packed(np.empty(0, np.int64), np.empty((0, wide if only is None else 1)))
    body = memoryview(_zstd.unpacker.decompress(payload[_HEAD.size + wide :]))
    columns, at = [], 0
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        columns.append(body[at + 4 : at + 4 + length])
        at += 4 + length
    millis = first + _unplanes(columns[0], count).cumsum().cumsum()
    if only is not None:
        return Packed(millis, _uncolumn(kinds[only], columns[only + 1], count)[:, None])
    values = np.empty((count, wide))
    for number in range(wide):
        values[:, number] = _uncolumn(kinds[number], columns[number + 1], count)
    return Packed(millis, values)


class _Zstd(threading.local):
    """Making one takes longer than what it does with an hour; no two threads may share one."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(level=_LEVEL)
        self.unpacker = zstandard.ZstdDecompressor()


_zstd = _Zstd()


def _columns(values: Floats) -> tuple[bytearray, list[bytes]]:
    """`values`: a row a point. All at once: an hour of one point is too short to be worth its calls."""
    absent = np.isnan(values)
    filled = values.copy()
    masks = [b""] * len(values)
    for row in np.flatnonzero(absent.any(axis=1) & ~absent.all(axis=1)).tolist():
        filled[row] = _filled(values[row], absent[row])
        masks[row] = np.packbits(absent[row]).tobytes()
    kinds = np.where(absent.all(axis=1), _EMPTY, _FLOAT)
    # minus nothing is a value of its own, and no whole number
    left = np.flatnonzero((kinds == _FLOAT) & ~((filled == 0) & np.signbit(filled)).any(axis=1))
    wholes: dict[int, bytes] = {}
    for digits in _DIGITS:
        if not len(left):
            break
        with np.errstate(over="ignore"):
            scaled = np.rint(filled[left] * 10**digits)
        fits = (np.abs(scaled) < 2**52).all(axis=1) & (scaled / 10**digits == filled[left]).all(
            axis=1
        )
        steps = np.diff(scaled[fits].astype(np.int64), axis=1, prepend=0)
        wholes |= zip(left[fits].tolist(), map(_planes, steps), strict=True)
        kinds[left[fits]] = digits
        left = left[~fits]
    columns = []
    for row, kind in enumerate(kinds.tolist()):
        lead = b"" if kind == _EMPTY else _LENGTH.pack(len(masks[row])) + masks[row]
        columns.append(lead + (_bits(filled[row]) if kind == _FLOAT else wholes.get(row, b"")))
    return bytearray(kinds.tolist()), columns


def _filled(values: Floats, absent: NDArray[np.bool_]) -> Floats:
    """The value before stands in for one that is not there."""
    index = np.where(absent, 0, np.arange(len(values)))
    filled = values[np.maximum.accumulate(index)]
    return np.where(np.isnan(filled), values[~absent][0], filled)


def _bits(values: Floats) -> bytes:
    bits = values.view(np.uint64)
    changed = bits ^ np.concatenate([np.zeros(1, np.uint64), bits[:-1]])
    planes: bytes = changed.view(np.uint8).reshape(-1, 8).T.tobytes()
    return planes


def _uncolumn(kind: int, body: memoryview, count: int) -> Floats:
    if kind == _EMPTY:
        return np.full(count, np.nan)
    (length,) = _LENGTH.unpack_from(body)
    mask, rest = body[4 : 4 + length], body[4 + length :]
    if kind == _FLOAT:
        planes = np.frombuffer(rest, np.uint8).reshape(8, count).T
        bits = np.bitwise_xor.accumulate(np.ascontiguousarray(planes).view(np.uint64).ravel())
        values = bits.view(np.float64).copy()
    else:
        values = _unplanes(rest, count).cumsum() / 10.0**kind
    if mask:
        values[np.unpackbits(np.frombuffer(mask, np.uint8))[:count].astype(bool)] = np.nan
    return values


def _planes(numbers: Ints) -> bytes:
    """Small numbers of both signs near zero, low bytes together: only as many bytes as needed."""
    folded = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    most = int(folded.max()) if len(folded) else 0
    size = max(1, (most.bit_length() + 7) // 8)
    return bytes([size]) + folded.view(np.uint8).reshape(-1, 8)[:, :size].T.tobytes()


def _unplanes(body: memoryview, count: int) -> Ints:
    planes = np.frombuffer(body, np.uint8, offset=1).reshape(body[0], count)
    folded = planes[0].astype(np.uint64)
    for place in range(1, len(planes)):
        folded |= planes[place].astype(np.uint64) << np.uint64(8 * place)
    found: Ints = (folded >> _ONE).view(np.int64) ^ -(folded & _ONE).view(np.int64)
    return found
