"""What is watched besides limits: a machine against its own life, or against its like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bihuan.lib.machines.body import BadTemplate, Body

DRIFT, RESIDUAL, FLEET = "DRIFT", "RESIDUAL", "FLEET"
WATCHED = (DRIFT, RESIDUAL, FLEET)


@dataclass(frozen=True)
class Watch:
    """An alarm on means of hours that a machine spent in `states`.

    DRIFT: a point leaves the level that the machine itself had. RESIDUAL: the same for what is left
    of a point when what follows from the points `by` (set-points, speed) is taken off. FLEET: a point
    lies apart from the same point of machines of the same model, of which there must be `machines`.

    An hour counts with `hour` seconds in the states. Training lasts `learn` seconds and `least`
    hours. Raised when a point stands beyond `beyond` times its ordinary spread for `lasting`
    seconds; over when none has for `settled` seconds. A limit of an hourly one lies at least `worth` of the
    level away (of `beyond` 2.4; in proportion for others): less is nobody's way worth.

    A `quick` one judges the samples themselves, for faults that come within minutes: `least` are samples
    then, and `hour` says nothing.
    """

    code: str
    title: Mapping[str, str]
    kind: str
    klass: str
    points: tuple[int, ...]
    by: tuple[int, ...] = ()
    states: frozenset[int] = frozenset()
    hour: float = 300.0
    learn: float = 28 * 86400.0
    least: int = 100
    beyond: float = 2.4
    worth: float = 0.1
    machines: int = 10
    lasting: float = 86400.0
    settled: float = 86400.0
    observe: bool = False
    quick: bool = False
    parent: str = ""
    customer: Mapping[str, str] = field(default_factory=dict)

    @property
    def point(self) -> int:
        """Which point it is named after before anything was found."""
        return self.points[0]


def read_watch(
    code: str, row: Body, places: Mapping[str, int], states: Mapping[str, int], classes: tuple[str, ...]
) -> Watch:  # fmt: skip
    """Raises BadTemplate."""
    named = {name: row.names(name, ()) for name in ("points", "by", "states")}
    if not named["points"]:
        raise BadTemplate(f"{row.place}.points", "至少写一个测点", "name at least one")
    found = Watch(
        code=code, title=row.words("title"), kind=row.one_of("kind", WATCHED), klass=row.one_of("class", classes),
        points=_known(row, "points", named["points"], places),
        by=_known(row, "by", named["by"], places),
        states=frozenset(_known(row, "states", named["states"], states)),
        hour=row.seconds("hour", 300.0), learn=row.seconds("learn", 28 * 86400.0), least=row.whole("least", 100),
        beyond=row.number("beyond", 2.4), worth=row.number("worth", 0.1), machines=row.whole("machines", 10),
        lasting=row.seconds("for", 86400.0), settled=row.seconds("settled", 86400.0),
        observe=row.flag("observe"), quick=row.flag("quick"), customer=row.words("customer") if row.has("customer") else {},
    )  # fmt: skip
    if (found.kind == RESIDUAL) != bool(found.by):
        raise BadTemplate(
            f"{row.place}.by",
            "只有 RESIDUAL 用别的测点来解释，也必须写",
            "RESIDUAL alone is explained by other points",
        )
    if not 0 <= found.worth < 1:
        raise BadTemplate(
            f"{row.place}.worth", "worth 在 0 和 1 之间", "`worth` lies between 0 and 1"
        )
    if found.beyond <= 1 or found.machines < 3 or found.least < 1:
        raise BadTemplate(
            row.place,
            "beyond 大于 1，machines 不小于 3，least 不小于 1",
            "`beyond` is above 1, `machines` from 3, `least` from 1",
        )
    if found.quick and found.kind == FLEET:
        raise BadTemplate(f"{row.place}.quick", "FLEET 只按小时比较", "FLEET compares hours")
    row.end()
    return found


def _known(
    row: Body, under: str, names: Sequence[str], places: Mapping[str, int]
) -> tuple[int, ...]:
    for name in names:
        if name not in places:
            raise BadTemplate(
                f"{row.place}.{under}",
                f"没有“{name}”，可写：{'、'.join(places)}",
                f"{name!r} is none of {', '.join(places)}",
            )
    return tuple(places[name] for name in names)
