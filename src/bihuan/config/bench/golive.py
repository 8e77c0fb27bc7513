"""Going live with 3,000 customers from a list: import, rehearsal, the first twelve weeks.

Baseline of the same run, for the rehearsal: the weeks lived for real. `ok` when nothing falls due falsely, every week is within
capacity or its excess is named, and the rehearsal gives the figures of real life.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home

CUSTOMERS = 3_000


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._golive", str(CUSTOMERS))
