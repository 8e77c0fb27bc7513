"""Chance that depends on nothing but the machine, the purpose and the moment.

Every draw is a hash of (the machine's seed, what it is for, when). So a machine tells the same
whatever else runs beside it and however far it is stepped at once; there is no state to keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_Bits = NDArray[np.uint64]

_MASK = (1 << 64) - 1
_GOLD = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB  # the finaliser of splitmix64
_UNIT = 2.0**-53
# Four 16-bit numbers added: near enough to a bell, and never beyond 3.5 deviations.
_BELL_MEAN, _BELL_SIGMA = 2.0 * 65535, 65536 * (4 / 12) ** 0.5


def seed_of(name: str) -> int:
    """A seed from a name, the same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")


class Dice:
    """The chance of some machines, one lane a machine."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self.keys: _Bits = _mix(np.array([seed & _MASK for seed in seeds], dtype=np.uint64))

    def uniform(self, what: int, when: int | Whole = 0) -> Array:
        """A number in [0, 1) for each machine; ``when`` may differ from machine to machine."""
        drawn = _mix(self.keys + _salt(what, when))
        share: Array = (drawn >> np.uint64(11)).astype(np.float64) * _UNIT
        return share

    def between(self, low: float, high: float, what: int, when: int | Whole = 0) -> Array:
        return low + (high - low) * self.uniform(what, when)

    def normal(self, what: int, when: int, columns: int) -> Array:
        """Return bell-shaped numbers of deviation 1, ``columns`` for each machine."""
        salts = np.array([_scalar(what + each, when) for each in range(columns)], dtype=np.uint64)
        drawn = _mix(self.keys[:, None] + salts[None, :])
        parts = drawn.view(np.uint16).reshape(len(self.keys), columns, 4)
        total: Array = parts[:, :, 0].astype(np.float64)
        for each in range(1, 4):
            total += parts[:, :, each]
        bell: Array = (total - _BELL_MEAN) / _BELL_SIGMA
        return bell


def _salt(what: int, when: int | Whole) -> np.uint64 | _Bits:
    if isinstance(when, int):
        return np.uint64(_scalar(what, when))
    return _mix(when.astype(np.uint64) * np.uint64(_GOLD) + np.uint64(_scalar(what, 0)))


def _scalar(what: int, when: int) -> int:
    value = (when * _GOLD + what * _SECOND + _FIRST) & _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


def _mix(value: _Bits) -> _Bits:
    value = (value ^ (value >> np.uint64(30))) * np.uint64(_FIRST)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(_SECOND)
    return value ^ (value >> np.uint64(31))
