"""A year of duties of 100,000 customers and 300,000 machines under the instruments pack.

Every period that begins is told and heard by the engine as in life. Baseline of the same run: the
rows of all duties that came of it, copied into an empty table with the same indexes
(`BIHUAN_BENCH_CUSTOMERS` makes it smaller).
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._year")
