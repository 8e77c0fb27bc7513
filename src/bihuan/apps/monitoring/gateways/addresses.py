"""Where terminals come from: an address holds so many lines and shows so many wrong codes."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bihuan.apps.monitoring import figures
from bihuan.lib.machines import Cause

GUESSES = frozenset({Cause.WRONG_KEY, Cause.UNKNOWN_DEVICE})


@dataclass(frozen=True)
class Limits:
    """Of one address: connections at a time, and wrong codes within `within` seconds."""

    lines: float
    wrong: float
    within: float

    @classmethod
    def at(cls, now: datetime) -> Limits:
        return cls(
            figures.number("jt808_of_address", now), figures.number("jt808_wrong_codes", now),
            60 * figures.number("jt808_wrong_min", now),
        )  # fmt: skip


class Addresses:
    """Who knocks from where, by a clock that only goes forward: an address with too many lines or too
    many wrong codes gets no new one; every other is heard as before.
    """

    def __init__(self, limits: Limits, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._seconds = limits, seconds
        self._lines: Counter[str] = Counter()
        self._wrong: dict[str, deque[float]] = {}
        self._turned_away: Counter[str] = Counter()

    def comes(self, address: str) -> bool:
        """Whether it may; then it is counted until it `goes`."""
        if self._lines[address] >= self.limits.lines or self._guesses(address):
            self._turned_away[address] += 1
            return False
        self._lines[address] += 1
        return True

    def goes(self, address: str) -> None:
        self._lines[address] -= 1
        if self._lines[address] <= 0:
            del self._lines[address]

    def was_wrong(self, address: str) -> None:
        self._wrong.setdefault(address, deque()).append(self._seconds())

    def turned_away(self) -> Counter[str]:
        """How often each, since the last time; and what is over is forgotten."""
        found, self._turned_away = self._turned_away, Counter()
        for address in list(self._wrong):
            if not self._recent(address):
                del self._wrong[address]
        return found

    def _guesses(self, address: str) -> bool:
        return len(self._recent(address)) >= self.limits.wrong

    def _recent(self, address: str) -> deque[float]:
        times = self._wrong.get(address, deque())
        while times and times[0] <= self._seconds() - self.limits.within:
            times.popleft()
        return times


def address_of(peer: Sequence[Any] | None) -> str:
    """Where a connection comes from; of IPv6 the network that one customer of a carrier gets."""
    try:
        found = ipaddress.ip_address(str(peer[0] if peer else "").partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
