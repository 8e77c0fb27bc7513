"""Reading the log for a trial: whole customers at a time, with the periods that nobody told."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, cast
from uuid import UUID, uuid5

from django.apps import apps
from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import Mod

from bihuan.apps.customers.enums import LIVING
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.periods import EVERY, SOURCE
from bihuan.apps.obligations.rules import COMPANY, NAMESPACE
from bihuan.base import registry
from bihuan.base.facts.models import Fact
from bihuan.base.system.company import zone
from bihuan.lib.policy import Pack
from bihuan.lib.policy.limits import local_moment, span_of
from bihuan.lib.policy.model import PERIOD_FACT

AT_ONCE = 4000
"""Facts that are held at a time, of whole customers."""
SILENT_AT_ONCE = 200
SHARED = (
    "SELECT array_agg(DISTINCT customer_id) FROM facts_fact WHERE {0} IS NOT NULL"
    " AND customer_id IS NOT NULL AND at >= %s AND at < %s"
    " GROUP BY {0} HAVING min(customer_id) < max(customer_id)"
)
NOBODY = 0


@dataclass(frozen=True)
class Span:
    """From when to when the facts happened that are judged; half open."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Part:
    """The n-th share of the customers; what belongs together or to nobody is in the first."""

    number: int
    of: int


WHOLE = Part(0, 1)


@dataclass(frozen=True)
class Facts:
    """Facts with the group they belong to, in the order in which they were told."""

    of: list[tuple[int, Fact]]
    nobodys: bool = False


def told_in(span: Span, kinds: Collection[str] | None = None) -> QuerySet[Fact]:
    """What happened in a span; of these kinds, where they are given."""
    rows = Fact.objects.filter(at__gte=span.since, at__lt=span.until).exclude(source="engine")
    return rows if kinds is None else rows.filter(kind__in=kinds)


def batches(
    pack: Pack | None, span: Span, now: datetime, part: Part = WHOLE,
    kinds: Collection[str] | None = None,
) -> Iterator[Facts]:  # fmt: skip
    """The facts of a span: those of nobody first, then customer by customer. `pack` is the
    regulation whose periods are told where nobody told them; `kinds` as in `told_in`.

    Customers that became one, or that shared a machine or a contract, are one group.
    """
    untold = Untold(pack, span, now) if pack is not None else None
    rows = told_in(span, kinds).order_by("tx", "pk")
    nobodys = [*rows.filter(customer_id=None), *(untold.of_company() if untold else ())]
    yield Facts([(NOBODY, fact) for fact in nobodys], nobodys=True)
    families = _families(span)
    for family in families if part.number == 0 else ():
        told = [*rows.filter(customer_id__in=family), *(untold.of(family) if untold else ())]
        yield Facts([(min(family), fact) for fact in told])
    yield from _singles(rows, untold, {pk for family in families for pk in family}, part)


def _singles(
    rows: QuerySet[Fact], untold: Untold | None, but: set[int], part: Part
) -> Iterator[Facts]:
    own = rows.exclude(customer_id=None).order_by("customer_id", "tx", "pk")
    if part.of > 1:
        own = own.alias(share=Mod(F("customer_id"), part.of)).filter(share=part.number)
    silent = untold.living(part) - but if untold is not None else set()
    waiting: list[tuple[int, Fact]] = []
    customers: set[int] = set()
    told = _light(own)
    for customer, facts in groupby(told, key=lambda fact: fact.customer_id or NOBODY):
        if customer in but:
            continue
        customers.add(customer)
        waiting += [(customer, fact) for fact in facts]
        if len(waiting) >= AT_ONCE:
            yield _completed(waiting, customers, untold)
            silent -= customers
            waiting, customers = [], set()
    yield _completed(waiting, customers, untold)
    rest = sorted(silent - customers)
    for start in range(0, len(rest), SILENT_AT_ONCE):
        yield _completed([], set(rest[start : start + SILENT_AT_ONCE]), untold)


@dataclass(slots=True)
class Told:
    """What a judge asks of a fact; to build a million models would take half of a trial."""

    pk: int
    uid: UUID
    tx: int
    kind: str
    at: datetime
    told_at: datetime
    by_id: int | None
    source: str
    customer_id: int | None
    asset_id: int | None
    contract_id: int | None
    subjects: dict[str, int]
    data: dict[str, Any]

    def own(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data.get("fact", {})
        return found


TOLD = tuple(field.name for field in fields(Told))


def _light(rows: QuerySet[Fact]) -> Iterator[Fact]:
    for values in rows.values_list(*TOLD).iterator(chunk_size=AT_ONCE):
        yield cast("Fact", Told(*values))


def _completed(told: list[tuple[int, Fact]], customers: set[int], untold: Untold | None) -> Facts:
    more = untold.of(customers) if untold is not None else ()
    return Facts(told + [(fact.customer_id or NOBODY, fact) for fact in more])


class Untold:
    """The periods that a draft goes round with subjects with whom the regulation did not: nobody
    told them, so they are told here, with the subjects as they are now.
    """

    def __init__(self, pack: Pack, span: Span, now: datetime) -> None:
        self.now = now
        told = _told(span)
        self.days: list[tuple[date, datetime, set[str], dict[str, Any]]] = []
        day = span.since.astimezone(pack.zone).date()
        while (at := local_moment(day, pack.zone)) < span.until:
            if at >= span.since and (day.day == 1 or day.weekday() == 0):
                spans = {every: span_of(every, day) for every in EVERY}
                begins = {every: spans[every].first == day for every in EVERY}
                rules = [rule for rule in pack.rules.values() if rule.every]
                around = {rule.of for rule in rules if rule.turn.span(day).first == day}
                data: dict[str, Any] = {every: spans[every].key for every in EVERY}
                data |= {f"{every}_begins": begins[every] for every in EVERY}
                if around - told.get(at, set()):
                    self.days.append((day, at, around - told.get(at, set()), data))
            day += timedelta(days=1)
        self.kinds = {kind for _, _, kinds, _ in self.days for kind in kinds}
        self._last = 0

    def living(self, part: Part) -> set[int]:
        """The customers that may owe to be gone round with, whether anything was told or not."""
        if not self.kinds - {"company"}:
            return set()
        rows = Customer.objects.filter(status__in=LIVING)
        if part.of > 1:
            rows = rows.alias(share=Mod(F("pk"), part.of)).filter(share=part.number)
        return set(rows.values_list("pk", flat=True))

    def of_company(self) -> Iterator[Fact]:
        if "company" in self.kinds:
            yield from self._facts("company", [{"company": COMPANY}])

    def of(self, customers: Collection[int]) -> Iterator[Fact]:
        """The untold periods of these customers, their machines and their contracts."""
        if "customer" in self.kinds:
            rows = Customer.objects.filter(pk__in=customers, status__in=LIVING)
            yield from self._facts(
                "customer", [{"customer": pk} for pk in rows.values_list("pk", flat=True)]
            )
        for kind, model in (("asset", "assets.Asset"), ("contract", "contracts.Contract")):
            if kind in self.kinds and apps.is_installed(f"bihuan.apps.{model.split('.')[0]}"):
                yield from self._facts(kind, list(_owned(kind, model, customers, self.now)))

    def _facts(self, kind: str, subjects: Sequence[dict[str, int]]) -> Iterator[Fact]:
        snapshots = registry.snapshot_of()
        states = {
            name: snapshots[name]({each[name] for each in subjects}, self.now)
            for name in (subjects[0] if subjects else ())
            if name in snapshots
        }
        for day, at, _, data in (each for each in self.days if kind in each[2]):
            for each in subjects:
                self._last -= 1
                known = {name: states.get(name, {}).get(pk) for name, pk in each.items()}
                yield Fact(
                    pk=self._last, tx=0, uid=uuid5(NAMESPACE, f"{day}|{each}"), kind=PERIOD_FACT,
                    at=at, told_at=at, source=SOURCE, customer_id=each.get("customer"),
                    asset_id=each.get("asset"), contract_id=each.get("contract"), subjects=each,
                    data={"fact": data, **{n: dict(s) for n, s in known.items() if s is not None}},
                )  # fmt: skip


def _owned(
    kind: str, model: str, customers: Collection[int], now: datetime
) -> Iterator[dict[str, int]]:
    rows: Any = apps.get_model(model).objects.filter(customer_id__in=customers)
    rows = rows.at_customers() if kind == "asset" else rows.in_force(now.astimezone(zone()).date())
    for pk, customer in rows.order_by("pk").values_list("pk", "customer_id"):
        yield {kind: pk, "customer": customer}


def _told(span: Span) -> dict[datetime, set[str]]:
    """Moment -> the kinds of subjects that were told that a period began then."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT at, bool_or(asset_id IS NOT NULL), bool_or(contract_id IS NOT NULL),"
            " bool_or(customer_id IS NOT NULL AND asset_id IS NULL AND contract_id IS NULL),"
            " bool_or(customer_id IS NULL) FROM facts_fact"
            " WHERE kind = %s AND at >= %s AND at < %s GROUP BY at",
            [PERIOD_FACT, span.since, span.until],
        )
        names = ("asset", "contract", "customer", "company")
        return {
            at: {name for name, told in zip(names, found, strict=True) if told}
            for at, *found in cursor.fetchall()
        }


def _families(span: Span) -> list[frozenset[int]]:
    """Customers whose facts must be judged together: the merged, and those that one machine or
    one contract belonged to.
    """
    became = Customer.objects.exclude(merged_into=None).values_list("pk", "merged_into_id")
    links: list[Sequence[int]] = [(gone, kept or gone) for gone, kept in became]
    with connection.cursor() as cursor:
        for thing in ("asset_id", "contract_id"):
            cursor.execute(SHARED.format(thing), [span.since, span.until])
            links += [found for (found,) in cursor.fetchall()]
    return _joined(links)


def _joined(links: Iterable[Sequence[int]]) -> list[frozenset[int]]:
    """The groups in which everybody is linked with everybody by some way."""
    group: dict[int, set[int]] = {}
    for link in links:
        merged = set(link).union(*(group.get(each, {each}) for each in link))
        for each in merged:
            group[each] = merged
    return sorted({frozenset(each) for each in group.values()}, key=min)
