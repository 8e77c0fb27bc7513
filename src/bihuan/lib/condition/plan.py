"""What a machine's template says of its parts, its service and its health: read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bihuan.lib.machines import BadTemplate, Template
from bihuan.lib.machines.template import CLASSES, Words
from bihuan.lib.machines.template import _Body as Body

SHARES = ("values", "alarms", "wear", "drift", "maintenance")
"""What the index is made of, in the order in which it is shown."""
HOURS, CYCLES = "HOURS", "CYCLES"
SERVICES = ("CLEAN", "LUBRICATE", "INSPECT", "CALIBRATE", "REPLACE", "OVERHAUL")
"""As in the fact `maintenance.due`."""
Knots = tuple[tuple[float, float], ...]
DAY = 86400.0


@dataclass(frozen=True)
class Weight:
    """How much faster a part wears by one point's value: `(value / rated) ** power`, or doubled with
    every `double` above `above`; never more than `most`.
    """

    point: int
    rated: float = 0.0
    power: float = 1.0
    above: float = 0.0
    double: float = 0.0
    most: float = 8.0


@dataclass(frozen=True)
class Part:
    """A part that is used up: by the increase of a counter (`counter`) or by the time in some states,
    weighted. `limit` in cycles or hours; `spread` is the standard deviation of the lives of such
    parts as a share of the limit, 0 where the limit is a rule and no estimate; `measured` that of a
    wear that somebody measured; `years` its longest age. `told` are shares of its life at which
    others hear of it.
    """

    code: str
    title: Words
    position: str
    counter: int | None
    states: frozenset[int]
    limit: float
    spread: float
    measured: float
    years: float
    told: tuple[float, ...]
    weigh: tuple[Weight, ...]


@dataclass(frozen=True)
class Service:
    """Maintenance that comes back with every `every` of a counter; told `ahead` of it."""

    code: str
    title: Words
    kind: str
    counter: int
    every: float
    ahead: float


@dataclass(frozen=True)
class Use:
    """What a machine consumes: the fall of a level (`full` at 100 %, a rise by `refill` is a filling),
    or electricity by its current (three phases).
    """

    code: str
    title: Words
    unit: str
    level: int | None = None
    full: float = 0.0
    refill: float = 5.0
    current: int | None = None
    volts: float = 380.0
    factor: float = 0.85


@dataclass(frozen=True)
class Settings:
    """How the index is counted. `weights` by share; knots are (value, level 0..100) pairs between
    which the level runs straight; `at` the level of a value that stands at a limit of a class; times in days.
    """

    weights: Mapping[str, float]
    grades: tuple[tuple[str, float], ...]
    """From the best: code, least index."""
    ease: float
    at: Mapping[str, float]
    days: float
    costs: Mapping[str, float]
    half_life: float
    alarm_days: float
    wear: Knots
    drift: Knots
    base_days: float
    least_days: float
    late: Knots
    caps: Mapping[str, float]
    worn_cap: float
    points: tuple[str, ...]
    """Empty: the main points that have limits."""
    states: tuple[str, ...]
    """In which values count; empty: all in which the machine runs."""
    ignore: frozenset[str]
    """Alarms by these rules say nothing of the machine (an empty tank)."""

    def grade(self, index: float) -> str:
        return next(code for code, least in self.grades if index >= least)


@dataclass(frozen=True)
class Plan:
    """All that a template says beyond what is measured."""

    parts: tuple[Part, ...]
    services: tuple[Service, ...]
    uses: tuple[Use, ...]
    settings: Settings

    def part(self, code: str) -> Part | None:
        return next((part for part in self.parts if part.code == code), None)


def read(given: Mapping[str, Any], template: Template, house: Mapping[str, Any]) -> Plan:
    """The plan in a template's mapping; `house` is what holds of health where it says nothing.
    Raises BadTemplate.
    """
    body = Body(given, "")
    parts = tuple(_part(code, row, template) for code, row in body.rows("parts"))
    services = tuple(_service(code, row, template) for code, row in body.rows("service"))
    uses = tuple(_use(code, row, template) for code, row in body.rows("uses"))
    own = body.take("health", {})
    if not isinstance(own, Mapping):
        raise BadTemplate("health", "a mapping is expected")
    return Plan(parts, services, uses, settings({**house, **own}, template))


def _part(code: str, row: Body, template: Template) -> Part:
    counter = _point(row, "counter", template) if row.has("counter") else None
    states = frozenset(_state(each, row.place, template) for each in row.take("states", ()))
    if not states:
        states = frozenset(place for place, each in enumerate(template.states) if each.runs)
    weigh = tuple(
        _weight(Body(each, f"{row.place}.weigh[{number}]"), template)
        for number, each in enumerate(row.take("weigh", ()))
    )
    if counter is not None and (weigh or not template.points[counter].counter):
        raise BadTemplate(row.place, "counts a counter, and is not weighted then")
    found = Part(
        code=code, title=row.words("title"), position=str(row.take("position", code)), counter=counter, states=states,
        limit=_positive(row, "limit"), spread=float(row.take("spread", 0.0)), measured=float(row.take("measured", 0.1)),
        years=float(row.take("years", 0.0)), told=tuple(sorted(float(each) for each in row.take("told", (0.8, 1.0)))),
        weigh=weigh,
    )  # fmt: skip
    if not 0 <= found.spread < 1 or found.measured <= 0:
        raise BadTemplate(row.place, "`spread` from 0 to below 1, `measured` above 0")
    row.end()
    return found


def _weight(row: Body, template: Template) -> Weight:
    found = Weight(
        point=_point(row, "point", template), rated=float(row.take("rated", 0)), power=float(row.take("power", 1)),
        above=float(row.take("above", 0)), double=float(row.take("double", 0)), most=float(row.take("most", 8)),
    )  # fmt: skip
    if (found.rated > 0) == (found.double > 0):
        raise BadTemplate(row.place, "one of `rated` and `double`")
    row.end()
    return found


def _service(code: str, row: Body, template: Template) -> Service:
    found = Service(
        code=code, title=row.words("title"), kind=row.one_of("kind", SERVICES), counter=_point(row, "counter", template),
        every=_positive(row, "every"), ahead=float(row.take("ahead", 0)),
    )  # fmt: skip
    if not 0 <= found.ahead < found.every or not template.points[found.counter].counter:
        raise BadTemplate(row.place, "by a counter, told less than one round ahead")
    row.end()
    return found


def _use(code: str, row: Body, template: Template) -> Use:
    found = Use(
        code=code, title=row.words("title"), unit=str(row.take("unit")),
        level=_point(row, "level", template) if row.has("level") else None, full=float(row.take("full", 0)),
        refill=float(row.take("refill", 5)), current=_point(row, "current", template) if row.has("current") else None,
        volts=float(row.take("volts", 380)), factor=float(row.take("factor", 0.85)),
    )  # fmt: skip
    if (found.level is None) == (found.current is None):
        raise BadTemplate(row.place, "one of `level` and `current`")
    row.end()
    return found


def settings(given: Mapping[str, Any], template: Template) -> Settings:
    """How the index is counted. Raises BadTemplate."""
    body = Body(given, "health")
    values, alarms = (
        Body(body.take("values"), "health.values"),
        Body(body.take("alarms"), "health.alarms"),
    )
    drift, caps = Body(body.take("drift"), "health.drift"), dict(body.take("caps"))
    grades = dict(body.take("grades"))
    found = Settings(
        weights=_numbers(body.take("weights"), "health.weights", SHARES),
        grades=tuple(sorted(((str(code), float(least)) for code, least in grades.items()), key=lambda each: -each[1])),
        ease=float(values.take("ease")), at=_numbers(values.take("at"), "health.values.at", CLASSES),
        days=values.seconds("days") / DAY, costs=_numbers(alarms.take("costs"), "health.alarms.costs", CLASSES),
        half_life=alarms.seconds("half_life") / DAY, alarm_days=alarms.seconds("days") / DAY,
        wear=_knots(body, "wear"), drift=_knots(drift, "knots"), base_days=drift.seconds("base") / DAY,
        least_days=drift.seconds("least") / DAY, late=_knots(body, "late"), worn_cap=float(caps.pop("worn")),
        caps=_numbers(caps, "health.caps", CLASSES), points=tuple(body.take("points", ())),
        states=tuple(body.take("states", ())), ignore=frozenset(body.take("ignore", ())),
    )  # fmt: skip
    for part in (values, alarms, drift, body):
        part.end()
    for code in found.points:
        if code not in template.places:
            raise BadTemplate("health.points", f"{code!r} is none of the points")
    for code in found.states:
        _state(code, "health.states", template)
    if not found.grades or found.grades[-1][1] > 0 or sum(found.weights.values()) <= 0:
        raise BadTemplate("health", "grades reach down to 0, and something has a weight")
    return found


def _numbers(given: Any, place: str, known: Sequence[str]) -> Mapping[str, float]:
    if not isinstance(given, Mapping) or not set(given) <= set(known):
        raise BadTemplate(place, f"numbers of {', '.join(known)}")
    found = {str(key): float(value) for key, value in given.items()}
    if any(value < 0 for value in found.values()):
        raise BadTemplate(place, "no number is below 0")
    return found


def _knots(body: Body, name: str) -> Knots:
    found = tuple((float(x), float(y)) for x, y in body.take(name))
    rising = [x for x, _ in found]
    falling = [-y for _, y in found]
    if len(found) < 2 or rising != sorted(set(rising)) or falling != sorted(falling):
        raise BadTemplate(
            f"{body.place}.{name}", "pairs with a rising first and a falling second number"
        )
    return found


def _positive(row: Body, name: str) -> float:
    value = float(row.take(name))
    if not 0 < value < float("inf"):
        raise BadTemplate(f"{row.place}.{name}", "must be above 0")
    return value


def _point(row: Body, name: str, template: Template) -> int:
    code = row.take(name)
    if code not in template.places:
        raise BadTemplate(
            f"{row.place}.{name}", f"{code!r} is none of {', '.join(template.places)}"
        )
    return template.index(code)


def _state(code: Any, place: str, template: Template) -> int:
    codes = [state.code for state in template.states]
    if code not in codes:
        raise BadTemplate(place, f"{code!r} is none of {', '.join(codes)}")
    return codes.index(code)
