"""What the parameters of knowledge may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.base.parameters import numbers
from bihuan.lib.policy.values import Shape

SHAPES: dict[str, Shape] = {**numbers(Path(__file__).resolve().parent / "data" / "profile.yaml")}
