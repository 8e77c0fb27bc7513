"""What others did to a machine: how it is now, and whether its own life is another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.monitoring.actions import watching
from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.actions.lessons import hear
from bihuan.apps.monitoring.models import Condition, Consent
from bihuan.apps.monitoring.queries.hands import handed_over
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

WORK = frozenset({"FAULT", "MAINTENANCE"})
BY_HAND = frozenset({"ONSITE", "SELF"})
"""Somebody stood at the machine: what it measures may have another level now."""


@hears("alarm.raised", "alarm.cleared", "asset.inspected", "maintenance.done", "part.replaced")
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Twice is once: the condition is written whole."""
    ids = {fact.asset_id for fact in facts if fact.asset_id}
    assess(list(Condition.objects.filter(pk__in=ids).values_list("pk", flat=True)), now)


@hears("asset.moved")
def new_owner(facts: Sequence[Fact], now: datetime) -> None:
    """What the customer before agreed to or took back is not the new one's word. Twice is once."""
    moves = handed_over().filter(pk__in=[fact.pk for fact in facts]).order_by("pk")
    for asset, told_at in moves.values_list("asset_id", "told_at"):
        said = Consent.objects.filter(asset=asset, replaced_at=None, recorded_at__lt=told_at)
        if said.filter(given=False).exists():  # where it was stays his (`places_from`)
            Condition.objects.filter(asset=asset).update(latitude=None, longitude=None)
        said.update(replaced_at=now)


@hears("ticket.resolved")
def learn_anew(facts: Sequence[Fact], now: datetime) -> None:
    """A machine that was worked on is learnt anew. Told twice, it is once."""
    for fact in facts:
        own, asset = fact.own(), fact.subjects.get("asset")
        if asset and own.get("kind") in WORK and own.get("how") in BY_HAND:
            watching.learn_anew(asset=asset, at=fact.at)


@hears("ticket.resolved", "ticket.reopened")
def on_tickets(facts: Sequence[Fact], now: datetime) -> None:
    """What became of the tickets that alarms led to. Told twice, it is once."""
    for fact in facts:
        own = fact.own()
        solved = fact.kind == "ticket.resolved"
        hear(
            ticket=own["ticket"], solved=solved, hint=own.get("cause") or "", number=fact.pk, at=fact.at, now=now,
        )  # fmt: skip
