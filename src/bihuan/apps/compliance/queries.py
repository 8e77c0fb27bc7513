"""What the board shows: duties by clause, department and month, and those behind a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, F, Func, IntegerField, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from bihuan.apps.compliance.counting import (
    COUNTED,
    ON_TIME,
    STRICT,
    counted,
    figures_of,
    in_span,
    month_of,
    step,
    stored,
)
from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.models import Cell, CountedMonth
from bihuan.apps.compliance.rules import (
    MONTHLY,
    Aim,
    Cells,
    Tally,
    aim_of,
    band,
    department_of,
)
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.words import language
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL, REGION
from bihuan.base.access.scope import apart, reaches
from bihuan.base.texts import listed
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack
from bihuan.lib.policy.parts import Target

TREND = 6  # months of the line beside a clause
VERB = "compliance.see"


@dataclass(frozen=True)
class Asked:
    """What the address of the board asks for; `first` is the first day of the month."""

    first: date
    by: Definition = Definition.ON_TIME
    clause: str = ""
    department: str = ""
    show: str = "missed"


@dataclass(frozen=True)
class Shown:
    """A cell of the board."""

    tally: Tally
    by: Definition

    @property
    def percent(self) -> str:
        """Never rounds a miss up to 100."""
        rate = self.tally.rate(self.by)
        if rate is None:
            return ""
        shown = int(rate * 1000) / 10
        return f"{shown:.0f}" if shown == int(shown) else f"{shown:.1f}"

    @property
    def band(self) -> str:
        return band(self.tally.rate(self.by))


@dataclass
class Line:
    """One clause: its cells by department, the sum, the line of the last months, its targets."""

    clause: str
    number: str
    title: str
    cells: list[tuple[str, str, Shown]] = field(default_factory=list)  # department, its title
    total: Shown = field(default_factory=lambda: Shown(Tally(), Definition.ON_TIME))
    trend: str = ""
    aims: list[tuple[str, bool | None]] = field(default_factory=list)  # its words, whether met


@dataclass(frozen=True)
class Board:
    """`as_of` is when the figures were counted; None: just now, for this person's own duties."""

    departments: dict[str, str]
    lines: list[Line]
    total: Tally
    late: int
    as_of: datetime | None


def within_reach(person: User) -> QuerySet[Cell] | None:
    """The cells that somebody may read; None for whom only a part of a cell is theirs."""
    far = reaches(person, VERB)
    if ALL in far:
        return Cell.objects.all()
    if far == {REGION} and person.region:
        return Cell.objects.filter(region=person.region)
    return None


def fell_due(person: User, start: datetime, end: datetime, now: datetime) -> QuerySet[Obligation]:
    """Duties within reach whose time was up in a span, or that were done before it was."""
    return apart(in_span(Obligation.objects.all(), start, end, now), person, VERB)


def board(person: User, asked: Asked, now: datetime) -> Board:
    """The board of a month (a fixed number of queries)."""
    cells, as_of = cells_of(person, asked.first, now)
    trends = _stored_trends(person, asked) if as_of else _live_trends(person, asked, now)
    return board_of(cells, asked, now, trends=trends, late=late(person, now), as_of=as_of)


def cells_of(person: User, first: date, now: datetime) -> tuple[Cells, datetime | None]:
    """The cells of a month within reach, and when they were counted (None: now)."""
    mine = within_reach(person)
    if mine is not None:
        month = CountedMonth.objects.filter(first=first).first()
        if month is not None and month.counted_at is not None:
            return stored(mine.filter(month=month)), month.counted_at
    return counted(fell_due(person, *month_of(first), now)), None


def late(person: User, now: datetime) -> int:
    """Open duties within reach whose time is up now."""
    return apart(Obligation.objects.open().overdue(now), person, VERB).count()


def board_of(
    cells: Cells, asked: Asked, now: datetime, *, trends: Mapping[str, str] | None = None,
    late: int = 0, as_of: datetime | None = None,
) -> Board:  # fmt: skip
    """These cells by clause and department."""
    up = {code: role.up for code, role in vocabulary().roles.items()}
    sums: dict[tuple[str, str], Tally] = defaultdict(Tally)
    numbers: dict[str, str] = {}
    for key, tally in sorted(cells.items()):
        numbers[key.clause] = key.number
        sums[key.clause, department_of(key.role, up)] += tally
    known = vocabulary().roles
    departments = {
        code: known[code].title.of(language()) if code in known else code
        for code in sorted(
            {department for _clause, department in sums},
            key=[*up, *(department for _clause, department in sums)].index,
        )
    }
    pack = _pack(min(now, month_of(asked.first)[1] - timedelta(seconds=1)))
    lines = list(_lines(sums, numbers, departments, asked, pack))
    for line in lines:
        line.trend = (trends or {}).get(line.clause, "")
    total = sum(cells.values(), Tally())
    return Board(departments, lines, total, late, as_of)


@dataclass(frozen=True)
class Behind:
    """The duties of one cell as they are now: those asked for by due time, and how many there are
    of each (`missed`, `kept`, `waived`).
    """

    rows: QuerySet[Obligation]
    counts: dict[str, int]


def behind(person: User, asked: Asked, now: datetime) -> Behind:
    """What lies behind a cell (one query, and one for the rows)."""
    rows = fell_due(person, *month_of(asked.first), now).filter(clause=asked.clause)
    rows = of_department(rows, asked.department)
    kept = STRICT if asked.by is Definition.STRICT else ON_TIME
    parts = {"missed": COUNTED & ~kept, "kept": COUNTED & kept, "waived": ~COUNTED}
    counts = rows.aggregate(**{name: Count("pk", filter=part) for name, part in parts.items()})
    return Behind(rows.filter(parts[asked.show]).order_by("due_at", "pk"), counts)


def of_department(rows: QuerySet[Obligation], department: str) -> QuerySet[Obligation]:
    """Those owed by roles of a department; all for no department."""
    if not department:
        return rows
    up = {code: role.up for code, role in vocabulary().roles.items()}
    return rows.filter(role__in=[code for code in up if department_of(code, up) == department])


def _lines(
    sums: Mapping[tuple[str, str], Tally], numbers: Mapping[str, str],
    departments: Mapping[str, str], asked: Asked, pack: Pack | None,
) -> Iterator[Line]:  # fmt: skip
    clauses = pack.clauses if pack else {}
    order = {clause: place for place, clause in enumerate(clauses)}
    for clause in sorted(numbers, key=lambda each: (order.get(each, len(order)), each)):
        own = [sums.get((clause, department), Tally()) for department in departments]
        total = sum(own, Tally())
        targets = pack.targets if pack else ()
        yield Line(
            clause, numbers[clause],
            clauses[clause].title.of(language()) if clause in clauses else "",
            [
                (code, title, Shown(tally, asked.by))
                for (code, title), tally in zip(departments.items(), own, strict=True)
            ],
            Shown(total, asked.by),
            aims=[
                (_aim_words(aim), aim.met)
                for each in targets
                if each.clause == clause and (aim := aim_of(each, total))
            ],
        )  # fmt: skip


def _aim_words(aim: Aim) -> str:
    """目标 ≥ 95%（按时）: the limit, and how it is counted."""
    target = aim.target
    how = definition_words()[aim.by]
    per = per_words().get(target.per, "") if target.per != MONTHLY else ""
    return _("目标 %(limit)s（%(how)s）") % {
        "limit": limit_words(target), "how": listed([each for each in (how, per) if each]),
    }  # fmt: skip


def limit_words(target: Target) -> str:
    """≥ 90%, ≥ 3 ≤ 5"""
    limits = [
        f"{sign} {limit:.4g}%" if target.unit == "share" else f"{sign} {limit:g}"
        for sign, value in (("≥", target.at_least), ("≤", target.at_most))
        if value is not None
        for limit in [value * 100 if target.unit == "share" else value]
    ]
    return " ".join(limits)


def per_words() -> dict[str, str]:
    """How often a target is judged, in words."""
    return {
        "week": _("每周"), "month": _("每月"), "quarter": _("每季"), "half": _("每半年"), "year": _("每年"),
    }  # fmt: skip


def definition_words() -> dict[Definition, str]:
    """The ways of counting, in words."""
    return {
        Definition.ON_TIME: _("按时"), Definition.STRICT: _("严格（经核实）"), Definition.WAIVED_TOO: _("含豁免"),
    }  # fmt: skip


def _pack(moment: datetime) -> Pack | None:
    try:
        return pack_at(moment)
    except NoPackInForce:
        return None


def _stored_trends(person: User, asked: Asked) -> dict[str, str]:
    """The same as `_live_trends`, from the months that were counted."""
    cells = within_reach(person)
    assert cells is not None
    first = step(asked.first, 1 - TREND)
    rows = cells.filter(month__gte=first, month__lte=asked.first).order_by()
    names = ("due", "on_time", "strict", "waived")
    rates: dict[str, dict[int, float]] = defaultdict(dict)
    sums = rows.values_list("clause", "month_id").annotate(**{f"{n}_": Sum(n) for n in names})
    for clause, month, *figures in sums:
        place = (month.year - first.year) * 12 + month.month - first.month
        _add_rate(rates, clause, place, Tally(*figures).rate(asked.by))
    return {clause: _points(known) for clause, known in rates.items()}


def _live_trends(person: User, asked: Asked, now: datetime) -> dict[str, str]:
    """Clause -> the points of a line over the last months, for a picture of 60 by 16."""
    months = [step(asked.first, back - TREND) for back in range(1, TREND + 1)]
    start, end = month_of(months[0])[0], month_of(months[-1])[1]
    begun = Value([month_of(each)[0] for each in months], ArrayField(DateTimeField()))
    # midnight belongs to the month that ends
    nth_month = Func(
        F("due_at") - timedelta(microseconds=1), begun, function="width_bucket", output_field=IntegerField()
    )  # fmt: skip
    rows = fell_due(person, start, end, now).annotate(nth_month=nth_month).order_by()
    rates: dict[str, dict[int, float]] = defaultdict(dict)
    for clause, month, *figures in rows.values_list("clause", "nth_month").annotate(**figures_of()):
        _add_rate(rates, clause, month - 1, Tally(*figures).rate(asked.by))
    return {clause: _points(known) for clause, known in rates.items()}


def _add_rate(
    rates: dict[str, dict[int, float]], clause: str, place: int, rate: float | None
) -> None:
    if rate is not None:
        rates[clause][place] = rate


def _points(rates: Mapping[int, float]) -> str:
    return " ".join(
        f"{round(60 * place / (TREND - 1))},{round(14 - 12 * rate)}"
        for place, rate in sorted(rates.items())
    )
