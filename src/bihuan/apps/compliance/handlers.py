"""What happened to a duty makes the figures of its month stale."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.compliance.counting import touched
from bihuan.apps.compliance.models import CountedMonth
from bihuan.apps.obligations.models import DueChange, Obligation, Pause
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

DEEDS = tuple(kind for kind in vocabulary().facts if kind.startswith("obligation."))
CORRECTED = "calendar.corrected"


@hears(*DEEDS, CORRECTED)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """The months in which these duties fall due, and those in which they did before."""
    tx = max(fact.tx for fact in facts)
    if any(fact.kind == CORRECTED for fact in facts):
        CountedMonth.objects.update(stale_tx=tx)  # it may move any of them
    uids = {uid for fact in facts if (uid := fact.own().get("obligation"))}
    duties = dict(Obligation.objects.filter(uid__among=uids).values_list("pk", "due_at"))
    moments = set(duties.values())
    moved = DueChange.objects.filter(obligation__in=duties)
    for old, new in moved.values_list("old", "new"):
        moments |= {old, new}
    paused = Pause.objects.filter(obligation__in=duties)
    moments |= set(paused.values_list("due_before", flat=True))
    touched(moments, tx, now)
