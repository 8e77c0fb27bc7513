"""How many machines one core simulates; ``run()`` is JSON-ready."""

from __future__ import annotations

import time
from typing import Any

from bihuan.lib.simulate.fleet import Fleet
from bihuan.lib.simulate.model import TEMPLATES, Machine

_START = 1_764_554_400.0  # a Monday morning in China
_TICKS = 30


def run(machines: int = 20_000) -> dict[str, Any]:
    """Return samples a second for each template, and the share of a core that 10 s samples take."""
    return {template: _measure(template, machines) for template in TEMPLATES}


def _measure(template: str, machines: int) -> dict[str, float]:
    fleet = Fleet([Machine(f"B{each:011}", template) for each in range(machines)], start=_START)
    fleet.step(_START + fleet.tick)
    began = time.process_time()
    samples = fleet.step(fleet.now + _TICKS * fleet.tick)
    took = (time.process_time() - began) / len(samples)
    return {
        "machines": machines,
        "samples_per_second": round(machines / took),
        "points_per_second": round(machines * len(fleet.points) / took),
        "core_share": round(took / fleet.tick, 4),
    }
