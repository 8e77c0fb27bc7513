"""One fact through the bus to its obligations in the database.

The way: a fact is told by its action in one process, the listeners' process (`bihuan up --only
work`) is woken, and the obligations are there for a third connection. The work: what the listener
spends on one fact, with nothing waiting. Baselines of the same run: a bare row through the same
server and a NOTIFY to a bare listener; and bare INSERTs of as many rows as the fact gave.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run() -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._bus")
