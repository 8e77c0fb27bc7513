"""Tiers of 100,000 customers by their share of all purchases, under the instruments pack.

One review of everybody, in the portions in which a period is told. Baseline of the same run: the rows
that came of it, reviews, changes and facts, copied into empty tables with the same indexes.
`BIHUAN_BENCH_CUSTOMERS` makes it smaller.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._tiers")
