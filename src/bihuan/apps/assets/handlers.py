"""Who reaches a machine follows from its customer: the search index is renewed with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.assets import search
from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.search import HEARD, changed
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact


@hears(*HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Renew the entries of the machines of customers that changed."""
    if ids := changed(facts):
        rows = Asset.objects.filter(customer_id__in=ids)
        search.put_assets(rows.select_related(*search.LINKED))
