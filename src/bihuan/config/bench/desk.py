"""Two hundred people at work at once on one service desk, over the real web workers.

    bihuan bench desk           20 people
    bihuan bench desk=200       as many as are asked

Each opens the queue and a ticket, then replies, notes, chases, hands over or closes; two always
stand before the same ticket. At the end no answer may have been an error, every write that was
acknowledged stands in the history exactly once, nothing of a refused one does, and the database has
seen no deadlock. Baseline: the same ticket opened by one person alone.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home

FEW = 20


def run(people: str = "") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._at_desk", str(int(people or FEW)))
