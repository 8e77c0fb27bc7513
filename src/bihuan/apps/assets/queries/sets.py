"""What machine sets do as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Asset, MachineSet
from bihuan.apps.assets.rules.sets import Member, SetView, view


def states_of(set_ids: Iterable[int]) -> dict[int, SetView]:
    """Set -> its state and the reason (one query for any number)."""
    wanted = set(set_ids)
    members: dict[int, list[Member]] = defaultdict(list)
    rows = Asset.objects.living().filter(machine_set_id__in=wanted).select_related("model")
    for row in rows.order_by("serial", "pk"):
        if row.machine_set_id is not None:
            members[row.machine_set_id].append(
                Member(row.pk, str(row), Status(row.status), row.spare)
            )
    return {pk: view(members[pk]) for pk in wanted}


def state_of(machine_set: MachineSet) -> SetView:
    return states_of([machine_set.pk])[machine_set.pk]
