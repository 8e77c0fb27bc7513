"""What the parameters of calls and visits may say."""

from __future__ import annotations

from pathlib import Path

from bihuan.apps.callbacks.rules import share_of, spans
from bihuan.base.parameters import numbers
from bihuan.lib.policy.values import Read, Shape
from bihuan.lib.workcal import Duration

SHAPES: dict[str, Shape] = {
    **numbers(Path(__file__).resolve().parent / "data" / "profile.yaml", "callbacks."),
    **{f"talk.{part}": Read(share_of, "25%") for part in ("business", "needs", "life", "value")},
    "callbacks.routine_script": Read(str, "routine"),
    "callbacks.hours": Read(spans, "09:00-12:00 13:30-18:00"),
    "callbacks.record_within": Read(Duration.parse, "24h"),
    "callbacks.undo_within": Read(Duration.parse, "24h"),
    "callbacks.sample_share": Read(share_of, "10%"),
}
