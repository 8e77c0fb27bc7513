"""What the views of demands share."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.queries.archive import duties_of
from bihuan.apps.obligations.models import Obligation
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.access.scope import door, may, visible

ROWS = Demand.objects.select_related(
    "customer", "contact", "asset", "ticket", "callback", "visit", "owner", "received_by", "merged_into",
    "goes_with",
)  # fmt: skip


def now_and_who(request: HttpRequest) -> tuple[datetime, User]:
    assert isinstance(request.user, User)
    return clock.now(), request.user


def held(person: User, pk: int, verb: str = "demands.see") -> Demand:
    """Raises NoSuchThing."""
    return door(ROWS.all(), person, pk, verb)


def may_work(person: User, row: Demand) -> bool:
    """Whoever works on demands, and whoever owes something about this one."""
    if may(person, "demands.do", row):
        return True
    owed = [each.pk for each in duties_of([row]).get(row.pk, [])]
    duties = Obligation.objects.filter(pk__in=owed)
    return bool(owed) and visible(duties, person, "obligations.work").exists()
