"""What demands hear: those that were received, what others tell of them, customers that changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.customers.search import HEARD, changed
from bihuan.apps.demands.actions.archive import archive, follow
from bihuan.apps.demands.actions.common import KEY
from bihuan.apps.demands.actions.working import deliver
from bihuan.apps.demands.enums import State
from bihuan.apps.demands.models import Demand
from bihuan.apps.demands.search import put_of
from bihuan.apps.tickets.models import Ticket
from bihuan.base.errors import Refusal
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact


@hears(
    "demand.received", "demand.classified", "demand.reviewed", "demand.proposed", "demand.plan_confirmed",
    "demand.plan_refused", "demand.delivered", "demand.fed_back", "ticket.resolved", *HEARD,
)  # fmt: skip
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard twice, it is written once."""
    for fact in facts:
        if fact.kind == "ticket.resolved":
            _with_ticket(fact, now)
        elif fact.kind in HEARD:
            continue
        elif fact.kind != "demand.received":
            follow(fact)
        elif not (fact.key or "").startswith(KEY):
            archive(fact)
    if ids := changed(facts):
        put_of(ids)


def _with_ticket(fact: Fact, now: datetime) -> None:
    """What went with a ticket is carried out when the ticket is solved; its customer is to be told."""
    ticket = Ticket.objects.filter(number=fact.own()["ticket"]).first()
    if ticket is None:
        return
    rows = Demand.objects.filter(goes_with=ticket, state=State.MERGED).select_related("customer")
    for row in rows.order_by("pk"):
        try:
            deliver(demand=row, text=ticket.action or ticket.number, by=fact.by, now=now)
        except Refusal:  # its own plan waits for the customer
            continue
