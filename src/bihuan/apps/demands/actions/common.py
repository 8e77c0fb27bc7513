"""What every deed on a demand does: one conditional UPDATE, a line in the history, the duties it
carries out, the fact it tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse

from bihuan.apps.demands import words
from bihuan.apps.demands.enums import Deed
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import WrongStep
from bihuan.apps.demands.rules import MOVES
from bihuan.apps.demands.search import SAID, put_demand
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell

KEY = "demand:"
"""Keys of facts that these actions tell begin with it: the handler does not hear them again."""


def move(
    demand: Demand, deed: Deed, *, where: Mapping[str, Any] | None = None, **changes: Any
) -> None:
    """One conditional UPDATE: in a state in which the deed is possible, and `where` still true.

    Raises WrongStep when it is not, also when somebody else was first.
    """
    rows = Demand.objects.filter(pk=demand.pk, state__in=MOVES[deed], **dict(where or {}))
    moved = rows.update(version=F("version") + 1, **changes)
    demand.refresh_from_db()
    if not moved:
        raise WrongStep(state=words.title(words.STATE, demand.state))
    if SAID & {name.removesuffix("_id") for name in changes}:
        put_demand(demand)


def write(
    demand: Demand, deed: Deed, *, at: datetime, by: User | None, text: str = "", channel: str = "",
    data: Mapping[str, Any] | None = None, file_id: int | None = None, mailed: bool = False,
) -> Step:  # fmt: skip
    """Add a line to the history."""
    return Step.objects.create(
        demand=demand, deed=deed, text=text.strip(), channel=channel, data=dict(data or {}),
        file_id=file_id, mailed=mailed, at=at, by=by,
    )  # fmt: skip


def duties(demand: Demand) -> QuerySet[Obligation]:
    """All duties that this demand brought."""
    return of_matter(demand.number).filter(customer_id=demand.customer_id)


def discharge(
    demand: Demand, kind: str, by: User | None, now: datetime, proofs: Sequence[Proof]
) -> None:
    """Carry out the live duties of this kind; raises what `obligations.discharge` refuses."""
    rows = duties(demand).filter(kind=kind, state__in=LIVE)
    if ids := list(rows.values_list("pk", flat=True)):
        obligations.discharge(obligation_ids=ids, by=by, now=now, at=now, evidence=list(proofs))


def link(demand: Demand) -> str:
    return reverse("demands:detail", args=[demand.pk])


def say(
    demand: Demand, kind: str, step: Step, /, *, now: datetime, by: User | None, **data: Any
) -> None:
    """Tell the fact of a deed, as of its line."""
    tell(
        kind, at=step.at, now=now, by=by, subjects=subjects(demand),
        data={"demand": demand.number, **data}, key=f"{KEY}{demand.pk}:{step.pk}",
    )  # fmt: skip


def subjects(demand: Demand) -> dict[str, int]:
    found = {"customer": demand.customer_id}
    if demand.asset_id is not None:
        found["asset"] = demand.asset_id
    return found
