"""Reads of obligations that other apps and the shell use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from bihuan.apps.obligations.enums import LIVE, State
from bihuan.apps.obligations.models import CADENCE, Act, Evidence, Obligation, Report
from bihuan.apps.obligations.words import said, verb_word
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches, visible
from bihuan.base.lists.stamps import Stamp
from bihuan.base.prepared import planned, prepared
from bihuan.base.registry import Holding
from bihuan.base.ui.addresses import address

LISTED = 300


def open_for_customer(customer_id: int) -> QuerySet[Obligation]:
    """Live obligations to a customer, the nearest due first."""
    rows: QuerySet[Obligation] = Obligation.objects.live()
    return (
        rows.filter(customer_id=customer_id)
        .select_related("customer", "assignee")
        .order_by("due_at", "pk")
    )


def open_of_kinds(customer_id: int, kinds: Iterable[str]) -> list[Obligation]:
    """Live obligations of some kinds to a customer: what one contact may discharge together."""
    return list(open_for_customer(customer_id).filter(kind__in=list(kinds)))


def of_matter(number: str, *occasions: str) -> QuerySet[Obligation]:
    """The clocks of one matter that is known by a number (a ticket): what facts with that number
    brought, and duties that only facts with that number may end. `occasions` are further ones.
    """
    named = Q(match__has_key="ticket", match__ticket=number)
    brought = Q(occasion__in=[number, *occasions]) & ~Q(cause_kind=CADENCE)
    rows: QuerySet[Obligation] = Obligation.objects.filter(named | brought)
    return rows.select_related("customer", "assignee").order_by("due_at", "pk")


@planned
def clocks_of(number: str, occasions: list[str]) -> QuerySet[Obligation]:
    """The same as a list, without those that they are joined to, for a page that asks often."""
    named = Q(match__has_key="ticket", match__ticket=number)
    brought = Q(occasion__among=occasions) & ~Q(cause_kind=CADENCE)
    return Obligation.objects.filter(named | brought).order_by("due_at", "pk")


def by_uid(uid: str) -> Obligation | None:
    """The obligation that a fact names."""
    return Obligation.objects.filter(uid=uid).first()


def overdue_of(person: User, now: datetime) -> QuerySet[Obligation]:
    """Overdue obligations of this person (menu)."""
    return Obligation.objects.filter(assignee=person, state=State.OPEN, due_at__lt=now)


def live_of_customer(person: User, customer_id: int) -> QuerySet[Obligation]:
    """Live obligations to a customer (tab)."""
    rows = Obligation.objects.filter(customer_id=customer_id, state__in=LIVE)
    return visible(rows, person, "obligations.see")


def service_health(
    customer_ids: Iterable[int], at: datetime
) -> dict[int, tuple[float, dict[str, str]]]:
    """The component SERVICE of a customer's health: how many promises of the last year were kept
    in time, in percent; nothing for a customer to whom nothing was due.
    """
    year = at - timedelta(days=365)
    return {
        customer_id: (
            100 * kept / all_,
            {
                "zh": f"近一年按时 {kept} / {all_}",
                "en": f"{kept} of {all_} in time in the last year",
            },
        )
        for customer_id, all_, kept in _in_time(sorted(set(customer_ids)), year, at)
    }  # fmt: skip


@prepared
def _in_time(customer_ids: list[int], since: datetime, until: datetime) -> QuerySet[Obligation, Any]:  # fmt: skip
    due = Q(due_at__gt=since, due_at__lte=until) & ~Q(state__in=(State.VOID, State.WAIVED))
    return (
        Obligation.objects.filter(due, customer_id__among=customer_ids)
        .values_list("customer_id")
        .annotate(all=Count("pk"), kept=Count("pk", filter=Q(discharged_at__lte=F("due_at"))))
        .order_by()
    )


def holdings(user_id: int) -> list[Holding]:
    """What somebody owes and must hand over before leaving."""
    rows = Obligation.objects.filter(assignee_id=user_id, state__in=LIVE).order_by("due_at", "pk")
    return [
        Holding(
            key=str(row.pk), kind=_("义务"), title=f"{said(row.title)} {row.number}",
            url=address("obligations:detail", row.pk), customer_id=row.customer_id,
        )
        for row in rows
    ]  # fmt: skip


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees an evidence file through an obligation."""
    proofs: QuerySet[Any] = visible(
        Evidence.objects.filter(file_id=file_id), person, "obligations.see"
    )
    if proofs.exists():
        return True
    reports = Report.objects.filter(file_id=file_id)
    if reports.filter(readers__user=person).exists():
        return True
    return visible(reports, person, "obligations.see").exists()


def by_number(person: User, number: int) -> tuple[str, str] | None:
    """(title, address) of the obligation that people call YW-number."""
    rows = Obligation.objects.filter(pk=number).select_related("customer")
    row = visible(rows, person, "obligations.see").first()
    if row is None:
        return None
    named = row.customer is not None and reaches(person, "customers.see")
    customer = row.customer.called if row.customer is not None and named else ""
    return f"{said(row.title)} {customer}".strip(), address("obligations:detail", row.pk)


def stamps(ids: Iterable[int]) -> dict[int, Stamp]:
    """The last deed on each: what its page watches and its forms are read at (one query)."""
    wanted = list(ids)
    acts = Act.objects.filter(obligation_id__in=wanted).select_related("by")
    last = acts.order_by("obligation_id", "-pk").distinct("obligation_id")
    found = {
        act.obligation_id: Stamp(
            str(act.pk), act.by.name if act.by is not None else "", act.at, verb_word(act.verb),
            act.by_id,
        )
        for act in last
    }  # fmt: skip
    return {pk: found.get(pk, Stamp("0", "", None)) for pk in wanted}
