"""A year of duties of 100,000 customers and 300,000 machines under the instruments pack.

Every period that begins is told and heard by the engine as in life. Baseline of the same run: all
rows that came of it, duties and facts, copied into empty tables with the same indexes; the ratio to
the duties alone stands beside it. `BIHUAN_BENCH_CUSTOMERS` makes it smaller. Processor seconds are
those of the program and of the database server together.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._year")
