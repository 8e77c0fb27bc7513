"""The numbers of calls and visits: the pack in force first, else `data/profile.yaml`.

A parameter `callbacks.NAME` of the pack goes before the file. Money in CNY, distances in metres,
limits in the language of `lib.workcal`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.callbacks.rules import Span, share_of, spans
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.lib.policy.values import text_of

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def value(name: str, now: datetime) -> str:
    """A value by its name. Raises KeyError for a name that the file does not know."""
    return values([name], now)[0]


def values(names: Sequence[str], now: datetime) -> list[str]:
    """Several values with one look at the pack."""
    own = [data()["values"][name] for name in names]
    try:
        known = pack_at(now).parameters
    except NoPackInForce:
        return [str(each) for each in own]
    found = [known.get(f"callbacks.{name}") for name in names]
    return [
        str(mine) if given is None or given.value is None else text_of(given.value)
        for mine, given in zip(own, found, strict=True)
    ]


def whole(name: str, now: datetime) -> int:
    return int(float(value(name, now)))


def share(name: str, now: datetime) -> float:
    """0..1, written as 10% or 0.1."""
    return share_of(value(name, now))


def talk(now: datetime) -> dict[str, float]:
    """Part of a talk -> its share of time; empty where the regulation shares out no talk."""
    try:
        known = pack_at(now).parameters
    except NoPackInForce:
        return {}
    named = {code: known.get(row["parameter"]) for code, row in data()["talk"].items()}
    return {code: share_of(str(each.value)) for code, each in named.items() if each is not None}


@dataclass(frozen=True)
class Cap:
    """At most `count` touches of one person in `days` days, and `a_day` on one day."""

    count: int
    days: int
    a_day: int


def cap(now: datetime) -> Cap:
    return Cap(*(int(float(each)) for each in values(["cap_count", "cap_days", "cap_a_day"], now)))


@dataclass(frozen=True)
class Unreachable:
    """After this many attempts, by so many channels and on so many days, somebody counts as
    unreachable.
    """

    attempts: int
    channels: int
    days: int


def unreachable(now: datetime) -> Unreachable:
    found = values(["attempts", "attempt_channels", "attempt_days"], now)
    return Unreachable(*(int(float(each)) for each in found))


def hours(now: datetime) -> list[Span]:
    """The spans of a day in which customers may be called, written `09:00-12:00 13:30-18:00`."""
    return spans(value("hours", now))
