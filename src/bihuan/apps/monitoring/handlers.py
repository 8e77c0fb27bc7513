"""What others did to a machine, as far as its own life is another one from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.monitoring.models import Baseline
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

WORK = frozenset({"FAULT", "MAINTENANCE"})
BY_HAND = frozenset({"ONSITE", "SELF"})
"""Somebody stood at the machine: what it measures may have another level now."""


@hears("ticket.resolved")
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """A machine that was worked on is learnt anew. Told twice, it is once."""
    for fact in facts:
        own, asset = fact.own(), fact.subjects.get("asset")
        if asset and own.get("kind") in WORK and own.get("how") in BY_HAND:
            Baseline.objects.filter(asset=asset, from_at__lt=fact.at).update(relearn_at=fact.at)
