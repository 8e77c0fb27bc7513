"""The numbers of tickets: the pack in force first, else `data/profile.yaml`.

How often somebody is tried before he counts as unreachable is one figure for the whole house
(`callbacks.attempts` and its two companions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.lib.policy.values import listed, phrases, text_of
from bihuan.lib.workcal import Duration

FILE = Path(__file__).resolve().parent / "data" / "profile.yaml"


@cache
def data() -> Mapping[str, Any]:
    """The file as read once."""
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(FILE.read_text("utf-8"))
    return found


def values(names: Sequence[str], now: datetime) -> list[str]:
    """Several values with one look at the pack. Raises KeyError for an unknown name."""
    own = [str(data()["values"][name]) for name in names]
    try:
        known = pack_at(now).parameters
    except NoPackInForce:
        return own
    found = [known.get(name) for name in names]
    return [
        str(mine) if given is None or given.value is None else text_of(given.value)
        for mine, given in zip(own, found, strict=True)
    ]


def whole(name: str, now: datetime) -> int:
    return int(float(values([name], now)[0]))


def words(name: str, now: datetime) -> list[str]:
    """Words in their order. Raises KeyError for an unknown name."""
    return listed(values([name], now)[0])


def is_major(impact: str, now: datetime) -> bool:
    """Whether what stands still makes a fault a major one."""
    return impact in words("tickets.major", now)


def danger_words(now: datetime) -> list[str]:
    """Words by which a customer says that people are in danger."""
    return phrases(values(["tickets.danger_words"], now)[0])


def limits(names: Sequence[str], now: datetime) -> list[Duration | None]:
    """Time limits of the pack in force; None where it sets none of that name."""
    try:
        known = pack_at(now).parameters
    except NoPackInForce:
        return [None for _name in names]
    found = [known.get(name) for name in names]
    return [
        Duration.parse(str(each.value)) if each is not None and each.value is not None else None
        for each in found
    ]


def lines() -> dict[int, list[str]]:
    """Line -> the roles that make it up where a company has set no queues."""
    found: dict[int, list[str]] = {int(n): list(each) for n, each in data()["lines"].items()}
    return found


@dataclass(frozen=True)
class Unreachable:
    """So many tries, by so many channels and on so many days."""

    attempts: int
    channels: int
    days: int


def unreachable(now: datetime) -> Unreachable:
    names = ["callbacks.attempts", "callbacks.attempt_channels", "callbacks.attempt_days"]
    return Unreachable(*(int(float(each)) for each in values(names, now)))


@dataclass(frozen=True)
class Confirming:
    """Kinds that may be confirmed in the same call; whether the doer's team may not confirm."""

    same_call: frozenset[str]
    other_team: bool


def confirming(now: datetime) -> Confirming:
    kinds, other = values(["tickets.same_call", "tickets.other_team"], now)
    return Confirming(frozenset(listed(kinds)), other.lower() in ("yes", "true", "1"))


def symptoms(lang: str) -> list[str]:
    """What callers often say, in the language of the page."""
    return [each[lang] for each in data()["symptoms"]]
