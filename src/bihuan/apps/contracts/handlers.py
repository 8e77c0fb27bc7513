"""What happened elsewhere: a machine left the customer, a maintenance was done, a customer changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import search
from bihuan.apps.contracts.models import Contract, ContractAsset, PlanVisit
from bihuan.apps.customers.search import HEARD, changed
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

MOVED, DONE = "asset.moved", "maintenance.done"


@hears(*HEARD, MOVED, DONE)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Twice is once: every write is conditional."""
    for fact in facts:
        if fact.kind == MOVED and fact.own().get("reason") == "RESOLD":
            _left(fact)
        elif fact.kind == DONE:
            _done(fact)
    if ids := changed(facts):
        rows = Contract.objects.filter(customer_id__in=ids)
        search.put_contracts(rows.select_related("customer"))


def _left(fact: Fact) -> None:
    """A resold machine is no longer covered by the contracts of those who had it."""
    asset = Asset.objects.filter(pk=fact.asset_id or 0).first()
    if asset is None:
        return
    day = timezone.localtime(fact.at).date()
    rows = ContractAsset.objects.filter(asset=asset, to_on=None, from_on__lte=day)
    rows.exclude(contract__customer_id__in=[asset.customer_id, asset.owner_id]).update(to_on=day)


def _done(fact: Fact) -> None:
    key = str(fact.own().get("visit", ""))
    if key.startswith("PM-") and key[3:].isdecimal():
        day = timezone.localtime(fact.at).date()
        PlanVisit.objects.filter(pk=int(key[3:]), asset_id=fact.asset_id or 0, done_on=None).update(
            done_on=day, done_by=fact.by
        )
