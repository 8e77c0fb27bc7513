"""Who reaches a machine follows from its customer: the search index is renewed with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from bihuan.apps.assets import search
from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.search import HEARD, changed, joined
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact


@hears(*HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Renew the entries of the machines of customers that changed. Where two became one, or two again,
    those go along that they own or serve elsewhere.
    """
    if ids := changed(facts):
        both = changed(joined(facts))
        search.put_of(
            Asset.objects.filter(
                Q(customer_id__in=ids) | Q(owner_id__in=both) | Q(serviced_by_id__in=both)
            )
        )
