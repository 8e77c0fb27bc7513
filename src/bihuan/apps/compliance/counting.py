"""Counting duties: live for somebody's reach, or kept as the cells of a month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, F, Min, Q, QuerySet
from django.db.models.functions import Greatest

from bihuan.apps.compliance.models import Cell, CountedMonth
from bihuan.apps.compliance.rules import FIGURES, Cells, Key, Tally
from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.apps.obligations.models import DueChange, Obligation
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base.facts.models import Cursor, Fact
from bihuan.base.vocabulary import vocabulary

ON_TIME = Q(state__in=DONE, discharged_at__lte=F("due_at"))
STRICT = ON_TIME & (Q(state=State.VERIFIED) | Q(verified_by_rule=Verifier.NONE))
COUNTED = ~Q(state=State.WAIVED)
EARLIEST = date(2000, 1, 1)  # before it no company kept its duties here
EVERY = timedelta(minutes=1)  # so fresh are the figures of a month in which something happens
DAILY = timedelta(days=1)  # in any case: what a later fact took back is told by nobody
DAILY_MONTHS = 12
SETTLED = "compliance.settled"  # how far `follow_settled` has looked
MOST_FACTS = 5000
ENGINE = "obligations"  # the listener that brings the duties up to the facts


def first_of(moment: datetime) -> date:
    """The month of a moment, by its first day; midnight belongs to the day that ends."""
    return (moment.astimezone(ZONE) - timedelta(microseconds=1)).date().replace(day=1)


def this_month(now: datetime) -> date:
    """The month that runs at a moment."""
    return now.astimezone(ZONE).date().replace(day=1)


def step(first: date, by: int) -> date:
    """The first day of the month so many months later."""
    months = first.year * 12 + first.month - 1 + by
    return date(months // 12, months % 12 + 1, 1)


def month_of(first: date) -> tuple[datetime, datetime]:
    """First moment of the month and of the next one."""
    return (
        datetime.combine(first, time(), tzinfo=ZONE),
        datetime.combine(step(first, 1), time(), tzinfo=ZONE),
    )


def in_span(
    rows: QuerySet[Obligation], start: datetime, end: datetime, now: datetime
) -> QuerySet[Obligation]:
    """Those whose time was up in a span, or that were done or waived before it was."""
    rows = rows.filter(~Q(state=State.VOID), due_at__gt=start, due_at__lte=end)
    return rows.filter(Q(due_at__lte=now) | Q(state__in=(*DONE, State.WAIVED)))


def counted(rows: QuerySet[Obligation]) -> dict[Key, Tally]:
    """Cells of these duties (two queries)."""
    names = ("clause", "clause_number", "role", "region")
    found: dict[Key, Tally] = defaultdict(Tally)
    figures = rows.order_by().values_list(*names).annotate(**figures_of())
    for *key, due, on_time, strict, waived in figures:
        found[Key(*key)] = Tally(due, on_time, strict, waived)
    known = {code: kind.strength for code, kind in vocabulary().evidence.items()}
    proofs = rows.filter(evidence__kind__in=known).order_by()
    for *key, kind, n in proofs.values_list(*names, "evidence__kind").annotate(n=Count("evidence")):
        found[Key(*key)] += Tally(strength=known[kind] * n, proofs=n)
    return dict(found)


def figures_of() -> dict[str, Count]:
    """What is counted of a group of duties, in the order of a tally."""
    return {
        "owed": Count("pk", filter=COUNTED), "kept": Count("pk", filter=ON_TIME),
        "proved": Count("pk", filter=STRICT), "let_go": Count("pk", filter=~COUNTED),
    }  # fmt: skip


def stored(cells: QuerySet[Cell]) -> dict[Key, Tally]:
    """The cells as they were counted (one query)."""
    names = ("clause", "clause_number", "role", "region")
    rows = cells.order_by().values_list(*names, *FIGURES)
    return {Key(*row[:4]): Tally(*row[4:]) for row in rows}


def keep_counted(now: datetime) -> int:
    """Count the months that wait; returns how many cells are not as they were."""
    return sum(recount(first, now) for first in waiting(now))


def waiting(now: datetime) -> list[date]:
    """The months to be counted anew: the one that runs, and those that something has touched since."""
    _begin(now)
    settled = Q(counted_at__lte=now - EVERY)
    asked = Q(counted_at=None) | settled & (~Q(stale_tx=0) | Q(first=this_month(now)))
    asked |= Q(counted_at__lte=now - DAILY, first__gte=step(this_month(now), -DAILY_MONTHS))
    months = CountedMonth.objects.filter(asked, first__lte=this_month(now)).order_by("-first")
    return list(months.values_list("first", flat=True))


def _begin(now: datetime) -> None:
    """A row for each month from the first duty's to the one that runs."""
    last = this_month(now)
    if CountedMonth.objects.filter(first=last).exists():
        return
    before = CountedMonth.objects.filter(first__lt=last).order_by("-first").first()
    first = before.first if before else _earliest() or last
    months = []
    while first <= last:
        months.append(CountedMonth(first=first))
        first = step(first, 1)
    CountedMonth.objects.bulk_create(months, ignore_conflicts=True)


def _earliest() -> date | None:
    earliest = Obligation.objects.aggregate(at=Min("due_at"))["at"]
    return first_of(earliest) if earliest else None


def recount(first: date, now: datetime) -> int:
    """Count a month anew; returns how many cells are not as they were."""
    with transaction.atomic():
        month = CountedMonth.objects.select_for_update(skip_locked=True).filter(first=first).first()
        if month is None:
            return 0  # another clock is at it
        # what the engine has not heard yet is not in the duties: the month stays stale until then
        heard = Cursor.objects.filter(name=ENGINE).values_list("tx", flat=True).first() or 0
        found = counted(in_span(Obligation.objects.all(), *month_of(first), now))
        changed = _write(month, found)
        month.counted_at = now
        month.stale_tx = month.stale_tx if month.stale_tx > heard else 0
        month.save(update_fields=["counted_at", "stale_tx"])
    return changed


def _write(month: CountedMonth, found: Cells) -> int:
    before = stored(month.cells.all())
    gone = [key for key in before if key not in found]
    fresh = {key: tally for key, tally in found.items() if before.get(key) != tally}
    if gone:
        rows = month.cells.values_list("pk", "clause", "clause_number", "role", "region")
        month.cells.filter(pk__in=[pk for pk, *key in rows if Key(*key) in set(gone)]).delete()
    Cell.objects.bulk_create(
        [
            Cell(
                month=month, clause=key.clause, clause_number=key.number, role=key.role,
                region=key.region, **{name: getattr(tally, name) for name in FIGURES},
            )
            for key, tally in fresh.items()
        ],
        update_conflicts=True, update_fields=FIGURES, batch_size=2000,
        unique_fields=("month", "clause", "clause_number", "role", "region"),
    )  # fmt: skip
    return len(gone) + len(fresh)


def follow_settled(now: datetime) -> int:
    """A tick: what the engine did by itself on other facts (settled, superseded, moved) tells no
    fact of its own; the months of those duties are stale as well.
    """
    with transaction.atomic():
        engine = Cursor.objects.filter(name=ENGINE).first()
        if engine is None:
            return 0
        place, made = Cursor.objects.select_for_update().get_or_create(
            name=SETTLED, defaults={"tx": engine.tx, "fact_id": engine.fact_id, "moved_at": now}
        )
        if made or (place.tx, place.fact_id) >= (engine.tx, engine.fact_id):
            return 0
        after = Q(tx__gt=place.tx) | Q(tx=place.tx, pk__gt=place.fact_id)
        before = Q(tx__lt=engine.tx) | Q(tx=engine.tx, pk__lte=engine.fact_id)
        facts = Fact.objects.filter(after, before).order_by("tx", "pk")
        read = list(facts.values_list("tx", "pk", "kind")[:MOST_FACTS])
        heard = [pk for _tx, pk, kind in read if not kind.startswith("obligation.")]
        settled = Obligation.objects.filter(settled_by__in=heard)
        moments = set(settled.values_list("due_at", flat=True))
        replaced = Obligation.objects.filter(superseded_by__cause__in=heard)
        moments.update(replaced.values_list("due_at", flat=True))
        moved = DueChange.objects.filter(fact__in=heard).values_list("old", "new")
        moments.update(moment for pair in moved for moment in pair)
        if read:
            touched(moments, read[-1][0], now)
            place.tx, place.fact_id, place.moved_at = read[-1][0], read[-1][1], now
            place.heard += len(read)
            place.save()
        return len(read)


def touched(moments: Iterable[datetime | None], tx: int, now: datetime) -> None:
    """Duties due at these moments have changed: their months are to be counted anew.

    Months that the clock has still to begin with are left to it.
    """
    newest = CountedMonth.objects.order_by("-first").values_list("first", flat=True).first()
    last = min(newest, this_month(now)) if newest else date.min
    months = {first for each in moments if each and (first := first_of(each)) <= last}
    CountedMonth.objects.bulk_create(
        [CountedMonth(first=first) for first in sorted(months)], ignore_conflicts=True
    )
    CountedMonth.objects.filter(first__in=months).update(stale_tx=Greatest("stale_tx", tx))
