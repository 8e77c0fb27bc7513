"""What the customer page shows of calls and visits."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.callbacks.enums import ProblemState, PromiseState
from bihuan.apps.callbacks.models import Callback, Problem, Promise, Visit
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible


def count(person: User, customer_id: int) -> int:
    """Calls and visits (tab)."""
    calls = visible(Callback.objects.filter(customer_id=customer_id), person, "callbacks.see").count()
    return calls + visible(Visit.objects.filter(customer_id=customer_id), person, "callbacks.see").distinct().count()


def page(person: User, customer_id: int, now: datetime) -> dict[str, object]:
    """The tab: the last calls and visits, open problems and promises."""
    def of(model: type) -> object:
        return visible(model._default_manager.filter(customer_id=customer_id), person, "callbacks.see")  # type: ignore[attr-defined]

    calls, visits = of(Callback), of(Visit)
    problems, promises = of(Problem), of(Promise)
    return {
        "calls": calls.select_related("caller", "contact").order_by("-started_at")[:20],  # type: ignore[attr-defined]
        "visits": visits.distinct().select_related("host").order_by("-planned_at")[:20],  # type: ignore[attr-defined]
        "problems": problems.exclude(state=ProblemState.CONFIRMED).select_related("owner").order_by("found_at")[:20],  # type: ignore[attr-defined]
        "promises": promises.filter(state=PromiseState.OPEN).select_related("owner").order_by("due_on")[:20],  # type: ignore[attr-defined]
    }
