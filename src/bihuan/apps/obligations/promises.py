"""What a customer was promised and whether it was kept: by rule, by month, and what comes next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from django.utils.translation import gettext as _

from bihuan.apps.obligations.agenda import layer_of, layer_titles
from bihuan.apps.obligations.enums import DONE, LIVE, State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import open_for_customer
from bihuan.apps.obligations.rows import Row, row_of, rows_of, standing
from bihuan.apps.obligations.words import moment_word, said
from bihuan.apps.obligations.workbench import ZONE
from bihuan.apps.people.calendars import calendars
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import listed
from bihuan.base.vocabulary import vocabulary

MOST = 600
DOTS = 24
LAYERS = ("callback", "visit", "maintenance", "training", "meeting", "care", "other")


@dataclass(frozen=True)
class Dot:
    """One occasion: done, late, open or missed."""

    look: str
    title: str
    pk: int


@dataclass
class Line:
    """One rule toward this customer this year."""

    title: str
    clause: str
    clause_number: str
    contract: bool = False
    kept: int = 0
    due: int = 0
    dots: list[Dot] = field(default_factory=list)
    following: Row | None = None
    now_row: Row | None = None

    @property
    def shown(self) -> list[Dot]:
        return self.dots[-DOTS:]


@dataclass(frozen=True)
class Kept:
    """The panel 答应过的，做到没有."""

    lines: list[Line]
    on_time: int
    due: int


def of_year(customer_id: int, now: datetime, person: User) -> list[Obligation]:
    """Obligations of the year to a customer, within this person's reach (one query)."""
    first = datetime.combine(
        now.astimezone(ZONE).date().replace(month=1, day=1), time(), tzinfo=ZONE
    )
    rows = visible(Obligation.objects.all(), person, "obligations.see")
    rows = rows.filter(customer_id=customer_id, anchor_at__gte=first)
    rows = rows.exclude(state__in=(State.VOID,)).select_related("customer", "assignee")
    return list(rows.order_by("-anchor_at", "-pk")[:MOST])[::-1]


def kept(rows: Sequence[Obligation], now: datetime, tiers: dict[str, str]) -> Kept:
    """By rule: how often on time of what was due, a dot for each occasion, the next one."""
    lines: dict[str, Line] = {}
    on_time = due = 0
    known, paused = calendars(), standing(rows)
    for ob in rows:
        line = lines.setdefault(
            ob.rule,
            Line(said(ob.title), ob.clause, ob.clause_number, ob.source.get("kind") == "contract"),
        )
        look = look_of(ob, now)
        line.dots.append(Dot(look, f"{ob.occasion} {word_of(look)}", ob.pk))
        if look in ("done", "late", "missed"):
            line.due, due = line.due + 1, due + 1
            if look == "done":
                line.kept, on_time = line.kept + 1, on_time + 1
        if ob.state in LIVE and (line.following is None or _sooner(ob, line.following.ob)):
            line.following = row_of(ob, now, tiers, known, paused=paused)
        line.now_row = line.following or row_of(ob, now, tiers, known, paused=paused)
    ordered = sorted(lines.values(), key=lambda line: (line.clause_number, line.title))
    return Kept(ordered, on_time, due)


def _sooner(one: Obligation, other: Obligation) -> bool:
    return (one.due_at is not None) and (other.due_at is None or one.due_at < other.due_at)


def look_of(ob: Obligation, now: datetime) -> str:
    """done, late (done late), missed (overdue), open, waived."""
    if ob.state in DONE:
        return "late" if ob.late else "done"
    if ob.state == State.WAIVED:
        return "waived"
    return "missed" if ob.due_at is not None and ob.due_at < now else "open"


def word_of(look: str) -> str:
    return {
        "done": _("按时完成"), "late": _("迟完成"), "missed": _("超时未完成"), "open": _("计划中"),
        "waived": _("已豁免"),
    }[look]  # fmt: skip


@dataclass(frozen=True)
class YearRow:
    """One layer of the year's matrix: twelve months."""

    title: str
    months: list[list[Dot]]


def year_matrix(rows: Sequence[Obligation], now: datetime) -> list[YearRow]:
    """Calls, visits, checks and so on by month: planned, done, late."""
    cells: dict[str, list[list[Dot]]] = defaultdict(lambda: [[] for _ in range(12)])
    for ob in rows:
        known = vocabulary().duties.get(ob.kind)
        if known is None or not (known.contact or layer_of(ob.kind) in LAYERS[:4]):
            continue
        at = (ob.discharged_at or ob.due_at or ob.anchor_at).astimezone(ZONE)
        if at.year == now.astimezone(ZONE).year:
            look = look_of(ob, now)
            cells[layer_of(ob.kind)][at.month - 1].append(
                Dot(look, f"{said(ob.title)} {word_of(look)}", ob.pk)
            )
    titles = layer_titles()
    return [
        YearRow(titles[name], [month[:3] for month in cells[name]])
        for name in LAYERS
        if name in cells
    ]


@dataclass(frozen=True)
class Step:
    """Something to do next, perhaps several duties by one call."""

    title: str
    text: str
    rows: list[Row]


def following(customer_id: int, now: datetime, tiers: dict[str, str], person: User) -> list[Step]:
    """The next steps toward a customer: one contact for all that a call may discharge, then the
    nearest of the rest.
    """
    rows = list(visible(open_for_customer(customer_id), person, "obligations.see")[:40])
    calls = [ob for ob in rows if _callable(ob)]
    steps: list[Step] = []
    if len(calls) > 1:
        joined = calls[:5]
        names = listed(said(ob.title) for ob in joined)
        steps.append(
            Step(
                _("一次电话办%(n)s件") % {"n": _count(len(joined))},
                _("%(names)s，可合并为一通，各留证据。") % {"names": names},
                rows_of(joined, now, tiers, person=person),
            )
        )  # fmt: skip
    rest = [ob for ob in rows if ob not in calls or len(calls) < 2]
    for ob in rest[:3]:
        text = _("%(due)s 前") % {"due": moment_word(ob.due_at)} if ob.due_at else ""
        steps.append(Step(said(ob.title), text, rows_of([ob], now, tiers, person=person)))
    return steps


def _callable(ob: Obligation) -> bool:
    known = vocabulary().duties.get(ob.kind)
    proofs = {*ob.proof.get("any", ()), *ob.proof.get("all", ())}
    return bool(
        known and known.contact and proofs & {"call_log", "recording"} and not ob.proof.get("all")
    )


def _count(n: int) -> str:
    """2 to 5 in words."""
    return {2: _("两"), 3: _("三"), 4: _("四"), 5: _("五")}.get(n, str(n))
