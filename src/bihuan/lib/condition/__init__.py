"""How a machine is: what it did in a day, what is left of its parts, one number with its reasons.

`day` works on arrays and is imported by workers alone.
"""

from __future__ import annotations

from bihuan.lib.condition.health import Health, Inputs, Limit, Share, Standing, Warned, health
from bihuan.lib.condition.life import Life, Measured, Rate, estimate, rate_of
from bihuan.lib.condition.plan import Part, Plan, Service, Settings, Use, Weight, read, settings

__all__ = [
    "Health", "Inputs", "Life", "Limit", "Measured", "Part", "Plan", "Rate", "Service", "Settings", "Share", "Standing",
    "Use", "Warned", "Weight", "estimate", "health", "rate_of", "read", "settings",
]  # fmt: skip
