"""The customer page: head, overview, timeline. The number of queries does not grow with the rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.apps.customers import profile, words
from bihuan.apps.customers.enums import DecisionRole, MergeState, Node
from bihuan.apps.customers.models import (
    ClauseException,
    Contact,
    Customer,
    KeyDate,
    Merge,
    Purchase,
    Verification,
)
from bihuan.apps.customers.queries.exceptions import title_of
from bihuan.apps.customers.queries.health import Health, health_of
from bihuan.apps.customers.rules import chain, key_dates
from bihuan.apps.customers.snapshots import back
from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.access.people import people_of
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import Fact
from bihuan.base.prepared import planned, prepared
from bihuan.lib.policy import Pack

TIMELINE_PAGE = 20
UPCOMING_DAYS = 120
KINDS: dict[str, tuple[str, ...]] = {
    "calls": ("callback.", "contact.made", "promise.", "problem."),
    "visits": ("visit.", "asset.", "maintenance.", "health."),
    "service": ("fault.", "ticket.", "demand.", "complaint.", "alarm.", "consultation.", "incident."),
    "rules": ("obligation.",),
    "record": ("customer.", "contact.added", "contact.left", "tier.", "flag.", "purchase.", "contract.", "key_date.", "account_manager.", "sponsor.", "engineer."),
}  # fmt: skip
# told for the machine's sake; the timeline of people leaves them to the filter 制度
QUIET = (
    "asset.reading",
    "period.began",
    "obligation.arose",
    "obligation.assigned",
    "obligation.noted",
    "obligation.opened",
    "tier.reviewed",
)


def with_counts(rows: QuerySet[Customer]) -> QuerySet[Customer]:
    """The customer with the numbers of its tabs, in one query."""

    def number(model: Any, **only: Any) -> Any:
        counted = (
            model.objects.filter(customer=OuterRef("pk"), **only)
            .order_by()
            .values("customer")
            .annotate(n=Count("pk"))
        )
        return Coalesce(Subquery(counted.values("n")), 0)

    return rows.annotate(
        contact_count=number(Contact, left_on=None), purchase_count=number(Purchase, voided_at=None),
        exception_count=number(ClauseException, refused_at=None),
    )  # fmt: skip


@planned
def within(pk: int, *, person: User, verb: str) -> QuerySet[Customer]:
    """The customer of this number, if this person may do `verb` on it."""
    return visible(with_counts(Customer.objects.all()), person, verb).filter(pk=pk)


def with_people(customer: Customer) -> Customer:
    """The people and companies around a customer, read in two queries rather than six joins."""
    for read, names in (
        (people_of, ("account_manager", "exec_sponsor", "dedicated_engineer")),
        (_companies, ("dealer", "parent", "merged_into")),
    ):
        ids = {pk for name in names if (pk := getattr(customer, f"{name}_id"))}
        rows = {row.pk: row for row in read(list(ids))} if ids else {}
        for name in names:
            setattr(customer, name, rows.get(getattr(customer, f"{name}_id")))
    return customer


@planned
def _companies(ids: list[int]) -> QuerySet[Customer]:
    return Customer.objects.filter(pk__among=ids)


BOUGHT = """
    SELECT sum(amount) FILTER (WHERE made_on > %(year)s), sum(amount) FILTER (WHERE made_on <= %(year)s)
    FROM customers_purchase
    WHERE customer_id = %(pk)s AND voided_at IS NULL AND made_on > %(two)s AND made_on <= %(today)s
"""


@dataclass(frozen=True)
class Measures:
    """What the head of the page says in figures."""

    health: Health
    year: Decimal
    before: Decimal
    growth: int | None
    years: int | None


def measures(customer: Customer, now: datetime) -> Measures:
    """One query for purchases, one for each component that a higher app brings."""
    today = timezone.localtime(now).date()
    asked = {"pk": customer.pk, "today": today, "year": back(today, 12), "two": back(today, 24)}
    year, before = (each or Decimal(0) for each in sql.rows(BOUGHT, asked)[0])
    growth = round(float((year - before) / before) * 100) if before else None
    years = (today - customer.since).days // 365 if customer.since else None
    return Measures(
        health_of(customer, bought=(float(year), float(before)), now=now),
        year,
        before,
        growth,
        years,
    )


@dataclass(frozen=True)
class Upcoming:
    """A key date ahead; `contact` is set for a birthday."""

    on: date
    title: str
    lunar: str
    contact: str


@dataclass(frozen=True)
class Stale:
    """A part of the record with its verify-by day; `late` when it has passed, `never` if unchecked."""

    what: str
    title: str
    row: Verification | None
    late: bool


@dataclass(frozen=True)
class Exempt:
    """An exception in force and what it departs from, in words."""

    title: str
    row: ClauseException


@dataclass(frozen=True)
class Overview:
    contacts: list[Contact]
    chain: chain.Chain
    upcoming: list[Upcoming]
    stale: list[Stale]
    exceptions: list[Exempt]
    merges: list[Merge]


def overview(
    customer: Customer, pack: Pack | None, now: datetime, *, merged: bool, excepted: bool
) -> Overview:
    """Three queries, one more where others were `merged` into it, and where it has exceptions."""
    today = timezone.localtime(now).date()
    contacts = _contacts(customer.pk)
    checked = {row.what: row for row in _checked(customer.pk)}
    stale = [
        Stale(
            code,
            words.title(words.CHECKED, code),
            checked.get(code),
            code in checked and checked[code].verify_by < today,
        )
        for code in map(str, words.CHECKED)
    ]
    granted: Iterable[ClauseException] = ()
    merges: Iterable[Merge] = ()
    if excepted:
        rows = ClauseException.objects.at(now).filter(customer=customer).select_related("approver")
        granted = rows.order_by("from_at")[:20]
    if merged:
        kept = customer.merges_kept.filter(state=MergeState.MERGED).select_related("gone")
        merges = kept[:20]
    return Overview(
        contacts, _chain(contacts, pack, now), upcoming(customer, contacts, today), stale,
        [
            Exempt(title_of(each, pack), each)
            for each in granted
        ],
        list(merges),
    )  # fmt: skip


@planned
def _contacts(customer_id: int) -> QuerySet[Contact]:
    rows = Contact.objects.filter(customer=customer_id, left_on=None)
    return rows.order_by("-is_key", "pinyin", "id")[:60]


@planned
def _checked(customer_id: int) -> QuerySet[Verification]:
    return Verification.objects.filter(customer=customer_id).select_related("by")


@planned
def _dates(customer_id: int) -> QuerySet[KeyDate]:
    return KeyDate.objects.filter(customer=customer_id, ended_at=None).select_related("contact")


def _chain(contacts: Sequence[Contact], pack: Pack | None, now: datetime) -> chain.Chain:
    fresh = timedelta(days=profile.number("contact_fresh_days", pack))
    people = [
        chain.Person(
            each.pk, each.name,
            _("%(title)s，%(role)s") % {"title": each.title or each.department, "role": each.decision_title}
            if each.title or each.department else each.decision_title,
            each.decision_role, None if each.last_contact_at is None else now - each.last_contact_at <= fresh,
        )
        for each in contacts if each.decision_role
    ]  # fmt: skip
    titles = {str(code): str(title) for code, title in words.DECISION.items()}
    return chain.draw(
        people, profile.data()["decision_chain"], DecisionRole.DECIDER, titles, _("待补")
    )


def upcoming(
    customer: Customer, contacts: Sequence[Contact], today: date, *, days: int = UPCOMING_DAYS
) -> list[Upcoming]:
    """Key dates of the next months, soonest first (one query)."""
    last = today + timedelta(days=days)
    found: list[Upcoming] = []

    def add(what: key_dates.Day, title: str, contact: str = "", since: int | None = None) -> None:
        for on in key_dates.between(what, today, last):
            years = on.year - since if since else 0
            named = (
                ngettext("%(title)s，%(n)s 周年", "%(title)s，%(n)s 周年", years)
                % {"title": title, "n": years}
                if years > 0
                else title
            )
            moon = key_dates.lunar_words(on) if what.lunar else ""
            found.append(Upcoming(on, named, moon, contact))

    for row in _dates(customer.pk):
        title = row.title or words.title(words.NODE, row.node)
        add(row.when, title, row.contact.name if row.contact else "", row.since_year)
    if (began := customer.since) is not None:
        found += [
            Upcoming(
                on,
                ngettext("合作 %(n)s 周年", "合作 %(n)s 周年", on.year - began.year)
                % {"n": on.year - began.year},
                "",
                "",
            )
            for on in key_dates.between(key_dates.Day(began.month, began.day), today, last)
            if on.year > began.year
        ]
    birthday = words.title(words.NODE, Node.BIRTHDAY)
    for each in contacts:
        if each.birthday_month and each.birthday_day:
            day = key_dates.Day(each.birthday_month, each.birthday_day, each.birthday_lunar)
            add(day, birthday, each.name)
    for feast in profile.data()["festivals"]:
        day = key_dates.Day(feast["month"], feast["day"], feast.get("lunar", False))
        add(day, words.title(words.NODE, feast["node"]))
    return sorted(found, key=lambda each: (each.on, each.title))


def timeline(
    customer_ids: Sequence[int],
    *,
    kind: str = "",
    before: tuple[datetime, int] | None = None,
    limit: int = TIMELINE_PAGE,
) -> tuple[list[Fact], bool]:
    """Facts of a customer and of what was merged into it, newest first; whether there are more."""
    if len(customer_ids) == 1 and before is None:
        found = _newest(customer_ids[0], kind=kind if kind in KINDS else "", limit=limit)
    else:
        rows = _of_kind(Fact.objects.filter(customer_id__in=list(customer_ids)), kind)
        if before is not None:
            at, pk = before
            rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
        found = list(rows[: limit + 1])
    return found[:limit], len(found) > limit


@prepared
def _newest(customer_id: int, *, kind: str, limit: int) -> QuerySet[Fact]:
    return _of_kind(Fact.objects.filter(customer_id=customer_id), kind)[: limit + 1]


def _of_kind(rows: QuerySet[Fact], kind: str) -> QuerySet[Fact]:
    if kind in KINDS:
        wanted = Q()
        for name in KINDS[kind]:
            wanted |= Q(kind__startswith=name) if name.endswith(".") else Q(kind=name)
        rows = rows.filter(wanted).exclude(kind="period.began")
    else:
        rows = rows.exclude(kind__in=QUIET)
    return rows.order_by("-at", "-id")


def same_customer(customer: Customer) -> list[int]:
    """The customer and the rows merged into it (one query)."""
    return [customer.pk, *_merged(customer.pk)]


@planned
def _merged(customer_id: int) -> QuerySet[Customer, int]:
    return (
        Customer.objects.filter(merged_into=customer_id).order_by("id").values_list("id", flat=True)
    )


def purchases_by_year(customer: Customer) -> list[dict[str, Any]]:
    """Year, sum, orders and sums by category, newest first (one query)."""
    good = customer.purchases.filter(voided_at=None).order_by()
    rows = good.values("made_on__year", "category").annotate(sum=Sum("amount"), orders=Count("id"))
    years: dict[int, dict[str, Any]] = {}
    for row in rows:
        year = years.setdefault(
            row["made_on__year"],
            {"year": row["made_on__year"], "sum": Decimal(0), "orders": 0, "parts": {}},
        )
        year["sum"] += row["sum"]
        year["orders"] += row["orders"]
        year["parts"][row["category"]] = row["sum"]
    top = max((year["sum"] for year in years.values()), default=Decimal(0))
    found = sorted(years.values(), key=lambda year: -year["year"])
    return [
        year
        | {
            "top": top,
            "parts": [
                (words.title(words.CATEGORY, code), sum_)
                for code, sum_ in sorted(year["parts"].items())
            ],
        }
        for year in found
    ]
