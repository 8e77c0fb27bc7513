"""Nothing that was answered is lost, and nothing is there twice, whatever is killed meanwhile.

Worker, web, message server and database are killed (kill -9), and the message server's power is
cut, at random moments while devices send by MQTT and a gateway by HTTP; afterwards every answered
sample must be stored once, and the alarms must be those of an undisturbed run. `bihuan bench
outages=200` sets how many are killed. Baseline: the same samples without kills.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run(size: str = "12") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._outages", size)
