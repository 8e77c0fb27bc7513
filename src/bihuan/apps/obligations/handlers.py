"""What this app hears."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from bihuan.apps.obligations import acts
from bihuan.apps.obligations.corrections import recompute
from bihuan.apps.obligations.engine import hear
from bihuan.apps.obligations.enums import Verb
from bihuan.apps.obligations.fold import fold
from bihuan.apps.obligations.midlife.effects import changes, take_effect
from bihuan.apps.obligations.models import Act, Obligation, RuleFailure
from bihuan.apps.obligations.rounds import hear_round
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact
from bihuan.lib.policy.model import PERIOD_FACT

CORRECTED = "calendar.corrected"
UNKNOWN = "obligation.unknown"


@hears(engine=False, many=(PERIOD_FACT, hear_round))
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Deeds on obligations first within a transaction (they were done on what there was before),
    then everything that its facts call for. What the engine told itself is not fed again.
    """
    heard = [fact for fact in facts if fact.source != "engine"]
    deeds = [fact for fact in heard if acts.is_act(fact)]
    applied = (
        set(Act.objects.filter(fact__in=deeds).values_list("fact_id", flat=True))
        if deeds
        else set()
    )
    waiting: list[Fact] = []
    for _, together in groupby(heard, key=lambda fact: fact.tx):
        group = sorted(together, key=lambda fact: fact.pk)
        undone = [fact for fact in group if acts.is_act(fact) and fact.pk not in applied]
        corrected = [fact for fact in group if fact.kind == CORRECTED]
        if undone or corrected:
            hear(waiting, now)
            waiting = []
            _apply(undone, now)
            for fact in corrected:
                recompute(fact, now=now)
        waiting += group
        if changed := [fact for fact in group if changes(fact)]:
            hear(waiting, now)
            waiting = []
            for fact in changed:
                take_effect(fact, now)
    hear(waiting, now)


def _apply(facts: Sequence[Fact], now: datetime) -> None:
    wanted = {fact.own()["obligation"] for fact in facts}
    rows = {str(row.uid): row for row in Obligation.objects.filter(uid__in=wanted).locked()}
    for fact in facts:
        row = rows.get(fact.own()["obligation"])
        if row is None:
            RuleFailure.objects.get_or_create(
                fact=fact, rule=UNKNOWN, defaults={"reason": fact.own(), "at": now}
            )
            continue
        stood_in = row.superseded_by_id is not None
        acts.apply(fact, row)
        rejected = acts.verb_of(fact) == Verb.REJECTED
        if rejected or (stood_in and row.superseded_by_id is None):
            fold([], [row], [], now)
