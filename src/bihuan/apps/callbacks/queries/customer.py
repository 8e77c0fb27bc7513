"""What the customer page shows of calls and visits."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.models import Callback, Problem, Promise, Visit
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.ui.addresses import address


def counted(person: User, customer_id: int) -> QuerySet[Any, Any]:
    """Calls and visits (tab)."""
    calls = visible(Callback.objects.filter(customer_id=customer_id), person, "callbacks.see")
    visits = visible(Visit.objects.filter(customer_id=customer_id), person, "callbacks.see")
    return calls.order_by().values("pk").union(visits.distinct().values("pk"), all=True)


def page(person: User, customer_id: int) -> dict[str, Any]:
    """The tab: the last calls and visits, open problems and promises (four queries)."""
    verb = "callbacks.see"
    calls = visible(Callback.objects.filter(customer_id=customer_id), person, verb)
    visits = visible(Visit.objects.filter(customer_id=customer_id), person, verb).distinct()
    problems = visible(Problem.objects.filter(customer_id=customer_id), person, verb)
    promises = visible(Promise.objects.filter(customer_id=customer_id), person, verb)
    unsolved = problems.exclude(state=ProblemState.CONFIRMED).select_related("owner")
    unkept = promises.filter(state=PromiseState.OPEN).select_related("owner")
    return {
        "calls": calls.select_related("caller", "contact").order_by("-started_at")[:20],
        "visits": visits.select_related("host").order_by("-planned_at")[:20],
        "problems": unsolved.order_by("found_at")[:20],
        "promises": unkept.order_by("due_on")[:20],
    }


def call_by_number(person: User, number: int) -> tuple[str, str] | None:
    """(title, address) of the call that people call HF-number."""
    rows = Callback.objects.filter(pk=number).select_related("customer")
    row = visible(rows, person, "callbacks.see").first()
    if row is None:
        return None
    return row.customer.called, address("callbacks:detail", row.pk)
