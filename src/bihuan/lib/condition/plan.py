"""What a machine's template says of its parts, its service and its health: read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bihuan.lib.machines import BadTemplate, Template
from bihuan.lib.machines.body import Body, Words
from bihuan.lib.machines.template import CLASSES

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
        raise BadTemplate("health", "这里要写“名称: 值”", "a mapping is expected")
    return Plan(parts, services, uses, settings({**house, **own}, template))


def _part(code: str, row: Body, template: Template) -> Part:
    counter = _point(row, "counter", template) if row.has("counter") else None
    states = frozenset(_state(each, row.place, template) for each in row.names("states", ()))
    if not states:
        states = frozenset(place for place, each in enumerate(template.states) if each.runs)
    weigh = tuple(_weight(each, template) for each in row.bodies("weigh"))
    if counter is not None and (weigh or not template.points[counter].counter):
        raise BadTemplate(
            row.place,
            "counter 写一个累计测点，这时不能再加权",
            "counts a counter, and is not weighted then",
        )
    found = Part(
        code=code, title=row.words("title"), position=row.line("position", code), counter=counter, states=states,
        limit=_positive(row, "limit"), spread=row.number("spread", 0.0), measured=row.number("measured", 0.1),
        years=row.number("years", 0.0), told=tuple(sorted(row.numbers("told", (0.8, 1.0)))),
        weigh=weigh,
    )  # fmt: skip
    if not 0 <= found.spread < 1 or found.measured <= 0:
        raise BadTemplate(
            row.place,
            "spread 从 0 到小于 1，measured 大于 0",
            "`spread` from 0 to below 1, `measured` above 0",
        )
    row.end()
    return found


def _weight(row: Body, template: Template) -> Weight:
    found = Weight(
        point=_point(row, "point", template), rated=row.number("rated", 0.0), power=row.number("power", 1.0),
        above=row.number("above", 0.0), double=row.number("double", 0.0), most=row.number("most", 8.0),
    )  # fmt: skip
    if (found.rated > 0) == (found.double > 0):
        raise BadTemplate(
            row.place, "rated 和 double 写其中一个", "write one of `rated` and `double`"
        )
    row.end()
    return found


def _service(code: str, row: Body, template: Template) -> Service:
    found = Service(
        code=code, title=row.words("title"), kind=row.one_of("kind", SERVICES), counter=_point(row, "counter", template),
        every=_positive(row, "every"), ahead=row.number("ahead", 0.0),
    )  # fmt: skip
    if not 0 <= found.ahead < found.every or not template.points[found.counter].counter:
        raise BadTemplate(
            row.place,
            "counter 写一个累计测点，ahead 小于一个周期",
            "by a counter, told less than one round ahead",
        )
    row.end()
    return found


def _use(code: str, row: Body, template: Template) -> Use:
    found = Use(
        code=code, title=row.words("title"), unit=row.line("unit"),
        level=_point(row, "level", template) if row.has("level") else None, full=row.number("full", 0.0),
        refill=row.number("refill", 5.0), current=_point(row, "current", template) if row.has("current") else None,
        volts=row.number("volts", 380.0), factor=row.number("factor", 0.85),
    )  # fmt: skip
    if (found.level is None) == (found.current is None):
        raise BadTemplate(
            row.place, "level 和 current 写其中一个", "write one of `level` and `current`"
        )
    row.end()
    return found


def settings(given: Mapping[str, Any], template: Template) -> Settings:
    """How the index is counted. Raises BadTemplate."""
    body = Body(given, "health")
    values, alarms, drift = (
        Body(body.take(name), f"health.{name}") for name in ("values", "alarms", "drift")
    )
    grades = Body(body.take("grades"), "health.grades").all_numbers()
    caps = dict(Body(body.take("caps"), "health.caps").all_numbers())
    worn = caps.pop("worn", None)
    if worn is None:
        raise BadTemplate("health.caps", "缺少 worn", "`worn` is missing")
    found = Settings(
        weights=_numbers(body, "weights", SHARES),
        grades=tuple(sorted(grades.items(), key=lambda each: -each[1])),
        ease=values.number("ease"), at=_numbers(values, "at", CLASSES),
        days=values.seconds("days") / DAY, costs=_numbers(alarms, "costs", CLASSES),
        half_life=alarms.seconds("half_life") / DAY, alarm_days=alarms.seconds("days") / DAY,
        wear=_knots(body, "wear"), drift=_knots(drift, "knots"), base_days=drift.seconds("base") / DAY,
        least_days=drift.seconds("least") / DAY, late=_knots(body, "late"), worn_cap=worn,
        caps=_known_numbers(caps, "health.caps", CLASSES), points=body.names("points", ()),
        states=body.names("states", ()), ignore=frozenset(body.names("ignore", ())),
    )  # fmt: skip
    for part in (values, alarms, drift, body):
        part.end()
    for code in found.points:
        if code not in template.places:
            raise BadTemplate(
                "health.points", f"没有测点“{code}”", f"{code!r} is none of the points"
            )
    for code in found.states:
        _state(code, "health.states", template)
    if not found.grades or found.grades[-1][1] > 0 or sum(found.weights.values()) <= 0:
        raise BadTemplate(
            "health",
            "grades 要到 0 为止，weights 不能全是 0",
            "grades reach down to 0, and something has a weight",
        )
    return found


def _numbers(body: Body, name: str, known: Sequence[str]) -> Mapping[str, float]:
    place = f"{body.place}.{name}"
    return _known_numbers(Body(body.take(name), place).all_numbers(), place, known)


def _known_numbers(
    given: Mapping[str, float], place: str, known: Sequence[str]
) -> Mapping[str, float]:
    if not set(given) <= set(known):
        raise BadTemplate(place, f"只能写：{'、'.join(known)}", f"numbers of {', '.join(known)}")
    if any(value < 0 for value in given.values()):
        raise BadTemplate(place, "不能小于 0", "no number is below 0")
    return given


def _knots(body: Body, name: str) -> Knots:
    found = tuple(body.pairs(name))
    rising = [x for x, _ in found]
    falling = [-y for _, y in found]
    if len(found) < 2 or rising != sorted(set(rising)) or falling != sorted(falling):
        raise BadTemplate(
            f"{body.place}.{name}",
            "写一列数对：第一个数越来越大，第二个数不增",
            "pairs with a rising first and a falling second number",
        )
    return found


def _positive(row: Body, name: str) -> float:
    value = row.number(name)
    if value <= 0:
        raise BadTemplate(f"{row.place}.{name}", "要大于 0", "must be above 0")
    return value


def _point(row: Body, name: str, template: Template) -> int:
    code = row.line(name)
    if code not in template.places:
        raise BadTemplate(
            f"{row.place}.{name}",
            f"没有测点“{code}”",
            f"{code!r} is none of {', '.join(template.places)}",
        )
    return template.index(code)


def _state(code: Any, place: str, template: Template) -> int:
    codes = [state.code for state in template.states]
    if code not in codes:
        raise BadTemplate(place, f"没有状态“{code}”", f"{code!r} is none of {', '.join(codes)}")
    return codes.index(code)
