"""What the parameters of contracts may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.base.parameters import days
from bihuan.lib.policy.values import Shape

SHAPES: dict[str, Shape] = {**days(Path(__file__).resolve().parent / "data" / "contracts.yaml")}
