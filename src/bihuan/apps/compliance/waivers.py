"""The register of what was let go: waived duties, and exceptions for a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.apps.compliance.queries import VERB
from bihuan.apps.customers.models import ClauseException, Customer
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.waiving import PER_CLAUSE, PER_CUSTOMER, limit_of, year_of
from bihuan.apps.obligations.words import moment_word, said, waive_word
from bihuan.apps.policy.queries import NoPackInForce, pack_at
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import in_words
from bihuan.lib.policy import Pack

MOST = 8  # of the clauses and customers with the most waivers


@dataclass(frozen=True)
class Asked:
    """A calendar year of the register, perhaps of one clause or customer."""

    year: int
    clause: str = ""
    customer: int | None = None


@dataclass(frozen=True)
class Most:
    """A clause or customer with its waivers of the year, and how many a pack allows."""

    key: str
    title: str
    n: int
    limit: int | None

    @property
    def over(self) -> bool:
        return self.limit is not None and self.n > self.limit


@dataclass(frozen=True)
class Register:
    clauses: list[Most]
    customers: list[Most]
    limited: list[tuple[str, int, str]]  # what is limited, to how many a year, by which clause


def waived(person: User, asked: Asked) -> QuerySet[Obligation]:
    """Waived duties within reach, the latest first."""
    rows = _of_year(person, asked.year)
    if asked.clause:
        rows = rows.filter(clause=asked.clause)
    if asked.customer is not None:
        rows = rows.filter(customer_id=asked.customer)
    rows = rows.select_related("customer", "assignee", "waiver__by")
    return rows.order_by("-waiver__at", "-pk")


def excepted(person: User, asked: Asked) -> QuerySet[ClauseException]:
    """Exceptions that were granted and held at some time of the year, within reach."""
    start, end = year_of(asked.year)
    reached = visible(ClauseException.objects.all(), person, VERB)
    rows = reached.filter(Q(to_at=None) | Q(to_at__gt=start), from_at__lt=end, refused_at=None)
    if asked.customer is not None:
        rows = rows.filter(customer_id=asked.customer)
    if asked.clause:
        rules = [code for code, rule in _rules(end).items() if rule == asked.clause]
        rows = rows.filter(Q(target="CLAUSE", code=asked.clause) | Q(target="RULE", code__in=rules))
    rows = rows.exclude(granted_at=None).select_related("customer", "approver", "asked_by")
    return rows.order_by("-from_at", "-pk")


def register(person: User, asked: Asked, now: datetime) -> Register:
    """Who and what has the most waivers of the year, against the limits of the regulation."""
    pack = _pack(now)
    per_clause, per_customer = (limit_of(pack, name) for name in (PER_CLAUSE, PER_CUSTOMER))
    rows = _of_year(person, asked.year).order_by()
    clauses = rows.values_list("clause", "clause_number").annotate(n=Count("pk"))
    customers = rows.exclude(customer=None).values_list("customer_id").annotate(n=Count("pk"))
    most = list(customers.order_by("-n", "customer_id")[:MOST])
    names = {each.pk: each.called for each in Customer.objects.filter(pk__in=dict(most))}
    titles = pack.clauses if pack else {}
    limited = [
        (words, limit, pack.parameters[name].clause)
        for name, limit, words in (
            (PER_CLAUSE, per_clause, _("每条一年")), (PER_CUSTOMER, per_customer, _("每家客户一年")),
        )
        if limit is not None and pack is not None
    ]  # fmt: skip
    return Register(
        [
            Most(code, f"§ {number} {_clause_title(titles, code)}".strip(), n, per_clause)
            for code, number, n in clauses.order_by("-n", "clause")[:MOST]
        ],
        [Most(str(pk), names.get(pk, "—"), n, per_customer) for pk, n in most],
        limited,
    )


def lines(person: User, asked: Asked) -> Iterator[Sequence[Any]]:
    """The register as rows of a table."""
    yield [
        _("义务"), _("条款"), _("客户"), _("事项"), _("到期"), _("豁免时间"), _("理由"), _("说明"),
        _("批准人"), _("责任人"),
    ]  # fmt: skip
    for row in waived(person, asked).iterator():
        yield [
            row.number, f"§ {row.clause_number}", row.customer.name if row.customer else "",
            said(row.title), moment_word(row.due_at) if row.due_at else "",
            moment_word(row.waiver.at), waive_word(row.waiver.reason), row.waiver.note,
            row.waiver.by.name if row.waiver.by else "", row.assignee.name if row.assignee else "",
        ]  # fmt: skip


def _of_year(person: User, year: int) -> QuerySet[Obligation]:
    start, end = year_of(year)
    rows = Obligation.objects.filter(state=State.WAIVED, waiver__at__gte=start, waiver__at__lt=end)
    return visible(rows, person, VERB)


def _pack(now: datetime) -> Pack | None:
    try:
        return pack_at(now)
    except NoPackInForce:
        return None


def _rules(moment: datetime) -> Mapping[str, str]:
    pack = _pack(moment)
    return {code: rule.clause for code, rule in pack.rules.items()} if pack else {}


def _clause_title(titles: Mapping[str, Any], code: str) -> str:
    return in_words(titles[code].title) if code in titles else code
