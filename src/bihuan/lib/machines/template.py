"""A machine model's template: read strictly, so that a misspelt name is refused with its place."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bihuan.lib.machines.body import BadTemplate, Body, Words
from bihuan.lib.machines.command import LONGEST, Setting
from bihuan.lib.machines.watch import Watch, read_watch

CLASSES = ("LOW", "NORMAL", "HIGH", "URGENT")
"""As in the fact `alarm.raised`, mildest first."""
KINDS = ("LIMIT", "RATE", "VIBRATION_ZONE", "WEAR", "PERFORMANCE", "OFFLINE", "STATE", "OTHER")
ELSEWHERE = ("parts", "service", "uses", "health")
"""What `lib.condition` reads in the same file."""
_CODE = re.compile(r"[a-z][a-z0-9_.]{1,39}")
_POINT = re.compile(r"[A-Z][A-Z0-9_]{1,29}")


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
    fastest: float = math.inf
    """The most that a counter gains in an hour."""
    hidden: bool = False
    position: bool = False
    """Says where the machine is: kept and shown only as far as its customer agrees."""
    band: tuple[float, float] | None = None
    """Where the value lies in good order, for the drawing of a point without limits."""

    def most(self, seconds: Any) -> Any:
        """The most that a counter can have gained in so many seconds: its clock may be a little fast, and it
        may have waited before it told, and tells whole digits.
        """
        return self.fastest * (seconds / 3600 * 1.05 + 0.2) + 10.0**-self.digits


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
    settings: tuple[Setting, ...] = ()
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

    def parents(self, code: str) -> list[str]:
        """Of an alarm all that hold it, the nearest first."""
        found: list[str] = []
        above = self.rule(code)
        while above is not None and above.parent:
            found.append(above.parent)
            above = self.rule(above.parent)
        return found

    def setting(self, code: str) -> Setting | None:
        return next((each for each in self.settings if each.code == code), None)

    def watch(self, code: str) -> Watch | None:
        return next((watch for watch in self.watches if watch.code == code), None)

    @property
    def hourly(self) -> tuple[Watch, ...]:
        return tuple(watch for watch in self.watches if not watch.quick)

    @property
    def quick(self) -> tuple[Watch, ...]:
        return tuple(watch for watch in self.watches if watch.quick)

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
            raise BadTemplate(
                f"alarms.{rule.code}.parent",
                f"没有报警“{rule.parent}”",
                f"no alarm {rule.parent!r}",
            )
    for rule in rules:
        _ends(rule, {each.code: each for each in rules})
    settings = tuple(_setting(code, row, places, named) for code, row in body.rows("commands"))
    watches = tuple(_watch(code, row, places, named) for code, row in body.rows("watches"))
    for watch in watches:
        if watch.code in codes:
            raise BadTemplate(
                f"watches.{watch.code}", "已有同名的报警规则", "there is an alarm of that name"
            )
    hourly = [watch for watch in watches if not watch.quick]
    for watch in hourly:
        if (watch.states, watch.hour) != (hourly[0].states, hourly[0].hour):
            raise BadTemplate(
                f"watches.{watch.code}",
                "各项的 states 和 hour 要相同",
                "all watches look at the same hours",
            )
    main = body.names("main", ())
    for code in main:
        _known(places, code, "main")
    found = Template(
        code=body.text("code", _CODE), version=body.whole("version"), title=body.words("title"),
        families=body.names("families", ()), every=body.seconds("every"),
        silent=body.seconds("silent"), points=points, states=states, rules=rules, main=main,
        settings=settings, watches=watches,
    )  # fmt: skip
    for name in ELSEWHERE:
        body.take(name, None)
    body.end()
    return found


def _ends(rule: Rule, rules: Mapping[str, Rule]) -> None:
    """Alarms that held one another would none of them be raised."""
    seen, above = {rule.code}, rule
    while above.parent:
        above = rules[above.parent]
        if above.code in seen:
            raise BadTemplate(
                f"alarms.{rule.code}.parent",
                "上级报警绕成了一圈",
                "its parents go round in a circle",
            )
        seen.add(above.code)


def _point(code: str, row: Body) -> Point:
    if not _POINT.fullmatch(code):
        raise BadTemplate(
            row.place,
            "测点代码用大写字母、数字和下划线，以字母开头",
            "a point is named in capitals, digits and _",
        )
    low, high = row.pair("range")
    band = row.pair("band") if row.has("band") else None
    unit = row.line("unit", "")
    # an hour meter runs no faster than an hour an hour
    fastest = row.number("fastest", 1.0 if unit == "h" else math.inf)
    if fastest <= 0:
        raise BadTemplate(f"{row.place}.fastest", "写大于 0 的数", "must be above 0")
    found = Point(
        code=code, title=row.words("title"), unit=unit, low=low, high=high,
        dead_band=row.number("dead_band", 0.0), digits=row.whole("digits", 2),
        counter=row.flag("counter"), fastest=fastest, hidden=row.flag("hidden"), band=band, position=row.flag("position"),
    )  # fmt: skip
    row.end()
    return found


def _state(code: str, row: Body, places: Mapping[str, int]) -> State:
    conditions = []
    for part in row.bodies("when"):
        condition = Condition(
            point=_known(places, part.line("point"), f"{part.place}.point"), above=part.number("above", -math.inf),
            below=part.number("below", math.inf), of=_other(part, places),
            share=part.flag("share"), rate=part.flag("rate"),
        )  # fmt: skip
        part.end()
        conditions.append(condition)
    found = State(code, row.words("title"), tuple(conditions), row.flag("runs"))
    row.end()
    return found


def _rule(code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int]) -> Rule:
    if not _CODE.fullmatch(code):
        raise BadTemplate(
            row.place,
            "报警代码用小写字母、数字、点和下划线，以字母开头",
            "an alarm is named in small letters, digits, . and _",
        )
    above, below = row.number("above", math.inf), row.number("below", -math.inf)
    if math.isinf(above) == math.isinf(below):
        raise BadTemplate(
            row.place, "above 和 below 写其中一个", "write one of `above` and `below`"
        )
    edge = above if math.isfinite(above) else below
    clear = row.number("clear", edge)
    if clear > above or clear < below:
        raise BadTemplate(
            f"{row.place}.clear",
            "解除值要在限值的正常一侧",
            "must lie on the good side of the limit",
        )
    inside = frozenset(
        _known(states, name, f"{row.place}.states") for name in row.names("states", ())
    )
    times = row.whole("times", 1)
    found = Rule(
        code=code, title=row.words("title"), kind=row.one_of("kind", KINDS), klass=row.one_of("class", CLASSES),
        point=_known(places, row.line("point"), f"{row.place}.point"), above=above, below=below, clear=clear,
        of=_other(row, places), rate=row.flag("rate"), lasting=row.seconds("for", 0.0),
        settled=row.seconds("settled", 0.0), times=times, within=row.seconds("within", 0.0),
        states=inside, parent=row.line("parent", ""), observe=row.flag("observe"),
        customer=row.words("customer") if row.has("customer") else {},
    )  # fmt: skip
    if (found.rate or times > 1) and not found.within:
        raise BadTemplate(
            row.place, "写了 rate 或 times 就要写 within", "`rate` and `times` need `within`"
        )
    row.end()
    return found


def _setting(code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int]) -> Setting:
    if not _CODE.fullmatch(code):
        raise BadTemplate(
            row.place,
            "调参代码用小写字母、数字、点和下划线，以字母开头",
            "a command is named in small letters, digits, . and _",
        )
    low, high = row.pair("range")
    point = row.line("point")
    inside = row.names("states")
    dangerous = row.one_of("class", ("NORMAL", "DANGEROUS")) == "DANGEROUS"
    found = Setting(
        code=code, title=row.words("title"), point=point, low=low, high=high, step=row.number("step"),
        states=inside, dangerous=dangerous, own_hand=row.flag("own_hand", otherwise=dangerous),
        read=row.line("read", point), tolerance=row.number("tolerance"),
        read_within=row.seconds("read_within"), keep=row.seconds("keep"), expires=row.seconds("expires", 30.0),
        warns=row.words("warns"),
    )  # fmt: skip
    for name in (found.point, found.read):
        _known(places, name, row.place)
    for state in inside:
        _known(states, state, f"{row.place}.states")
    if not inside:
        raise BadTemplate(
            f"{row.place}.states", "写明在哪些状态下可以改", "in which states may it be changed?"
        )
    if found.step <= 0 or found.tolerance < 0 or not found.fits(high):
        raise BadTemplate(
            row.place, "范围要能被步长整除，步长大于 0", "the range must be made of whole steps"
        )
    if found.step <= 2 * found.tolerance:
        raise BadTemplate(
            f"{row.place}.tolerance",
            "容差要小于半个步长，否则看不出改没改",
            "one step could not be told from none",
        )
    if found.expires > LONGEST:
        raise BadTemplate(f"{row.place}.expires", "最多 60s", "at most 60s")
    row.end()
    return found


def _watch(code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int]) -> Watch:
    if not _CODE.fullmatch(code):
        raise BadTemplate(
            row.place,
            "代码用小写字母、数字、点和下划线，以字母开头",
            "a watch is named in small letters, digits, . and _",
        )
    return read_watch(code, row, places, states, CLASSES)


def _other(row: Body, places: Mapping[str, int]) -> int | None:
    name = row.line("of", "")
    return _known(places, name, f"{row.place}.of") if name else None


def _known(names: Mapping[str, int], name: Any, place: str) -> int:
    if name not in names:
        raise BadTemplate(
            place,
            f"没有“{name}”，可写：{'、'.join(names)}",
            f"{name!r} is none of {', '.join(names)}",
        )
    return names[name]
