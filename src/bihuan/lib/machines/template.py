"""A machine model's template: read strictly, so that a misspelt name is refused with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bihuan.lib.machines.watch import Watch, read_watch

Words = Mapping[str, str]
CLASSES = ("LOW", "NORMAL", "HIGH", "URGENT")
"""As in the fact `alarm.raised`, mildest first."""
KINDS = ("LIMIT", "RATE", "VIBRATION_ZONE", "WEAR", "PERFORMANCE", "OFFLINE", "STATE", "OTHER")
_CODE = re.compile(r"[a-z][a-z0-9_.]{1,39}")
_POINT = re.compile(r"[A-Z][A-Z0-9_]{1,29}")
_TIME = re.compile(r"(\d+(?:\.\d+)?)(ms|s|min|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class BadTemplate(ValueError):
    """`place` is the path of keys down to what is wrong."""

    def __init__(self, place: str, said: str) -> None:
        super().__init__(f"{place}: {said}")
        self.place, self.said = place, said


@dataclass(frozen=True)
class Point:
    """A measuring point. Values outside `low`..`high` cannot be true of this sensor."""

    code: str
    title: Words
    unit: str
    low: float
    high: float
    dead_band: float = 0.0
    digits: int = 2
    counter: bool = False
    hidden: bool = False
    position: bool = False
    """Says where the machine is: kept and shown only as far as its customer agrees."""
    band: tuple[float, float] | None = None
    """Where the value lies in good order, for the drawing of a point without limits."""


@dataclass(frozen=True)
class Condition:
    """A comparison of one point, or of its difference to another (`of`), or of its speed of change
    per second (`rate`); `share` makes the difference relative to the other point.
    """

    point: int
    above: float = -math.inf
    below: float = math.inf
    of: int | None = None
    share: bool = False
    rate: bool = False


@dataclass(frozen=True)
class State:
    code: str
    title: Words
    when: tuple[Condition, ...]
    runs: bool = False
    """Whether the machine works in it: counted as run time."""


@dataclass(frozen=True)
class Rule:
    """When an alarm is raised and when it is over.

    Raised when the value has stood beyond `above` or `below` for `lasting` seconds (or `times` times
    within `within` seconds) in one of `states`; over when it has stood on the good side of `clear`
    for `settled` seconds. With `of` the value is the difference to that point, with `rate` its
    change per minute over `within` seconds. `parent` stays the only one raised while both hold.
    """

    code: str
    title: Words
    kind: str
    klass: str
    point: int
    above: float = math.inf
    below: float = -math.inf
    clear: float = math.nan
    of: int | None = None
    rate: bool = False
    lasting: float = 0.0
    settled: float = 0.0
    times: int = 1
    within: float = 0.0
    states: frozenset[int] = frozenset()
    parent: str = ""
    observe: bool = False
    customer: Words = field(default_factory=dict)
    """What the customer is told: one sentence that he can act on."""

    @property
    def upward(self) -> bool:
        return math.isfinite(self.above)

    @property
    def edge(self) -> float:
        """The limit, whichever side it is on."""
        return self.above if self.upward else self.below


@dataclass(frozen=True)
class Template:
    code: str
    version: int
    title: Words
    families: tuple[str, ...]
    every: float
    """Seconds between two samples, as devices are told to measure."""
    silent: float
    """Seconds without a sample after which a machine counts as offline."""
    points: tuple[Point, ...]
    states: tuple[State, ...]
    rules: tuple[Rule, ...]
    main: tuple[str, ...] = ()
    watches: tuple[Watch, ...] = ()

    def index(self, code: str) -> int:
        """The place of a point in the rows of values. Raises KeyError."""
        return self._places[code]

    @property
    def _places(self) -> dict[str, int]:
        known = self.__dict__.get("_known")
        if known is None:
            known = {point.code: place for place, point in enumerate(self.points)}
            object.__setattr__(self, "_known", known)
        found: dict[str, int] = known
        return found

    @property
    def places(self) -> Mapping[str, int]:
        return self._places

    def point(self, code: str) -> Point:
        return self.points[self.index(code)]

    def rule(self, code: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.code == code), None)

    def watch(self, code: str) -> Watch | None:
        return next((watch for watch in self.watches if watch.code == code), None)

    @property
    def every_alarm(self) -> tuple[Rule | Watch, ...]:
        return (*self.rules, *self.watches)

    def alarm(self, code: str) -> Rule | Watch | None:
        """Whatever raises alarms by that name."""
        return self.rule(code) or self.watch(code)


def read(given: Any) -> Template:
    """The template that a mapping (from YAML) says. Raises BadTemplate."""
    body = Body(given, "")
    points = tuple(_point(code, row) for code, row in body.rows("points"))
    places = {point.code: place for place, point in enumerate(points)}
    states = tuple(_state(code, row, places) for code, row in body.rows("states"))
    named = {state.code: place for place, state in enumerate(states)}
    rules = tuple(_rule(code, row, places, named) for code, row in body.rows("alarms"))
    codes = {rule.code for rule in rules}
    for rule in rules:
        if rule.parent and rule.parent not in codes:
            raise BadTemplate(f"alarms.{rule.code}.parent", f"no alarm {rule.parent!r}")
    watches = tuple(_watch(code, row, places, named) for code, row in body.rows("watches"))
    for watch in watches:
        if watch.code in codes:
            raise BadTemplate(f"watches.{watch.code}", "there is an alarm of that name")
        if (watch.states, watch.hour) != (watches[0].states, watches[0].hour):
            raise BadTemplate(f"watches.{watch.code}", "all watches look at the same hours")
    main = tuple(body.take("main", ()))
    for code in main:
        _known(places, code, "main")
    found = Template(
        code=body.text("code", _CODE), version=int(body.take("version")), title=body.words("title"),
        families=tuple(body.take("families", ())), every=body.seconds("every"),
        silent=body.seconds("silent"), points=points, states=states, rules=rules, main=main, watches=watches,
    )  # fmt: skip
    body.end()
    return found


def _point(code: str, row: Body) -> Point:
    if not _POINT.fullmatch(code):
        raise BadTemplate(row.place, "a point is named in capitals")
    low, high = row.pair("range")
    band = row.pair("band") if row.has("band") else None
    found = Point(
        code=code, title=row.words("title"), unit=str(row.take("unit", "")), low=low, high=high,
        dead_band=float(row.take("dead_band", 0)), digits=int(row.take("digits", 2)),
        counter=bool(row.take("counter", False)), hidden=bool(row.take("hidden", False)), band=band,
        position=bool(row.take("position", False)),
    )  # fmt: skip
    row.end()
    return found


def _state(code: str, row: Body, places: Mapping[str, int]) -> State:
    conditions = []
    for number, each in enumerate(row.take("when", ())):
        part = Body(each, f"{row.place}.when[{number}]")
        condition = Condition(
            point=_known(places, part.take("point"), part.place), above=float(part.take("above", -math.inf)),
            below=float(part.take("below", math.inf)), of=_other(part, places),
            share=bool(part.take("share", False)), rate=bool(part.take("rate", False)),
        )  # fmt: skip
        part.end()
        conditions.append(condition)
    found = State(code, row.words("title"), tuple(conditions), bool(row.take("runs", False)))
    row.end()
    return found


def _rule(code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int]) -> Rule:
    if not _CODE.fullmatch(code):
        raise BadTemplate(row.place, "an alarm is named in small letters")
    above, below = float(row.take("above", math.inf)), float(row.take("below", -math.inf))
    if math.isinf(above) == math.isinf(below):
        raise BadTemplate(row.place, "one of `above` and `below`")
    edge = above if math.isfinite(above) else below
    clear = float(row.take("clear", edge))
    if clear > above or clear < below:
        raise BadTemplate(f"{row.place}.clear", "must lie on the good side of the limit")
    inside = frozenset(
        _known(states, name, f"{row.place}.states") for name in row.take("states", ())
    )
    times = int(row.take("times", 1))
    found = Rule(
        code=code, title=row.words("title"), kind=row.one_of("kind", KINDS), klass=row.one_of("class", CLASSES),
        point=_known(places, row.take("point"), row.place), above=above, below=below, clear=clear,
        of=_other(row, places), rate=bool(row.take("rate", False)), lasting=row.seconds("for", 0.0),
        settled=row.seconds("settled", 0.0), times=times, within=row.seconds("within", 0.0),
        states=inside, parent=str(row.take("parent", "")), observe=bool(row.take("observe", False)),
        customer=row.words("customer") if row.has("customer") else {},
    )  # fmt: skip
    if (found.rate or times > 1) and not found.within:
        raise BadTemplate(row.place, "`rate` and `times` need `within`")
    row.end()
    return found


def _watch(code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int]) -> Watch:
    if not _CODE.fullmatch(code):
        raise BadTemplate(row.place, "a watch is named in small letters")
    return read_watch(code, row, places, states, CLASSES)


def _other(row: Body, places: Mapping[str, int]) -> int | None:
    name = row.take("of", "")
    return _known(places, name, f"{row.place}.of") if name else None


def _known(names: Mapping[str, int], name: Any, place: str) -> int:
    if name not in names:
        raise BadTemplate(place, f"{name!r} is none of {', '.join(names)}")
    return names[name]


class Body:
    """A mapping whose keys are taken one by one; what is left over was misspelt."""

    def __init__(self, given: Any, place: str) -> None:
        if not isinstance(given, Mapping):
            raise BadTemplate(place or "template", "a mapping is expected")
        self._rest = dict(given)
        self.place = place

    def has(self, name: str) -> bool:
        return name in self._rest

    def take(self, name: str, otherwise: Any = ...) -> Any:
        if name in self._rest:
            return self._rest.pop(name)
        if otherwise is ...:
            raise BadTemplate(self.place or "template", f"`{name}` is missing")
        return otherwise

    def rows(self, name: str) -> Sequence[tuple[str, Body]]:
        given = self.take(name, {})
        if not isinstance(given, Mapping):
            raise BadTemplate(name, "a mapping is expected")
        return [(str(key), Body(row, f"{name}.{key}")) for key, row in given.items()]

    def text(self, name: str, form: re.Pattern[str]) -> str:
        value = str(self.take(name))
        if not form.fullmatch(value):
            raise BadTemplate(f"{self.place}.{name}", f"{value!r} is not a name")
        return value

    def words(self, name: str) -> Words:
        value = self.take(name)
        if not isinstance(value, Mapping) or set(value) != {"zh", "en"} or not all(value.values()):
            raise BadTemplate(f"{self.place}.{name}", "needs zh and en")
        return {key: str(text) for key, text in value.items()}

    def pair(self, name: str) -> tuple[float, float]:
        value = self.take(name)
        if not isinstance(value, Sequence) or len(value) != 2 or not value[0] < value[1]:
            raise BadTemplate(f"{self.place}.{name}", "two numbers, the lower first")
        return float(value[0]), float(value[1])

    def one_of(self, name: str, known: Sequence[str]) -> str:
        value = str(self.take(name))
        if value not in known:
            raise BadTemplate(f"{self.place}.{name}", f"{value!r} is none of {', '.join(known)}")
        return value

    def seconds(self, name: str, otherwise: float | None = None) -> float:
        value = self.take(name, ... if otherwise is None else otherwise)
        if isinstance(value, float):
            return value
        found = _TIME.fullmatch(str(value))
        if found is None:
            raise BadTemplate(f"{self.place}.{name}", f"{value!r}: write 10s, 5min, 2h or 3d")
        return float(found[1]) * _SECONDS[found[2]]

    def known(self, names: Mapping[str, int], name: Any, under: str) -> int:
        return _known(names, name, f"{self.place}.{under}")

    def refuse(self, under: str, said: str) -> None:
        raise BadTemplate(f"{self.place}.{under}" if under else self.place, said)

    def end(self) -> None:
        if self._rest:
            raise BadTemplate(
                self.place or "template", f"unknown: {', '.join(map(str, self._rest))}"
            )
