"""The order in which samples of many machines are followed."""

from __future__ import annotations

import numpy as np

from bihuan.lib.machines.states import Ints


def by_machine(machines: Ints) -> tuple[Ints, Ints, Ints]:
    """The order in which rows lie machine by machine, and of each machine its first and last row there."""
    order = np.argsort(machines, kind="stable")
    starts = np.flatnonzero(np.diff(machines[order], prepend=machines[order[0]] - 1))
    return order, starts, np.append(starts[1:], len(order)) - 1


def turns(rank: Ints, order: Ints) -> list[Ints]:
    """Rows such that no machine comes twice in one turn, and its rows come in their order; within a
    turn as they came (`order`).
    """
    by = np.lexsort((order, rank))
    return np.split(by, np.flatnonzero(np.diff(rank[by])) + 1)
