"""One number for a machine, 0 to 100, that says why.

Each share (values, alarms, wear, drift, maintenance) has a level from 0 to 100 and a weight; the
index is their weighted mean over the shares that are known. What is not known lowers the
confidence, never the index. A grave alarm that stands or a part that is used up is a ceiling: the
good rest of a machine must not hide it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bihuan.lib.condition.plan import SHARES, Knots, Settings

BEYOND = 0.5
"""So far beyond its last limit (of its way there) a value is as bad as can be."""
Reason = Mapping[str, Any]


@dataclass(frozen=True)
class Limit:
    value: float
    upward: bool
    klass: str


@dataclass(frozen=True)
class Standing:
    """Where a value lay while the machine was at speed: almost always between `low` and `high`.
    `band` is where it lies in good order, if anybody says so.
    """

    code: str
    low: float
    high: float
    limits: Sequence[Limit]
    band: tuple[float, float] | None = None


@dataclass(frozen=True)
class Warned:
    """An alarm: `days` since its end, 0 while it stands."""

    rule: str
    klass: str
    days: float
    stands: bool


@dataclass(frozen=True)
class Inputs:
    """None where nothing is known: no limits, no history, no parts, nothing promised."""

    standings: Sequence[Standing] | None = None
    alarms: Sequence[Warned] | None = None
    wear: Mapping[str, float] | None = None
    drift: Mapping[str, float] | None = None
    """Point -> how far it is from its own usual, in its usual day-to-day deviations."""
    late: Mapping[str, float] | None = None
    """What of the maintenance is owed -> days since it was due."""
    fresh: float = 1.0
    """How much of what is known is of these days (0..1)."""


@dataclass(frozen=True)
class Share:
    """`lost` are the points that this share costs; `reasons` the worst first."""

    name: str
    weight: float
    level: float
    lost: float
    reasons: Sequence[Reason]


@dataclass(frozen=True)
class Health:
    """`ceiling` is what holds the index down beyond the shares, with its reason."""

    index: float
    confidence: float
    grade: str
    shares: Sequence[Share]
    unknown: Sequence[str]
    ceiling: float = 100.0
    because: Reason = field(default_factory=dict)


def health(given: Inputs, settings: Settings) -> Health | None:
    """None while nothing at all is known."""
    levels = {
        "values": _values(given.standings, settings), "alarms": _alarms(given.alarms, settings),
        "wear": _worst(given.wear, settings.wear, "part"), "drift": _worst(given.drift, settings.drift, "point"),
        "maintenance": _late(given.late, settings.late),
    }  # fmt: skip
    known = {
        name: found for name in SHARES if (found := levels[name]) and settings.weights.get(name)
    }
    whole = math.fsum(settings.weights.values())
    weight = math.fsum(settings.weights[name] for name in known)
    if not weight:
        return None
    shares = [
        Share(name, settings.weights[name] / weight, level, settings.weights[name] / weight * (100 - level), reasons)
        for name, (level, reasons) in known.items()
    ]  # fmt: skip
    index = 100 - math.fsum(share.lost for share in shares)
    ceiling, because = _ceiling(given, settings)
    index = max(0.0, min(100.0, index, ceiling))
    return Health(
        index, weight / whole * max(0.0, min(1.0, given.fresh)), settings.grade(index), shares,
        [name for name in SHARES if name not in known and settings.weights.get(name)], ceiling, because,
    )  # fmt: skip


def level(knots: Knots, value: float) -> float:
    """Between two knots the level runs straight; before the first and after the last it stays."""
    if value <= knots[0][0]:
        return knots[0][1]
    for (x, y), (next_x, next_y) in pairwise(knots):
        if value <= next_x:
            return y + (next_y - y) * (value - x) / (next_x - x)
    return knots[-1][1]


def _values(
    given: Sequence[Standing] | None, settings: Settings
) -> tuple[float, list[Reason]] | None:
    """Half the worst point, half the mean of all."""
    if not given:
        return None
    found = sorted(
        ((_standing(each, settings), each) for each in given), key=lambda pair: pair[0][0]
    )
    levels = [each for (each, _limit), _ in found]
    reasons: list[Reason] = [
        {"point": each.code, "value": each.high if limit.upward else each.low, "limit": limit.value, "level": at}
        for (at, limit), each in found if at < 100 and limit is not None
    ]  # fmt: skip
    return 0.5 * levels[0] + 0.5 * math.fsum(levels) / len(levels), reasons


def _standing(given: Standing, settings: Settings) -> tuple[float, Limit | None]:
    found: list[tuple[float, Limit | None]] = [(100.0, None)]
    for upward in (True, False):
        sign = 1.0 if upward else -1.0
        limits = sorted(
            (each for each in given.limits if each.upward == upward),
            key=lambda each: sign * each.value,
        )
        if not limits:
            continue
        first = sign * limits[0].value
        home = _home(given, first, upward=upward)
        start = first - (1 - settings.ease) * (first - home)
        if (
            given.band is not None
        ):  # nothing in good order costs anything, where that ends before the limit
            edge = given.band[1] if upward else -given.band[0]
            start = max(start, edge) if edge < first else start
        knots = [(start, 100.0)]
        for each in limits:
            at = min(knots[-1][1], settings.at.get(each.klass, 0.0))
            if sign * each.value > knots[-1][0]:
                knots.append((sign * each.value, at))
        end = knots[-1][0]
        if knots[-1][1] > 0:
            knots.append((end + BEYOND * max(end - home, 1e-9), 0.0))
        value = given.high if upward else -given.low
        near = next((each for each in reversed(limits) if value >= sign * each.value), limits[0])
        found.append((level(tuple(knots), value), near))
    return min(found, key=lambda pair: pair[0])


def _home(given: Standing, first: float, *, upward: bool) -> float:
    """From where the way to the first limit is counted, with the sign of its direction."""
    if given.band is not None:
        home = given.band[0] if upward else -given.band[1]
        if home < first:
            return home
    return 0.0 if first > 0 else first - max(abs(first), 1.0)


def _alarms(
    given: Sequence[Warned] | None, settings: Settings
) -> tuple[float, list[Reason]] | None:
    if given is None:
        return None
    left, reasons = 1.0, []
    for each in given:
        if each.rule in settings.ignore:
            continue
        age = 0.0 if each.stands else each.days
        cost = (
            min(100.0, settings.costs.get(each.klass, 0.0))
            / 100
            * 0.5 ** (age / settings.half_life)
        )
        left *= 1 - cost
        reasons.append(
            {
                "rule": each.rule,
                "class": each.klass,
                "stands": each.stands,
                "days": age,
                "cost": 100 * cost,
            }
        )
    return 100 * left, sorted(reasons, key=lambda each: -float(each["cost"]))


def _worst(
    given: Mapping[str, float] | None, knots: Knots, name: str
) -> tuple[float, list[Reason]] | None:
    """The level of the worst alone: nine good parts do not mend the tenth."""
    if not given:
        return None
    ordered = sorted(given.items(), key=lambda pair: -pair[1])
    reasons: list[Reason] = [
        {name: code, "value": value, "level": at} for code, value in ordered if (at := level(knots, value)) < 100
    ]  # fmt: skip
    return level(knots, ordered[0][1]), reasons


def _late(given: Mapping[str, float] | None, knots: Knots) -> tuple[float, list[Reason]] | None:
    if given is None:
        return None
    return _worst(given, knots, "item") or (100.0, [])


def _ceiling(given: Inputs, settings: Settings) -> tuple[float, Reason]:
    found: list[tuple[float, Reason]] = [(100.0, {})]
    found += [
        (settings.caps[each.klass], {"rule": each.rule, "class": each.klass})
        for each in given.alarms or ()
        if each.stands and each.klass in settings.caps and each.rule not in settings.ignore
    ]
    worn = {code: value for code, value in (given.wear or {}).items() if value >= 1}
    found += [(settings.worn_cap, {"part": code, "value": value}) for code, value in worn.items()]
    return min(found, key=lambda pair: pair[0])
