"""What a leaver saw through goes to an heir."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.demands.actions.sorting import assign
from bihuan.apps.demands.enums import UNENDED
from bihuan.apps.demands.models import Demand
from bihuan.base.access.models import User


def transfer(
    *, keys: Sequence[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give a leaver's open demands to an heir (manifest `transfer`)."""
    heir = User.objects.get(pk=to_id)
    ids = [int(key) for key in keys]
    rows = Demand.objects.filter(pk__in=ids, owner_id=from_id, state__in=UNENDED)
    for row in rows.order_by("pk"):
        assign(demand=row, to=heir, by=by, now=now)
    return len(rows)
