"""What the one search box finds of problems and visits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from bihuan.apps.callbacks.models import Participant, Problem, Visit
from bihuan.base.search.actions import Entry, put, put_all, put_changing


def entries() -> Iterable[Entry]:
    """Everything anew."""
    return chain(_problems(Problem.objects.all()), _visits(Visit.objects.all()))


def _problems(rows: QuerySet[Problem]) -> Iterator[Entry]:
    for problem in rows.select_related("customer").iterator(chunk_size=1000):
        yield problem_entry(problem)


def _visits(rows: QuerySet[Visit]) -> Iterator[Entry]:
    named = rows.select_related("customer").prefetch_related("participants")
    for visit in named.iterator(chunk_size=1000):
        yield visit_entry(visit, visit.participants.all())


def put_of(customers: Sequence[int]) -> None:
    """Renew the entries of these customers' problems and visits."""
    put_all(_problems(Problem.objects.filter(customer_id__in=customers)))
    there = Visit.objects.filter(customer_id__in=customers).annotate(there=Count("participants"))
    put_changing(
        lambda: dict(there.values_list("pk", "there")),
        lambda ids: _visits(Visit.objects.filter(pk__among=ids)),
    )


def put_problem(row: Problem) -> None:
    put(problem_entry(row))


def put_visit(row: Visit) -> None:
    put(visit_entry(row, Participant.objects.filter(visit=row)))


def problem_entry(row: Problem) -> Entry:
    return Entry(
        kind="problem", thing_id=row.pk, title=f"{row.number} {row.text[:60]}",
        note=row.customer.called, words=[row.number, row.customer.name], serials=[row.number],
        url=reverse("callbacks:problem", args=[row.pk]),
        **_reach(row, row.owner_id, row.found_by_id),
    )  # fmt: skip


def visit_entry(row: Visit, participants: Iterable[Participant]) -> Entry:
    return Entry(
        kind="visit", thing_id=row.pk, title=f"{row.number} {row.purpose[:60]}",
        note=row.customer.called, words=[row.number, row.customer.name], serials=[row.number],
        url=reverse("callbacks:visit", args=[row.pk]),
        **_reach(row, row.host_id, *(each.user_id for each in participants)),
    )  # fmt: skip


def _reach(row: Problem | Visit, *more: int | None) -> dict[str, Any]:
    customer = row.customer
    people = (
        customer.account_manager_id, customer.exec_sponsor_id, customer.dedicated_engineer_id, *more,
    )  # fmt: skip
    return {
        "needs": "callbacks.see",
        "own": people,
        "team_id": customer.service_team_id,
        "region": customer.region,
        "dealers": (customer.dealer_id, customer.pk),
        "customers": (customer.pk,),
    }
