"""An hour of a device in one row: times and values as they changed, packed by zstd.

A column of decimals is kept as whole numbers of its last digit and their differences, which zstd
packs well; one that is no decimal goes as its bits, each against the one before it.
"""

from __future__ import annotations

import struct
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
_HEAD = struct.Struct("<BHI")


@dataclass(frozen=True)
class Packed:
    """Rows in the order of time: `millis` since the epoch, a column a point (NaN: no value)."""

    millis: Ints
    values: Floats


def pack(rows: Packed) -> bytes:
    """The same rows again by `unpack`, bit by bit."""
    count, wide = rows.values.shape
    parts = [_HEAD.pack(_FORM, wide, count), struct.pack("<q", int(rows.millis[0]) if count else 0)]
    kinds = bytearray()
    columns = (
        [_planes(np.diff(np.diff(rows.millis, prepend=rows.millis[:1]), prepend=0))]
        if count
        else []
    )
    for place in range(wide):
        kind, body = _column(np.ascontiguousarray(rows.values[:, place]))
        kinds.append(kind)
        columns.append(body)
    body = b"".join([struct.pack("<I", len(each)) + each for each in columns])
    return b"".join([*parts, bytes(kinds), zstandard.ZstdCompressor(level=_LEVEL).compress(body)])


def unpack(payload: bytes, *, only: int | None = None) -> Packed:
    """All columns, or `only` one of them. Raises ValueError for what was not packed by us."""
    form, wide, count = _HEAD.unpack_from(payload)
    if form != _FORM:
        raise ValueError(f"form {form}")
    (first,) = struct.unpack_from("<q", payload, _HEAD.size)
    place = _HEAD.size + 8
    kinds = payload[place : place + wide]
    body = zstandard.ZstdDecompressor().decompress(payload[place + wide :])
    columns, at = [], 0
    while at < len(body):
        (length,) = struct.unpack_from("<I", body, at)
        columns.append(body[at + 4 : at + 4 + length])
        at += 4 + length
    if not count:
        return Packed(np.empty(0, np.int64), np.empty((0, wide if only is None else 1)))
    millis = first + np.cumsum(np.cumsum(_unplanes(columns[0], count)))
    chosen = range(wide) if only is None else [only]
    values = np.empty((count, len(chosen)))
    for place, number in enumerate(chosen):
        values[:, place] = _uncolumn(kinds[number], columns[number + 1], count)
    return Packed(millis, values)


def _column(values: Floats) -> tuple[int, bytes]:
    absent = np.isnan(values)
    if absent.all():
        return _EMPTY, b""
    filled = values
    if absent.any():  # the value before stands in for one that is not there
        index = np.where(absent, 0, np.arange(len(values)))
        filled = values[np.maximum.accumulate(index)]
        filled = np.where(np.isnan(filled), values[~absent][0], filled)
    mask = np.packbits(absent).tobytes() if absent.any() else b""
    lead = struct.pack("<I", len(mask)) + mask
    for digits in _DIGITS:
        with np.errstate(over="ignore"):
            scaled = np.rint(filled * 10**digits)
        if (np.abs(scaled) < 2**52).all() and (scaled / 10**digits == filled).all():
            if ((filled == 0) & np.signbit(filled)).any():
                break  # minus nothing is a value of its own
            return digits, lead + _planes(np.diff(scaled.astype(np.int64), prepend=0))
    bits = filled.view(np.uint64)
    changed = bits ^ np.concatenate([np.zeros(1, np.uint64), bits[:-1]])
    return _FLOAT, lead + changed.view(np.uint8).reshape(-1, 8).T.tobytes()


def _uncolumn(kind: int, body: bytes, count: int) -> Floats:
    if kind == _EMPTY:
        return np.full(count, np.nan)
    (length,) = struct.unpack_from("<I", body)
    mask, rest = body[4 : 4 + length], body[4 + length :]
    if kind == _FLOAT:
        planes = np.frombuffer(rest, np.uint8).reshape(8, count).T
        bits = np.bitwise_xor.accumulate(np.ascontiguousarray(planes).view(np.uint64).ravel())
        values = bits.view(np.float64).copy()
    else:
        values = np.cumsum(_unplanes(rest, count)) / 10.0**kind
    if mask:
        values[np.unpackbits(np.frombuffer(mask, np.uint8))[:count].astype(bool)] = np.nan
    return values


def _planes(numbers: Ints) -> bytes:
    """Small numbers of both signs near zero, low bytes together: only as many bytes as needed."""
    folded = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    most = int(folded.max()) if len(folded) else 0
    size = max(1, (most.bit_length() + 7) // 8)
    return bytes([size]) + folded.view(np.uint8).reshape(-1, 8)[:, :size].T.tobytes()


def _unplanes(body: bytes, count: int) -> Ints:
    size = body[0]
    whole = np.zeros((count, 8), np.uint8)
    whole[:, :size] = np.frombuffer(body, np.uint8, offset=1).reshape(size, count).T
    folded = whole.view(np.uint64).ravel()
    found: Ints = (folded >> np.uint64(1)).astype(np.int64) ^ -(folded & np.uint64(1)).astype(
        np.int64
    )
    return found
