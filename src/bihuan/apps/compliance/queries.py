"""What the board shows: duties by clause, department and month, and those behind a cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, DateTimeField, F, Func, IntegerField, Q, QuerySet, Value

from bihuan.apps.compliance.enums import Definition
from bihuan.apps.compliance.rules import Tally, band, department_of
from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.obligations.words import language
from bihuan.apps.obligations.workbench import ZONE
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.vocabulary import vocabulary

TREND = 6  # months of the line beside a clause
ON_TIME = Q(state__in=DONE, discharged_at__lte=F("due_at"))
STRICT = ON_TIME & (Q(state=State.VERIFIED) | Q(verified_by_rule=Verifier.NONE))
FELL_DUE = ~Q(state=State.VOID)


@dataclass(frozen=True)
class Asked:
    """What the address of the board asks for; `first` is the first day of the month."""

    first: date
    by: Definition = Definition.ON_TIME
    clause: str = ""
    department: str = ""
    show: str = "missed"


@dataclass(frozen=True)
class Cell:
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
    """One clause: its cells by department, the sum, and the line of the last months."""

    clause: str
    number: str
    title: str
    cells: list[tuple[str, str, Cell]] = field(default_factory=list)  # department, its title
    total: Cell = field(default_factory=lambda: Cell(Tally(), Definition.ON_TIME))
    trend: str = ""


@dataclass(frozen=True)
class Board:
    departments: dict[str, str]
    lines: list[Line]
    total: Tally
    late: int
    strength: float | None


def month_of(day: date) -> tuple[datetime, datetime]:
    """First moment of the month and of the next one."""
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (
        datetime.combine(day.replace(day=1), time(), tzinfo=ZONE),
        datetime.combine(following, time(), tzinfo=ZONE),
    )


def fell_due(person: User, start: datetime, end: datetime, now: datetime) -> QuerySet[Obligation]:
    """Duties within reach whose time was up in a span, or that were done before it was."""
    rows = visible(Obligation.objects.filter(FELL_DUE), person, "compliance.see")
    # midnight belongs to the day that ends
    rows = rows.filter(due_at__gt=start, due_at__lte=end)
    return rows.filter(Q(due_at__lte=now) | Q(state__in=DONE) | Q(state=State.WAIVED))


def board(person: User, asked: Asked, now: datetime) -> Board:
    """The board of a month (five queries)."""
    start, end = month_of(asked.first)
    up = {code: role.up for code, role in vocabulary().roles.items()}
    cells: dict[tuple[str, str], Tally] = defaultdict(Tally)
    numbers: dict[str, str] = {}
    for row in _counted(fell_due(person, start, end, now), "clause", "clause_number", "role"):
        numbers[row["clause"]] = row["clause_number"]
        cells[row["clause"], department_of(row["role"], up)] += _tally(row)
    known = vocabulary().roles
    departments = {
        code: known[code].title.of(language())
        for code in sorted({department for _, department in cells}, key=list(up).index)
    }
    lines = list(_lines(cells, numbers, departments, asked, _titles(min(now, end))))
    trends = _trends(person, asked, now)
    for line in lines:
        line.trend = trends.get(line.clause, "")
    return Board(
        departments=departments, lines=lines, total=sum(cells.values(), Tally()),
        late=visible(Obligation.objects.open().overdue(now), person, "compliance.see").count(),
        strength=_strength(person, start, end, now),
    )  # fmt: skip


def behind(person: User, asked: Asked, now: datetime) -> dict[str, QuerySet[Obligation]]:
    """The duties of one cell: `missed`, `kept` and `waived`, each by due time."""
    start, end = month_of(asked.first)
    up = {code: role.up for code, role in vocabulary().roles.items()}
    rows = fell_due(person, start, end, now).filter(clause=asked.clause)
    if asked.department:
        ours = [code for code in up if department_of(code, up) == asked.department]
        rows = rows.filter(role__in=ours)
    kept = STRICT if asked.by is Definition.STRICT else ON_TIME
    counted = rows.exclude(state=State.WAIVED)
    return {
        "missed": counted.exclude(pk__in=counted.filter(kept).values("pk")).order_by("due_at", "pk"),
        "kept": counted.filter(kept).order_by("due_at", "pk"),
        "waived": rows.filter(state=State.WAIVED).order_by("due_at", "pk"),
    }  # fmt: skip


def _counted(rows: QuerySet[Obligation], *by: str) -> Iterable[dict[str, Any]]:
    counted = ~Q(state=State.WAIVED)
    found: Iterable[dict[str, Any]] = (
        rows.order_by()
        .values(*by)
        .annotate(
            owed=Count("pk", filter=counted), on_time=Count("pk", filter=ON_TIME),
            strict=Count("pk", filter=STRICT), let_go=Count("pk", filter=~counted),
        )
    )  # fmt: skip
    return found


def _tally(row: dict[str, Any]) -> Tally:
    return Tally(row["owed"], row["on_time"], row["strict"], row["let_go"])


def _lines(
    cells: dict[tuple[str, str], Tally], numbers: dict[str, str], departments: dict[str, str],
    asked: Asked, titles: dict[str, str],
) -> Iterator[Line]:  # fmt: skip
    order = {clause: place for place, clause in enumerate(titles)}
    for clause in sorted(numbers, key=lambda each: (order.get(each, len(order)), each)):
        own = [cells.get((clause, department), Tally()) for department in departments]
        yield Line(
            clause, numbers[clause], titles.get(clause, ""),
            [
                (code, title, Cell(tally, asked.by))
                for (code, title), tally in zip(departments.items(), own, strict=True)
            ],
            Cell(sum(own, Tally()), asked.by),
        )  # fmt: skip


def _titles(moment: datetime) -> dict[str, str]:
    """Clause -> its title in the language of the page, in the order of the regulation."""
    try:
        pack = pack_at(moment)
    except NoPackInForce:
        return {}
    return {clause.id: clause.title.of(language()) for clause in pack.clauses.values()}


def _trends(person: User, asked: Asked, now: datetime) -> dict[str, str]:
    """Clause -> the points of a line over the last months, for a picture of 60 by 16."""
    months = [asked.first]
    while len(months) < TREND:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    months.reverse()
    start, end = month_of(months[0])[0], month_of(months[-1])[1]
    begun = Value([month_of(each)[0] for each in months], ArrayField(DateTimeField()))
    # midnight belongs to the month that ends
    nth_month = Func(
        F("due_at") - timedelta(seconds=1), begun, function="width_bucket", output_field=IntegerField()
    )  # fmt: skip
    rows = fell_due(person, start, end, now).annotate(nth_month=nth_month)
    rates: dict[str, dict[int, float]] = defaultdict(dict)
    for row in _counted(rows, "clause", "nth_month"):
        rate = _tally(row).rate(asked.by)
        if rate is not None:
            rates[row["clause"]][row["nth_month"] - 1] = rate
    return {
        clause: " ".join(
            f"{round(60 * place / (TREND - 1))},{round(14 - 12 * rate)}"
            for place, rate in sorted(known.items())
        )
        for clause, known in rates.items()
    }


def _strength(person: User, start: datetime, end: datetime, now: datetime) -> float | None:
    """The mean strength, 1 to 5, of what proves the duties of a span; None without any proof."""
    rows = Evidence.objects.filter(obligation__in=fell_due(person, start, end, now))
    kinds = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
    known = vocabulary().evidence
    weights = [(known[kind].strength, n) for kind, n in kinds.items() if kind in known]
    total = sum(n for _, n in weights)
    return sum(strength * n for strength, n in weights) / total if total else None
