"""What the parameters of the customer's pages may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.base.parameters import numbers
from bihuan.lib.policy.values import Shape, Words

SHAPES: dict[str, Shape] = {
    **numbers(Path(__file__).resolve().parent / "data" / "profile.yaml"),
    "portal.engineer": Words(("NONE", "SURNAME", "NAME"), most=1),
}
