"""What is left of a life-limited part: the least of cycles, hours and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Life:
    """`left` is 0 to 1; `by` says which limit is the nearest: CYCLES, HOURS or DAYS."""

    left: float
    by: str

    @property
    def is_over(self) -> bool:
        return self.left <= 0


def life(
    *, cycles: int = 0, cycle_limit: int | None = None, hours: float = 0, hour_limit: float | None = None,
    installed_on: date, expires_on: date | None = None, day: date,
) -> Life | None:  # fmt: skip
    """None for a part without limits."""
    found: list[Life] = []
    if cycle_limit:
        found.append(Life(1 - cycles / cycle_limit, "CYCLES"))
    if hour_limit:
        found.append(Life(1 - hours / hour_limit, "HOURS"))
    if expires_on is not None:
        whole = max((expires_on - installed_on).days, 1)
        found.append(Life((expires_on - day).days / whole, "DAYS"))
    if not found:
        return None
    least = min(found, key=lambda each: each.left)
    return Life(round(max(0.0, least.left), 4), least.by)
