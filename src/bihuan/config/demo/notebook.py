"""What the life knows between two steps: kept in the same transaction as the step itself.

A process that is killed leaves whole steps behind, and the next one goes on from the notebook.
"""

from __future__ import annotations

import heapq
import json
import zlib
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from bihuan.base.system.models import Undertaking
from bihuan.config.demo.chance import Chance
from bihuan.config.demo.makers import DEFAULT

NAME = "demo"
TITLE = {"zh": "正在生成演示数据", "en": "Living the demo's year"}
Plan = tuple[str, int, str, dict[str, Any]]


@dataclass(order=True)
class Planned:
    """Something that will be done at a moment: the name of a deed and what it needs to know."""

    at: datetime
    number: int
    deed: str = field(compare=False)
    about: dict[str, Any] = field(compare=False, default_factory=dict)


@dataclass
class Outline:
    """What decides the whole life."""

    seed: int
    customers: int
    start: date
    until: datetime
    maker: str = DEFAULT


class Notebook:
    """The plan, the chance, the counters and the memory of one life."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.chance = Chance(outline.seed)
        self.step = 0
        self.numbers: dict[str, int] = {}
        self.memory: dict[str, Any] = {}
        self.last_obligation = 0
        self._plan: list[Planned] = []
        self._count = 0

    def plan(self, at: datetime, deed: str, **about: Any) -> None:
        """Plan a deed; deeds of one moment keep the order in which they were planned."""
        self._count += 1
        heapq.heappush(self._plan, Planned(at, self._count, deed, about))

    def due(self, now: datetime, names: frozenset[str]) -> list[Planned]:
        """Take out the deeds of these names whose time has come, in order of time."""
        found: list[Planned] = []
        kept: list[Planned] = []
        while self._plan and self._plan[0].at <= now:
            each = heapq.heappop(self._plan)
            (found if each.deed in names else kept).append(each)
        for each in kept:
            heapq.heappush(self._plan, each)
        return found

    def number(self, kind: str) -> int:
        """The next number of a kind, from 1."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    def keep(self, *, total: int, now: datetime) -> None:
        """Write everything down (within the caller's transaction)."""
        Undertaking.objects.update_or_create(
            name=NAME,
            defaults={
                "title": TITLE, "done": self.step, "total": total, "at": now,
                "note": zlib.compress(json.dumps(self._data(), ensure_ascii=False).encode(), 1),
            },
        )  # fmt: skip

    def _data(self) -> dict[str, Any]:
        outline = asdict(self.outline)
        outline["start"] = self.outline.start.isoformat()
        outline["until"] = self.outline.until.isoformat()
        return {
            "outline": outline, "chance": self.chance.state(), "step": self.step,
            "numbers": self.numbers, "memory": self.memory,
            "last_obligation": self.last_obligation, "count": self._count,
            "plan": [[p.at.isoformat(), p.number, p.deed, p.about] for p in self._plan],
        }  # fmt: skip

    def take_up(self, count: int, plan: list[list[Any]]) -> None:
        """Go on with the plan that `written` wrote."""
        self._count = count
        self._plan = [
            Planned(datetime.fromisoformat(at), number, deed, about)
            for at, number, deed, about in plan
        ]
        heapq.heapify(self._plan)


def opened() -> Notebook | None:
    """The notebook of a life that was begun, as it was after its last whole step."""
    row = Undertaking.objects.filter(name=NAME).first()
    if row is None or not row.note:
        return None
    data = json.loads(zlib.decompress(bytes(row.note)))
    outline = data["outline"]
    book = Notebook(
        Outline(
            outline["seed"], outline["customers"], date.fromisoformat(outline["start"]),
            datetime.fromisoformat(outline["until"]), outline.get("maker", DEFAULT),
        )
    )  # fmt: skip
    book.chance.restore(data["chance"])
    book.step, book.numbers, book.memory = data["step"], data["numbers"], data["memory"]
    book.last_obligation = data["last_obligation"]
    book.take_up(data["count"], data["plan"])
    return book


def lives_here() -> str:
    """The maker whose life was begun in this installation, empty before."""
    book = opened()
    return book.outline.maker if book is not None else ""
