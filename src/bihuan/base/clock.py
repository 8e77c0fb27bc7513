"""
The one place that reads the time.

Rules and actions get the time as an argument. Screens, workers and the clock process ask here.
The demo's year and the tests move the hand with `set_to`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_hand: ContextVar[datetime | None] = ContextVar("bihuan_clock_hand", default=None)


def now() -> datetime:
    """The moment it is, in UTC; the moment of the hand while one is set."""
    hand = _hand.get()
    return datetime.now(UTC) if hand is None else hand


@contextmanager
def set_to(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (must know its zone) within the block."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    token = _hand.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _hand.reset(token)
