"""What tickets hear: a receipt that was acknowledged in the call itself, customers that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.customers.search import HEARD, changed
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets.actions.telling import receipt
from bihuan.apps.tickets.models import Ticket
from bihuan.apps.tickets.search import put_of
from bihuan.base.errors import Refusal
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

AROSE = "obligation.arose"
PROOF = "call_log"


@hears(AROSE, *HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard twice, it is done once."""
    _acknowledge([fact for fact in facts if fact.kind == AROSE], now)
    if ids := changed(facts):
        put_of(ids)


def _acknowledge(facts: Sequence[Fact], now: datetime) -> None:
    """Who takes the call has acknowledged the report: the duty arises after the call was written
    down, and is discharged as of the talk.
    """
    uids = [fact.data["fact"]["obligation"] for fact in facts]
    duties = Obligation.objects.filter(uid__in=uids, kind="response.acknowledge", state=State.OPEN)
    by_number = {duty.occasion: duty for duty in duties}
    if not by_number:
        return
    tickets = Ticket.objects.filter(number__in=by_number, contacted_at__isnull=False)
    for ticket in tickets.select_related("recorded_by", "owner"):
        duty = by_number[ticket.number]
        at = ticket.contacted_at
        if at is None or at > now or not (proofs := receipt(duty, ticket, PROOF, ticket.number)):
            continue
        try:
            obligations.discharge(
                obligation_ids=[duty.pk], by=ticket.owner or ticket.recorded_by, now=now, at=at,
                evidence=proofs,
            )  # fmt: skip
        except Refusal:
            continue
