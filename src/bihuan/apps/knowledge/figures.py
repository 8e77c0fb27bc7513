"""The numbers of knowledge: the pack in force first, else `data/profile.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"
MONTH = 365 / 12


@cache
def _own() -> Mapping[str, str]:
    found = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))["values"]
    return {name: str(value) for name, value in found.items()}


def whole(name: str, now: datetime) -> int:
    """Raises KeyError for an unknown name."""
    own = _own()[f"knowledge.{name}"]
    try:
        given = pack_at(now).parameters.get(f"knowledge.{name}")
    except NoPackInForce:
        return int(own)
    return int(own if given is None or given.value is None else float(str(given.value)))


def next_review(today: date, now: datetime) -> date:
    """What the form proposes; the person decides."""
    return today + timedelta(days=round(whole("review_months", now) * MONTH))
