"""Which core of the machine a process keeps to."""

from __future__ import annotations

import contextlib
import os


def share_a_core(other: int) -> None:
    """Keep this process and another, which take turns, on one core.

    A process that lives the demo's year and its database session hand over a hundred thousand
    times, and never work at the same moment. To wake somebody on another core costs a fifth of
    the time. Where it is not allowed, or there is one core only, nothing changes.
    """
    if not hasattr(os, "sched_setaffinity") or len(cores := os.sched_getaffinity(0)) < 2:
        return
    with contextlib.suppress(OSError):
        os.sched_setaffinity(other, {max(cores)})
        os.sched_setaffinity(0, {max(cores)})
