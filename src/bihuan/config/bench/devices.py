"""Machines that report: from a device's MQTT message to committed rows with alarms judged.

Everything on one machine: devices, message server, worker, database. Baseline of the same run: COPY
of the same rows in batches of the same size. `bihuan bench devices=2000` sets how many devices.
"""

from __future__ import annotations

from typing import Any

from bihuan.config.bench._ground import folder, in_home


def run(size: str = "2000") -> dict[str, Any]:
    """Measure on an installation of its own; JSON-ready."""
    with folder() as home:
        return in_home(home, "bihuan.config.bench._devices", size)
