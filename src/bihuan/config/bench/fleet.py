"""The pages of a fleet of very many machines that report by themselves.

    bihuan bench fleet                100,000 machines of 2,000 customers, a week of days, 200,000 alarms

Machines, their condition, days and alarms are copied by SQL from one of each. Baseline of the same
run, for each page: the statements that it sends, sent bare on one connection.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run(size: str = "100000") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._fleet", size)
