"""Every list, the workbench and the customer page at 10,000 customers and 500,000 obligations.

A demo company of 100 customers that has lived for a third of a year is made a hundred times larger;
five copies share their people, so an account manager looks after some 170 customers and those who
see everything see it all. Baseline of the same run, for each page: the statements that it sends,
sent bare on one connection. The number of its queries is compared with the same page of the small
company. `python_loop_s` tells how fast the machine was at the end, to compare two runs with.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._pages")
