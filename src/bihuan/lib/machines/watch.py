"""What is watched from hour to hour: a machine against its own life, or against its like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bihuan.lib.machines.template import Body

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
    seconds; over when none has for `settled` seconds.
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
    machines: int = 10
    lasting: float = 86400.0
    settled: float = 86400.0
    observe: bool = False
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
    named = {name: tuple(row.take(name, ())) for name in ("points", "by", "states")}
    if not named["points"]:
        row.refuse("points", "name at least one")
    found = Watch(
        code=code, title=row.words("title"), kind=row.one_of("kind", WATCHED), klass=row.one_of("class", classes),
        points=tuple(row.known(places, name, "points") for name in named["points"]),
        by=tuple(row.known(places, name, "by") for name in named["by"]),
        states=frozenset(row.known(states, name, "states") for name in named["states"]),
        hour=row.seconds("hour", 300.0), learn=row.seconds("learn", 28 * 86400.0), least=int(row.take("least", 100)),
        beyond=float(row.take("beyond", 2.4)), machines=int(row.take("machines", 10)),
        lasting=row.seconds("for", 86400.0), settled=row.seconds("settled", 86400.0),
        observe=bool(row.take("observe", False)), customer=row.words("customer") if row.has("customer") else {},
    )  # fmt: skip
    if (found.kind == RESIDUAL) != bool(found.by):
        row.refuse("by", "RESIDUAL alone is explained by other points")
    if found.beyond <= 1 or found.machines < 3 or found.least < 1:
        row.refuse("", "`beyond` is above 1, `machines` from 3, `least` from 1")
    row.end()
    return found
