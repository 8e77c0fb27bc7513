"""The numbers of monitoring: the pack in force first, else `data/profile.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def _own() -> Mapping[str, str]:
    found = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))["values"]
    return {name: str(value) for name, value in found.items()}


def number(name: str, now: datetime) -> float:
    """Raises KeyError for an unknown name."""
    return float(_value(name, now))


def classes(name: str, now: datetime) -> frozenset[str]:
    """Classes of alarms. Raises KeyError for an unknown name."""
    return frozenset(_value(name, now).split())


def _value(name: str, now: datetime) -> str:
    own = _own()[f"monitoring.{name}"]
    try:
        given = pack_at(now).parameters.get(f"monitoring.{name}")
    except NoPackInForce:
        return own
    return own if given is None or given.value is None else str(given.value)
