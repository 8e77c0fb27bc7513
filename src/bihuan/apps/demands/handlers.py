"""What demands hear: those that were received, and what others tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.demands.actions.archive import archive, follow
from bihuan.apps.demands.actions.common import KEY
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact


@hears(
    "demand.received", "demand.classified", "demand.reviewed", "demand.proposed", "demand.plan_confirmed",
    "demand.delivered", "demand.fed_back",
)  # fmt: skip
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard twice, it is written once."""
    for fact in facts:
        if fact.kind != "demand.received":
            follow(fact)
        elif not (fact.key or "").startswith(KEY):
            archive(fact)
