"""The numbers of monitoring: the pack in force first, else `data/profile.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django.utils import timezone
from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.lib.policy.values import listed, table, text_of

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
    return frozenset(listed(_value(name, now)))


def _value(name: str, now: datetime) -> str:
    own = _own()[f"monitoring.{name}"]
    try:
        given = pack_at(now).parameters.get(f"monitoring.{name}")
    except NoPackInForce:
        return own
    return own if given is None or given.value is None else text_of(given.value)


def words(name: str, now: datetime) -> list[str]:
    """Words in their order, as a list of roles. Raises KeyError for an unknown name."""
    return listed(_value(name, now))


def minutes(name: str, now: datetime) -> dict[str, float]:
    """Class -> minutes, from `URGENT 5, HIGH 15`; none are no minutes. Raises KeyError for an unknown
    name.
    """
    return {klass: each for klass, each in table(_value(name, now)).items() if each > 0}


def day_of(now: datetime) -> date:
    """The day of people's posts and leaves."""
    return timezone.localdate(now)
