"""The service desk: lists, tickets, customers, search, reports through the API, the sweep of clocks.

    bihuan bench tickets              2,000 tickets of 200 customers, as in `make bench`
    bihuan bench tickets=100000       with 10,000 customers and 50,000 machines
    bihuan bench tickets=1000000      with 100,000 customers; long, and some 30 GB

Each page tells wall time, processor time (ours and that of its database session), its number of
queries, and two floors of the same run: its statements sent bare, and an empty view. What is limited
is the wall time of the two large sizes; `python_loop_cpu_s` tells how fast the machine was.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home

SMALL = 2_000


def run(size: str = "") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    tickets = int(size or SMALL)
    with folder() as home:
        return in_home(
            home, "bihuan.config.bench._tickets", str(tickets), str(max(tickets // 10, 100))
        )
