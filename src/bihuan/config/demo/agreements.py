"""Service contracts: those that run at the beginning, their terms, benefits and renewals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import actions as contracts
from bihuan.apps.contracts.actions.checks import TermValues
from bihuan.apps.contracts.enums import Care, Covers, Hours, Kind
from bihuan.apps.contracts.models import Contract, Entitlement, PlanVisit
from bihuan.apps.customers.models import Customer
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage


def found_for(stage: Stage, owners: Iterable[Customer], now: datetime) -> None:
    """The contracts that some customers have when they join."""
    ends = {row["code"]: row.get("contract_ends_in") for row in stage.maker.story["customers"]}
    for owner in owners:
        fixed = ends.get(owner.code)
        terms = _terms(stage, owner)
        if owner.relation == "DEALER" or not terms:
            continue
        if not (fixed or stage.chance.yes(terms["share"])):
            continue
        today = now.astimezone(ZONE).date()
        if fixed:  # runs out so many days after the end of the life
            last = stage.book.outline.until.astimezone(ZONE).date() + timedelta(days=fixed)
            start = last - timedelta(days=364)
        else:
            start = today - timedelta(days=stage.chance.whole(0, 340))
        if start > today:
            stage.book.plan(
                datetime.combine(start, now.timetz()) + timedelta(hours=4),
                "sign",
                customer=owner.pk,
            )
            continue
        _sign(stage, owner, start, now)


def _sign(
    stage: Stage, owner: Customer, start: date, now: datetime, *, renews: Contract | None = None
) -> Contract:
    chance = stage.chance
    machines = list(Asset.objects.at_customers().filter(customer=owner).order_by("pk")[:6])
    terms = _terms(stage, owner)
    low, high = terms["price"]
    covers = [Covers.LABOUR, Covers.TRAVEL] + ([Covers.PARTS] if terms.get("parts") else [])
    kind = Kind(chance.weighted(terms["kinds"])) if "kinds" in terms else Kind.SERVICE
    title = stage.maker.names["contracts"][kind] if kind != Kind.SERVICE else terms["title"]
    made = contracts.add_contract(
        no=f"HT-{start.year}-{stage.book.number('contract'):03d}", customer=owner, kind=kind, start_on=start,
        end_on=start + timedelta(days=364), title=title,
        amount=Decimal(chance.whole(low // 1000, high // 1000) * 1000), covers=[str(each) for each in covers],
        hours=Hours(terms.get("hours", Hours.WORKING)), machines=machines,
        terms=[TermValues(*each) for each in terms.get("terms", ())], renews=renews, by=None, now=now,
    )  # fmt: skip
    made = contracts.send_to_review(contract=made, by=None, now=now)
    made = contracts.approve(contract=made, by=None, now=now)
    signed = min(start - timedelta(days=chance.whole(0, 20)), now.astimezone(ZONE).date())
    made = contracts.sign(
        contract=made, signed_on=signed, ours=True, theirs=True, by=None, now=now, at=now
    )
    contracts.add_plan(kind=Care.INSPECT, every="6mo", contract=made, by=None, now=now)
    for benefit, quantity in terms["benefits"].items():
        contracts.grant(
            contract=made, kind=benefit, quantity=Decimal(quantity), by=None, now=now, clause="5.1"
        )
    return made


def _terms(stage: Stage, owner: Customer) -> dict[str, Any]:
    """What contracts of such a customer hold; empty where none is made."""
    return dict(stage.maker.trade["tiers"].get(owner.tier, {}).get("contract", {}))


def sign(stage: Stage, row: Planned, now: datetime) -> None:
    """A contract begins today."""
    _sign(stage, Customer.objects.get(pk=row.about["customer"]), now.astimezone(ZONE).date(), now)


def renew(stage: Stage, row: Planned, now: datetime) -> None:
    """The talks end well: the next contract is signed, to begin when the old one ends."""
    old = Contract.objects.get(pk=row.about["contract"])
    if old.end_on is not None and _terms(stage, old.customer):
        _sign(stage, old.customer, old.end_on + timedelta(days=1), now, renews=old)


def maintain(stage: Stage, row: Planned, now: datetime) -> None:
    """A planned visit is made, and taken from the benefits of the contract."""
    visit = PlanVisit.objects.get(pk=row.about["visit"])
    by = stage.by_pk.get(row.about.get("by") or 0)
    contracts.do_visit(
        visit=visit, done_on=now.astimezone(ZONE).date(), by=by, now=now,
        note=stage.chance.pick(["按保养单逐项做完，客户在场。", "清洁、检查、紧固，运行正常。", "到期的易损件已更换。"]),
    )  # fmt: skip
    counter = Entitlement.objects.filter(contract=visit.plan.contract_id, kind="PM_VISIT").first()
    if counter is not None and stage.chance.yes(0.5):
        contracts.use(entitlement=counter, quantity=Decimal(1), by=by, now=now, ref=visit.key)


def use_benefit(stage: Stage, row: Planned, now: datetime) -> None:
    """A customer uses places in a training, or credit for parts."""
    counters = Entitlement.objects.filter(
        contract__customer=row.about["customer"], kind__in=["TRAINING", "PARTS_CREDIT"]
    )
    counter = counters.order_by("-pk").first()
    if counter is not None:
        quantity = (
            stage.chance.whole(1, 2)
            if counter.kind == "TRAINING"
            else stage.chance.whole(12, 90) * 100
        )
        contracts.use(
            entitlement=counter, quantity=Decimal(quantity), by=None, now=now, note="按合同扣减"
        )


def amended(stage: Stage, now: datetime) -> None:
    """A customer wants half a year more of service: the contract runs on."""
    today = now.astimezone(ZONE).date()
    kinds = ("SERVICE", "FRAMEWORK", "EXTENDED_WARRANTY")
    running = Contract.objects.filter(status="SIGNED", kind__in=kinds, start_on__lt=today)
    found = running.filter(end_on__gt=today + timedelta(days=120)).order_by("pk").first()
    if found is not None and found.end_on is not None:
        contracts.amend(
            contract=found, signed_on=today, from_on=today, why="客户追加半年服务", by=None, now=now,
            end_on=found.end_on + timedelta(days=182),
        )  # fmt: skip
