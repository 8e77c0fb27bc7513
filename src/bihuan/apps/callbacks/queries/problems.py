"""Lists of problems and promises, their counts, and what somebody still holds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.models import Callback, Problem, ProblemStep, Promise
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.registry import Holding
from bihuan.base.ui.addresses import address

PROMISE_VIEWS = ("open", "mine", "late", "kept")


def problems(person: User) -> QuerySet[Problem]:
    rows = visible(Problem.objects.all(), person, "callbacks.see")
    return rows.select_related("customer", "owner")


def of_view(rows: QuerySet[Problem], view: str, person: User) -> QuerySet[Problem]:
    test = {
        "open": ~Q(state=ProblemState.CONFIRMED),
        "mine": Q(owner=person) & ~Q(state=ProblemState.CONFIRMED),
        "confirm": Q(state=ProblemState.FED_BACK, asked_in_vain_at=None),
        "timeout": Q(state=ProblemState.FED_BACK, asked_in_vain_at__isnull=False),
        "done": Q(state=ProblemState.CONFIRMED),
    }[view]
    return rows.filter(test)


def own_open(person: User, now: datetime) -> QuerySet[Problem]:
    """Open problems this person owns (menu)."""
    return Problem.objects.filter(owner=person).exclude(state=ProblemState.CONFIRMED)


def rates(person: User) -> dict[str, int]:
    """The honest denominator: all problems; confirmed, waiting, and asked in vain are apart."""
    rows = visible(Problem.objects.all(), person, "callbacks.see")
    return {
        "all": rows.count(),
        "confirmed": rows.filter(state=ProblemState.CONFIRMED).count(),
        "solved": rows.exclude(state=ProblemState.OPEN).count(),
        "timeout": rows.filter(state=ProblemState.FED_BACK, asked_in_vain_at__isnull=False).count(),
    }


def duties_of(problem: Problem) -> list[Obligation]:
    """Duties that this problem brought."""
    rows = Obligation.objects.filter(customer_id=problem.customer_id, match__problem=problem.number)
    return list(rows.select_related("customer", "assignee").order_by("cause_at", "pk"))


def promises(person: User) -> QuerySet[Promise]:
    rows = visible(Promise.objects.all(), person, "callbacks.see")
    return rows.select_related("customer", "owner").order_by("due_on", "pk")


def of_promise_view(
    rows: QuerySet[Promise], view: str, person: User, today: date
) -> QuerySet[Promise]:
    test = {
        "open": Q(state=PromiseState.OPEN),
        "mine": Q(state=PromiseState.OPEN, owner=person),
        "late": Q(state=PromiseState.OPEN, due_on__lt=today),
        "kept": Q(state=PromiseState.KEPT),
    }[view]
    return rows.filter(test)


def holdings(user_id: int) -> list[Holding]:
    """Open problems and promises that a leaver must hand over."""
    found = [
        Holding(
            key=f"P{row.pk}", kind=_("问题"), title=f"{row.number} {row.text[:40]}",
            url=address("callbacks:problem", row.pk), customer_id=row.customer_id,
        )
        for row in Problem.objects.filter(owner_id=user_id).exclude(state=ProblemState.CONFIRMED)
    ]  # fmt: skip
    found += [
        Holding(
            key=f"V{row.pk}", kind=_("承诺"), title=f"{row.number} {row.text[:40]}",
            url=address("callbacks:promise", row.pk), customer_id=row.customer_id,
        )
        for row in Promise.objects.filter(owner_id=user_id, state=PromiseState.OPEN)
    ]  # fmt: skip
    return found


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file through a problem or a promise."""
    seen: QuerySet[Any] = visible(Promise.objects.filter(file_id=file_id), person, "callbacks.see")
    if seen.exists():
        return True
    ids = ProblemStep.objects.filter(file_id=file_id).values("problem_id")
    return visible(Problem.objects.filter(pk__in=ids), person, "callbacks.see").exists()


def calls_of(customer_id: int, person: User) -> QuerySet[Callback]:
    rows = visible(Callback.objects.filter(customer_id=customer_id), person, "callbacks.see")
    return rows.select_related("caller", "contact").order_by("-started_at")


def today_of(now: datetime) -> date:
    return timezone.localtime(now).date()
