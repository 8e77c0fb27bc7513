"""A frozen month as the board shows it: its editions, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bihuan.apps.compliance import queries
from bihuan.apps.compliance.models import FrozenMonth
from bihuan.apps.compliance.queries import Asked, Board
from bihuan.apps.compliance.rules import Cells, Key, Tally, differences
from bihuan.apps.obligations.words import role_word
from bihuan.apps.people.models import Region
from bihuan.apps.policy.queries import named
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches

NOW = "now"
MOST_SHOWN = 50


@dataclass(frozen=True)
class Difference:
    """A cell that would be counted otherwise now."""

    clause: str
    number: str
    role: str
    region: str
    before: Tally
    after: Tally


@dataclass(frozen=True)
class Frozen:
    """`shown` is the edition on the board, None while the board shows what is counted now.

    `differing` compares the latest edition with now; `whole`: this person sees all of it.
    """

    editions: list[FrozenMonth]
    shown: FrozenMonth | None
    differing: list[Difference]
    count: int
    whole: bool

    @property
    def latest(self) -> FrozenMonth:
        return self.editions[-1]

    @property
    def regulation(self) -> list[str]:
        """The versions by which the month shown was counted, as people call them (one query)."""
        if self.shown is None:
            return []
        kept = [(each["code"], each["version"]) for each in self.shown.content["regulation"]]
        return named(kept)


def editions_of(first: date) -> list[FrozenMonth]:
    """Oldest first (one query)."""
    rows = FrozenMonth.objects.filter(first=first).defer("rows").select_related("by")
    return list(rows.order_by("edition"))


def frozen_board(
    person: User, asked: Asked, edition: str, now: datetime
) -> tuple[Board, Frozen | None]:
    """The board of a month: of the edition asked for, else the latest, else as counted now."""
    live = queries.board(person, asked, now)
    editions = editions_of(asked.first)
    if not editions or queries.within_reach(person) is None:
        return live, Frozen(editions, None, [], 0, whole=False) if editions else None
    found, _as_of = queries.cells_of(person, asked.first, now)
    differing = differences(reached(person, editions[-1].cells), found)
    numbered = {str(each.edition): each for each in editions}
    shown = None if edition == NOW else numbered.get(edition, editions[-1])
    frozen = Frozen(
        editions, shown, _named(differing[:MOST_SHOWN]), len(differing),
        whole=ALL in reaches(person, queries.VERB),
    )  # fmt: skip
    if shown is None:
        return live, frozen
    trends = {line.clause: line.trend for line in live.lines}
    cells = reached(person, shown.cells)
    board = queries.board_of(cells, asked, now, trends=trends, late=live.late)
    return board, frozen


def reached(person: User, cells: Cells) -> Cells:
    """The cells of an edition within reach of somebody who reads all or a region."""
    if ALL in reaches(person, queries.VERB):
        return cells
    return {key: tally for key, tally in cells.items() if key.region == person.region}


def _named(found: list[tuple[Key, Tally, Tally]]) -> list[Difference]:
    regions: Mapping[str, str] = dict(Region.objects.values_list("code", "name")) if found else {}
    return [
        Difference(
            key.clause, key.number, role_word(key.role), regions.get(key.region, key.region),
            before, after,
        )
        for key, before, after in found
    ]  # fmt: skip
