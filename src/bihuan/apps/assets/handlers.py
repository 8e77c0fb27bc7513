"""Who reaches a machine follows from its customer: the search index is renewed with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from bihuan.apps.assets import search
from bihuan.apps.assets.models import Asset
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

HEARD = frozenset({
    "account_manager.assigned", "sponsor.assigned", "engineer.assigned", "customer.changed",
    "customer.handed_over", "customer.merged",
})  # fmt: skip


@hears(*HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Renew the entries of the machines of customers that changed."""
    ids = {fact.customer_id for fact in facts if fact.kind in HEARD and fact.customer_id}
    if ids:
        rows = Asset.objects.filter(
            Q(customer_id__in=ids) | Q(customer__merged_rows__in=ids)
        ).distinct()
        search.put_assets(rows.select_related(*search.LINKED))
