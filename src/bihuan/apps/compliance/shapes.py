"""What the parameters of compliance may say."""

from __future__ import annotations

from bihuan.lib.policy.values import Read, Shape, whole_numbers

SHAPES: dict[str, Shape] = {"overdue.bands": Read(whole_numbers, "[7, 30, 90]")}
