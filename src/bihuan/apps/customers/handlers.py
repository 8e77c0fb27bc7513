"""What customers hear: periods that call for a review of tiers, and talks with people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import F

from bihuan.apps.customers.actions.contacts import touched
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.actions.reviews import review_tiers
from bihuan.apps.customers.enums import Status
from bihuan.apps.customers.models import Customer
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

TALKS = frozenset({"callback.done", "visit.done", "contact.made"})
BUSINESS = frozenset({"contract.signed", "asset.delivered"})
PERIOD = "period.began"


@hears(*TALKS, *BUSINESS, PERIOD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard in the order of the log; each effect is harmless when it is heard twice."""
    for fact in facts:
        if fact.kind in TALKS:
            contact = fact.subjects.get("contact")
            touched(
                contact_ids=[contact] if contact else [],
                customer_ids=[fact.customer_id] if fact.customer_id else [],
                at=fact.at,
            )
        elif fact.kind in BUSINESS and fact.customer_id:
            Customer.objects.filter(
                pk=fact.customer_id, status__in=[Status.PROSPECT, Status.DORMANT]
            ).update(status=Status.ACTIVE, changed_at=now, version=F("version") + 1)
    _reviews([fact for fact in facts if fact.kind == PERIOD and fact.customer_id], now)


def _reviews(facts: Sequence[Fact], now: datetime) -> None:
    pack = pack_or_none(now)
    if not facts or pack is None or pack.tiers is None or not pack.tiers.review:
        return
    every = pack.tiers.review
    due: dict[str, dict[int, dict[str, object]]] = defaultdict(dict)
    for fact in facts:
        own = fact.own()
        if own.get(f"{every}_begins") and own.get(every) and fact.customer_id:
            due[str(own[every])][fact.customer_id] = fact.data.get("customer", {})
    for key, states in due.items():
        review_tiers(customer_ids=states, key=key, by=None, now=now, values=states)
