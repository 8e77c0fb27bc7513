"""Once a day: planned maintenance is told ahead of its day, and contracts that ran out are ended."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import profile
from bihuan.apps.contracts.actions.common import begin_of, pack_or_none, tell_of, today_of
from bihuan.apps.contracts.enums import CountedFrom, EndReason, Status
from bihuan.apps.contracts.models import Contract, ContractAsset, MaintenancePlan, PlanVisit
from bihuan.apps.contracts.rules.plans import following, next_after
from bihuan.apps.customers.models import DayDone
from bihuan.base.facts.actions import Telling, tell_all

BATCH = 300
# Machines whose owner maintains nothing: not there yet, or no more.
AT_WORK = ("COMMISSIONED", "IN_USE", "DOWN", "UNDER_REPAIR", "RENTED", "RESOLD", "IDLE")


@dataclass(frozen=True)
class Wanted:
    """A visit to be made."""

    plan: MaintenancePlan
    asset: Asset
    on_date: date


def tell_maintenance(now: datetime) -> int:
    """Make the visits whose day lies within the lead, and tell `maintenance.due` of each."""
    today = today_of(now)
    done = DayDone.objects.filter(name="maintenance").first()
    if done is not None and done.day >= today:
        return 0
    last = today + timedelta(days=profile.number("maintenance_lead_days", pack_or_none(now)))
    told = 0
    for batch in _batches(today):
        with transaction.atomic():
            told += _make(list(_wanted(batch, today, last)), now)
    DayDone.objects.update_or_create(name="maintenance", defaults={"day": today, "at": now})
    return told


def _batches(today: date) -> Iterator[list[Asset]]:
    """Machines at work that some plan is for, by model or by contract."""
    plans = Q(model__plans__ended_on=None, model__plans__from_on__lte=today)
    covered = ContractAsset.objects.filter(contract__plans__ended_on=None, to_on=None).values(
        "asset_id"
    )
    whole = (
        Contract.objects.in_force(today)
        .filter(covers_all=True, plans__ended_on=None)
        .exclude(plans=None)
        .values("customer_id")
    )
    rows = Asset.objects.filter(status__in=AT_WORK).filter(
        Q(pk__in=Asset.objects.filter(plans).exclude(model__plans=None).values("pk"))
        | Q(pk__in=covered)
        | Q(customer_id__in=whole)
    )
    batch: list[Asset] = []
    for row in rows.order_by("pk").iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def plans_of(assets: Sequence[Asset], day: date) -> dict[int, dict[str, MaintenancePlan]]:
    """Machine -> kind -> the plan that holds on a day: a contract's before the model's (three queries)."""
    found: dict[int, dict[str, MaintenancePlan]] = defaultdict(dict)
    by_model: dict[int, list[MaintenancePlan]] = defaultdict(list)
    by_contract: dict[int, list[MaintenancePlan]] = defaultdict(list)
    running = MaintenancePlan.objects.filter(
        Q(ended_on=None) | Q(ended_on__gt=day), from_on__lte=day
    )
    in_force = Contract.objects.in_force(day)
    ids = [row.pk for row in assets]
    rows = running.filter(
        Q(model_id__in={row.model_id for row in assets})
        | Q(
            contract__in=in_force.filter(
                Q(machines__asset_id__in=ids)
                | Q(covers_all=True, customer_id__in={row.customer_id for row in assets})
            )
        )
    )
    for plan in rows.distinct().select_related("contract").order_by("pk"):
        if plan.model_id is not None:
            by_model[plan.model_id].append(plan)
        elif plan.contract_id is not None:
            by_contract[plan.contract_id].append(plan)
    covers: dict[int, set[int]] = defaultdict(set)
    cover_rows = ContractAsset.objects.filter(
        Q(to_on=None) | Q(to_on__gte=day),
        contract_id__in=list(by_contract),
        asset_id__in=ids,
        from_on__lte=day,
    )
    for contract_id, asset_id in cover_rows.values_list("contract_id", "asset_id"):
        covers[asset_id].add(contract_id)
    whole: dict[int, set[int]] = defaultdict(set)
    for contract_id, plans in by_contract.items():
        contract = plans[0].contract
        if contract is not None and contract.covers_all:
            whole[contract.customer_id].add(contract_id)
    order = {contract_id: place for place, contract_id in enumerate(by_contract)}
    for asset in assets:
        for plan in by_model[asset.model_id]:
            found[asset.pk][plan.kind] = plan
        for contract_id in sorted(
            covers[asset.pk] | whole[asset.customer_id], key=order.__getitem__
        ):
            found[asset.pk].update({plan.kind: plan for plan in by_contract[contract_id]})
    return found


def _wanted(assets: Sequence[Asset], today: date, last: date) -> Iterator[Wanted]:
    plans = plans_of(assets, today)
    visits: dict[tuple[int, str], PlanVisit] = {}
    for visit in (
        PlanVisit.objects.filter(asset__in=assets)
        .order_by("asset_id", "kind", "-on_date")
        .distinct("asset_id", "kind")
    ):
        visits[visit.asset_id, visit.kind] = visit
    for asset in assets:
        for kind, plan in plans[asset.pk].items():
            day = next_day(plan, asset, visits.get((asset.pk, kind)), today)
            while day is not None and day <= last:
                yield Wanted(plan, asset, day)
                day = _after(plan, asset, day)


def next_day(
    plan: MaintenancePlan, asset: Asset, before: PlanVisit | None, today: date
) -> date | None:
    """The next day after the last visit; a machine that comes into a plan late begins with the first
    day that has not passed. None while the machine has no first day, or the last visit is open.
    """
    anchor = asset.commissioned_on or asset.delivered_on
    if anchor is None:
        return None
    if before is None:
        return next_after(
            anchor,
            plan.every,
            max(anchor, today - timedelta(days=1), plan.from_on - timedelta(days=1)),
        )[1]
    if plan.counted == CountedFrom.DONE and before.done_on is None:
        return None
    return following(
        anchor=anchor,
        every=plan.every,
        counted=CountedFrom(plan.counted),
        planned_on=before.on_date,
        done_on=before.done_on,
    )


def _after(plan: MaintenancePlan, asset: Asset, day: date) -> date | None:
    """The next day of a plan by calendar; one that counts from the work done waits for it."""
    anchor = asset.commissioned_on or asset.delivered_on
    if plan.counted == CountedFrom.DONE or anchor is None:
        return None
    return next_after(anchor, plan.every, day)[1]


def _make(wanted: Sequence[Wanted], now: datetime) -> int:
    rows = [
        PlanVisit(
            plan=each.plan, asset=each.asset, kind=each.plan.kind, on_date=each.on_date, told_at=now
        )
        for each in wanted
    ]
    PlanVisit.objects.bulk_create(rows, ignore_conflicts=True)
    keys = {(each.asset.pk, each.plan.kind, each.on_date) for each in wanted}
    made = [
        visit
        for visit in PlanVisit.objects.filter(
            asset__in={each.asset.pk for each in wanted}, told_at=now
        ).select_related("asset")
        if (visit.asset_id, visit.kind, visit.on_date) in keys
    ]
    tellings = [
        Telling(
            "maintenance.due", at=now, subjects={"asset": visit.asset_id, "customer": visit.asset.customer_id},
            data={"visit": visit.key, "kind": visit.kind, "on_date": visit.on_date.isoformat()}, key=f"visit:{visit.pk}:due",
        )
        for visit in made
    ]  # fmt: skip
    return len(tell_all(tellings, now=now, by=None, source="clock"))


def end_expired(now: datetime) -> int:
    """Contracts whose last day has passed are ended, once, with their fact."""
    today = timezone.localtime(now).date()
    told = 0
    for row in Contract.objects.filter(status=Status.SIGNED, end_on__lt=today).order_by("pk")[
        :BATCH
    ]:
        with transaction.atomic():
            took = Contract.objects.filter(
                pk=row.pk, status=Status.SIGNED, end_on__lt=today
            ).update(
                status=Status.ENDED,
                ended_on=F("end_on"),
                ended_reason=EndReason.EXPIRED,
                changed_at=now,
                version=F("version") + 1,
            )
            if took and row.end_on is not None:
                at = begin_of(row.end_on + timedelta(days=1))
                tell_of(
                    row,
                    "contract.ended",
                    at=at,
                    now=now,
                    by=None,
                    data={"reason": str(EndReason.EXPIRED)},
                    key=f"contract:{row.pk}:ended",
                    source="clock",
                )
                told += 1
    return told
