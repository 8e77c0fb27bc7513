"""Every list, the workbench and the customer page of a large company.

    bihuan bench pages                10,000 customers and 500,000 obligations
    bihuan bench pages=100000         100,000 and 5,000,000: board, drill-down, workbench, customer; some 40 GB

A demo company of 100 customers that has lived for a third of a year is copied until it is as large;
five copies share their people, so an account manager looks after some 170 customers and those who
see everything see it all. Baseline of the same run, for each page: the statements that it sends,
sent bare on one connection. The number of its queries is compared with the same page of the small
company. `python_loop_s` tells how fast the machine was at the end, to compare two runs with.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run(size: str = "10000") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._pages", size)
