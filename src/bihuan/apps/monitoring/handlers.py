"""What changes how a machine is without a sample: alarms, inspections, maintenance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.models import Condition
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact


@hears("alarm.raised", "alarm.cleared", "asset.inspected", "maintenance.done", "part.replaced")
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Twice is once: the condition is written whole."""
    ids = {fact.asset_id for fact in facts if fact.asset_id}
    assess(list(Condition.objects.filter(pk__in=ids).values_list("pk", flat=True)), now)
