"""When the process looks for garbage."""

from __future__ import annotations

import ctypes
import gc
from itertools import count

from django.core.signals import request_finished

WHOLE = 100
"""Answers between two looks through everything made since the start, some 5 ms. A look after one
answer in the middle of another makes that one's 700 objects, which hold each other, old: they take
125 kB until then.
"""
FREE = 1 << 20
"""Bytes that a process keeps for its next work."""
_answers = count(1)


def keep_for_good() -> None:
    """What is loaded by now (models, words, addresses) stays: it is never looked through again.

    A whole look through these half a million objects stops a page for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    _give_back()


def _give_back() -> None:
    """What much work has left free goes back to the system. By itself the GNU C library keeps twice as
    much as the largest piece that was ever given back (up to 64 MiB), and the clock is busy once a week;
    and each of our threads, of which one works at a time, would keep a store of its own.
    """
    if hasattr(library := ctypes.CDLL(None), "mallopt"):
        trim_threshold, mmap_threshold, arena_max = -1, -3, -8  # malloc.h
        library.mallopt(trim_threshold, FREE)
        library.mallopt(mmap_threshold, FREE)
        library.mallopt(arena_max, 1)


def look_after_answers() -> None:
    """Look for garbage after an answer, when nearly all that it was made of is gone already.

    In the middle of a page the same look takes 20 to 50 ms, over rows that are still needed.
    """
    gc.set_threshold(1_000_000, 20, 50)  # for what makes a page of its own, as a ledger
    request_finished.connect(_look, dispatch_uid="bihuan.garbage")


def _look(**_signal: object) -> None:
    gc.collect(2 if next(_answers) % WHOLE == 0 else 1)
