"""Many deeds in one transaction: what they only add is written at its end, in few statements.

Facts, entries of the audit log and of the search index are read by nobody before the commit;
written one by one they cost more than the deeds. For work that comes in hundreds of deeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
Write = Callable[[list[Any]], object]
_kept: ContextVar[dict[Write, list[Any]] | None] = ContextVar("kept", default=None)
_read: ContextVar[dict[str, Any] | None] = ContextVar("read", default=None)
_plain: ContextVar[bool] = ContextVar("plain", default=False)


class NotPlain(Exception):
    """A question that cannot be written once: it reckons with its values or looks something up."""


@contextmanager
def together() -> Iterator[None]:
    """Keep what is added until the end of the block, within the caller's transaction.

    What facts carry of their subjects is then the state at the end of the block.
    """
    kept: dict[Write, list[Any]] = {}
    token, read = _kept.set(kept), _read.set({})
    try:
        yield
    finally:
        _kept.reset(token)
        _read.reset(read)
    for write, items in kept.items():
        write(items)


@contextmanager
def reading() -> Iterator[None]:
    """For a page: what `read_once` asks is asked once in the block; within another block, its own."""
    if _read.get() is not None:
        yield
        return
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


@contextmanager
def one_of() -> Iterator[None]:
    """One deed of the block: when it is refused, what it added is forgotten with it."""
    kept = _kept.get()
    if kept is None:
        yield
        return
    before = {write: len(items) for write, items in kept.items()}
    try:
        yield
    except BaseException:
        for write, items in kept.items():
            del items[before.get(write, 0) :]
        raise


def later(write: Write, item: Any) -> bool:
    """Keep an item for `write`; False when no block is open and it must be written now."""
    kept = _kept.get()
    if kept is None:
        return False
    kept.setdefault(write, []).append(item)
    return True


@contextmanager
def plain() -> Iterator[None]:
    """While a question is written that is kept: nothing is looked up for it, known or not."""
    token = _plain.set(True)
    try:
        yield
    finally:
        _plain.reset(token)


def is_writing() -> bool:
    """Whether many deeds are being done: what seldom changes may change among them."""
    return _kept.get() is not None


def read_once(name: str, read: Callable[[], T]) -> T:
    """What changes so seldom that one look is enough for a block; each time anew outside of one.

    Whoever writes it calls `forget`.
    """
    if _plain.get():
        raise NotPlain(name)
    known = _read.get()
    if known is None:
        return read()
    if name not in known:
        known[name] = read()
    found: T = known[name]
    return found


def forget(name: str) -> None:
    """It has been written in this block: look again."""
    known = _read.get()
    if known is not None:
        known.pop(name, None)
