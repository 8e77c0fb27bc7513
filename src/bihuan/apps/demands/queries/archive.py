"""Rows of the archive: counts, what somebody still holds, who sees a file, one page's parts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.demands import words
from bihuan.apps.demands.enums import OUTCOMES, UNENDED, Deed, State
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.rules import MOVES
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.lists.stamps import Stamp
from bihuan.base.registry import Holding
from bihuan.base.ui.addresses import address

VIEWS: dict[str, Q] = {
    "all": Q(),
    "sort": Q(topic="", state__in=UNENDED),
    "new": Q(state=State.NEW),
    "going": Q(state__in=(State.ACCEPTED, State.PLANNED)),
    "tell": Q(state__in=OUTCOMES, told_at=None),
    "answer": Q(told_at__isnull=False, answered_at=None),
}
"""The built-in views of the archive; told without an answer is not agreed."""


def seen(person: User) -> QuerySet[Demand]:
    return visible(Demand.objects.all(), person, "demands.see")


def own_open(person: User, now: datetime) -> QuerySet[Demand]:
    """Open demands this person sees through (menu)."""
    return Demand.objects.filter(owner=person).filter(
        Q(state__in=UNENDED) | Q(state__in=OUTCOMES, told_at=None)
    )


def of_customer(person: User, customer_id: int) -> QuerySet[Demand]:
    """What this customer wants (tab)."""
    return seen(person).filter(customer_id=customer_id)


FEEDBACK = "demand.feedback"
# A duty -> the deed on the demand that carries it out.
DEEDS = {
    "demand.classify": Deed.CLASSIFIED, "demand.review": Deed.REVIEWED, "demand.propose": Deed.PROPOSED,
    "demand.confirm_plan": Deed.PLAN_CONFIRMED, "suggestion.dispose": Deed.REVIEWED,
}  # fmt: skip


def only_there(rows: Sequence[Obligation]) -> dict[int, str]:
    """Duties that the demand carries out with its own next deed, while it has that before it."""
    asked = {
        row.pk: (
            str(row.match.get("demand") or row.match.get("suggestion") or row.occasion),
            row.customer_id or 0,
        )
        for row in rows
        if row.kind in DEEDS or row.kind == FEEDBACK
    }
    if not asked:
        return {}
    found = Demand.objects.filter(number__in={number for number, _customer in asked.values()})
    known = {(each.number, each.customer_id): each for each in found}
    return {
        row.pk: demand.number
        for row in rows
        if row.pk in asked
        and (demand := known.get(asked[row.pk])) is not None
        and _before_it(demand, row.kind)
    }


def _before_it(demand: Demand, kind: str) -> bool:
    if kind == FEEDBACK:
        return demand.told_at is None
    if kind == "demand.confirm_plan" and demand.plan_confirmed_at is not None:
        return False
    return demand.state in MOVES[DEEDS[kind]]


def holdings(user_id: int) -> list[Holding]:
    """Open demands that a leaver must hand over."""
    rows = Demand.objects.filter(owner_id=user_id, state__in=UNENDED).order_by("pk")
    return [
        Holding(
            key=str(row.pk), kind=pgettext("one", "需求"), title=f"{row.number} {row.text[:40]}".strip(),
            url=address("demands:detail", row.pk), customer_id=row.customer_id,
        )
        for row in rows
    ]  # fmt: skip


def sees_file(person: User, file_id: int) -> bool:
    """Whether this person sees a file through a demand."""
    return visible(Step.objects.filter(file_id=file_id), person, "demands.see").exists()


def refused(demand: Demand) -> bool:
    """Whether the customer did not want the proposal that stands; a new one is due then."""
    spoke = (Deed.PROPOSED, Deed.PLAN_CONFIRMED, Deed.PLAN_REFUSED)
    last = demand.steps.filter(deed__in=spoke).order_by("-pk").first()
    return last is not None and last.deed == Deed.PLAN_REFUSED


def stamps(ids: Iterable[int]) -> dict[int, Stamp]:
    """The last deed on each (two queries)."""
    wanted = list(ids)
    steps = Step.objects.filter(demand_id__in=wanted).select_related("by")
    last = {
        step.demand_id: step for step in steps.order_by("demand_id", "-pk").distinct("demand_id")
    }
    found = {}
    for pk, version in Demand.objects.filter(pk__in=wanted).values_list("pk", "version"):
        step = last.get(pk)
        name = step.by.name if step is not None and step.by is not None else ""
        found[pk] = Stamp(
            str(version), name, step.at if step else None,
            words.title(words.DEED, step.deed) if step else "", step.by_id if step else None,
        )  # fmt: skip
    return found


def duties_of(rows: Iterable[Demand]) -> dict[int, list[Obligation]]:
    """The live duties of each demand, the nearest due first (one query)."""
    wanted = list(rows)
    numbers = {(row.customer_id, row.number): row.pk for row in wanted}
    live = Obligation.objects.filter(
        occasion__in={row.number for row in wanted}, state__in=LIVE,
        customer_id__in={row.customer_id for row in wanted}, kind__in=(*DEEDS, FEEDBACK),
    ).select_related("customer", "assignee")  # fmt: skip
    found: dict[int, list[Obligation]] = {}
    for duty in live.order_by("due_at", "pk"):
        pk = numbers.get((duty.customer_id or 0, duty.occasion))
        if pk is not None:
            found.setdefault(pk, []).append(duty)
    return found


def said(row: Demand) -> dict[str, Any]:
    """A demand with the titles of its codes."""
    from bihuan.apps.demands import classes

    outcome = row.state in OUTCOMES
    if outcome and row.answered_at is not None:
        told, colour = _("客户已认可"), "green"
    elif outcome and row.told_at is not None:
        told, colour = _("已告知，未回话"), "blue"
    else:
        told, colour = (_("待告知"), "orange") if outcome else ("", "")
    return {
        "row": row, "kind": words.title(words.KIND, row.kind), "source": words.title(words.SOURCE, row.source),
        "state": words.title(words.STATE, row.state), "colour": words.COLOUR[row.state],
        "topic": classes.title(row.topic) if row.topic else "", "told": told, "told_colour": colour,
    }  # fmt: skip
