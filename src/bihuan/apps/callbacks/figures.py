"""The numbers of calls and visits: the pack in force first, else `data/profile.yaml`.

A parameter `callbacks.NAME` of the pack goes before the file. Money in CNY, distances in metres,
limits in the language of `lib.workcal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def value(name: str, now: datetime) -> str:
    """A value by its name. Raises KeyError for a name that the file does not know."""
    own = data()["values"][name]
    try:
        parameter = pack_at(now).parameters.get(f"callbacks.{name}")
    except NoPackInForce:
        parameter = None
    return str(own if parameter is None or parameter.value is None else parameter.value)


def whole(name: str, now: datetime) -> int:
    return int(float(value(name, now)))


def share(name: str, now: datetime) -> float:
    """0..1, written as 10% or 0.1."""
    text = value(name, now)
    return float(text[:-1]) / 100 if text.endswith("%") else float(text)


@dataclass(frozen=True)
class Cap:
    """At most `count` touches of one person in `days` days, and `a_day` on one day."""

    count: int
    days: int
    a_day: int


def cap(now: datetime) -> Cap:
    return Cap(whole("cap_count", now), whole("cap_days", now), whole("cap_a_day", now))


@dataclass(frozen=True)
class Unreachable:
    """After this many attempts, by so many channels and on so many days, somebody counts as
    unreachable.
    """

    attempts: int
    channels: int
    days: int


def unreachable(now: datetime) -> Unreachable:
    names = ("attempts", "attempt_channels", "attempt_days")
    return Unreachable(*(whole(name, now) for name in names))


def hours(now: datetime) -> list[tuple[time, time]]:
    """The spans of a day in which customers may be called, written `09:00-12:00 13:30-18:00`."""
    return spans(value("hours", now))


def spans(text: str) -> list[tuple[time, time]]:
    """Raises ValueError for a span that is none."""
    found = []
    for part in text.split():
        start, _, end = part.partition("-")
        found.append((time.fromisoformat(start), time.fromisoformat(end)))
    return found
