"""The machines: the installed base, deliveries in the course of the year, sets and readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from bihuan.apps.assets import actions as assets
from bihuan.apps.assets import profile
from bihuan.apps.assets.actions.places import place_at
from bihuan.apps.assets.enums import Grade, Status
from bihuan.apps.assets.models import Asset
from bihuan.apps.customers.models import Customer
from bihuan.base.errors import Refusal
from bihuan.base.together import one_of
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Known, Machine, Stage

OLDEST_YEARS = 9
RUNS_A_YEAR = 900


def in_use(customers: Mapping[int, Known]) -> list[Machine]:
    """Machines at living customers."""
    rows = (
        Asset.objects.at_customers()
        .order_by("pk")
        .values_list("pk", "customer_id", "serial", "status")
    )
    return [
        Machine(pk, customers[owner], serial, status)
        for pk, owner, serial, status in rows
        if owner in customers
    ]


def found(stage: Stage, now: datetime) -> None:
    """The catalogue, the number to call, and the machines of the pictures."""
    for row in stage.maker.names["models"]:
        assets.add_model(
            by=None, now=now, code=row["code"], name=row["name"], family=row["family"], maker=stage.maker.company["brand"],
            warranty_months=row["warranty"],
        )  # fmt: skip
    assets.set_service_line(
        family="", phone=stage.maker.company["line"], hours="7×24 小时", by=None, now=now
    )
    for row in stage.maker.story["customers"]:
        owner = Customer.objects.filter(code=row["code"]).first()
        if owner is None:
            continue
        made = [_installed(stage, owner, code, serial, now) for code, serial in row["machines"]]
        if row.get("set"):
            assets.make_set(
                customer=owner,
                code=f"CT-{owner.code}",
                name=row["set"],
                members=made,
                by=None,
                now=now,
            )
    stage.changed()


AFTER_STORY = 2000  # the machines of the pictures have smaller running numbers


def found_for(stage: Stage, owners: Iterable[Customer], now: datetime) -> None:
    """The installed base of some customers, as from a ledger."""
    kinds = {row["industry"]: row["machines"] for row in stage.maker.names["kinds"]}
    for owner in owners:
        if owner.relation not in ("DIRECT", "END_USER"):
            continue
        low, high = kinds.get(owner.industry, [1, 4])
        more = 2 if stage.profile(owner.tier).get("large") else 0
        place = place_at(owner, stage.chance.pick(stage.maker.names["places"]), by=None, now=now)
        made = []
        for _ in range(stage.chance.whole(low, high) + more):
            model = stage.chance.pick(stage.maker.names["models"])
            serial = f"{model['prefix']}{stage.chance.whole(18, 25)}{1000 + stage.book.number('serial'):04d}"
            made.append(_installed(stage, owner, model["code"], serial, now, place=place))
        if len(made) >= 4 and stage.chance.yes(0.1):
            number = stage.book.number("set")
            assets.make_set(
                customer=owner, code=f"CT-{number:03d}", name=f"{stage.chance.pick(stage.maker.names['sets'])}（{len(made[:3])} 台）",
                members=made[:3], by=None, now=now,
            )  # fmt: skip


def _installed(
    stage: Stage, owner: Customer, code: str, serial: str, now: datetime, **values: Any
) -> Asset:
    chance, today = stage.chance, now.astimezone(ZONE).date()
    years = chance.between(0.2, min(OLDEST_YEARS, max(0.4, _years(owner, today))))
    delivered = today - timedelta(days=round(years * 365))
    commissioned = min(today, delivered + timedelta(days=chance.whole(3, 20)))
    return assets.add_asset(
        model=stage.models[code], serial=serial, customer=owner, by=None, now=now, delivered_on=delivered,
        commissioned_on=commissioned, order_no=f"DD-{delivered:%y%m}-{chance.whole(100, 999)}",
        serviced_by=owner.dealer, critical=chance.yes(0.15), connected=stage.profile(owner.tier).get("connected", False) and chance.yes(0.08),
        firmware=chance.pick(stage.maker.names["firmware"]), **values,
    )  # fmt: skip


def _years(owner: Customer, today: date) -> float:
    return (today - owner.since).days / 365 if owner.since else 1.0


def deliver(stage: Stage, row: Planned, now: datetime) -> None:
    """A new machine reaches a customer; the duty to commission it arises."""
    owner = Customer.objects.get(pk=row.about["customer"])
    model = stage.maker.names["models"][row.about["model"]]
    made = assets.add_asset(
        model=stage.models[model["code"]], serial=f"{model['prefix']}{now:%y}{1000 + stage.book.number('serial'):04d}", customer=owner,
        by=None, now=now, serviced_by=owner.dealer, connected=stage.chance.yes(0.5), order_no=row.about.get("order", ""),
    )  # fmt: skip
    made = assets.advance(asset=made, to=Status.SHIPPED, by=None, now=now)
    today = now.astimezone(ZONE).date()
    assets.deliver(asset=made, delivered_on=today, by=None, now=now, at=now)
    stage.changed()


def commission(stage: Stage, row: Planned, now: datetime) -> None:
    """Installed and tested; the customer signed."""
    machine = Asset.objects.get(pk=row.about["asset"])
    assets.commission(
        asset=machine, commissioned_on=now.astimezone(ZONE).date(), checklist=True, accepted=True,
        trainees=stage.chance.whole(1, 5), by=stage.by_pk.get(row.about.get("by") or 0), now=now,
    )  # fmt: skip
    stage.changed()


def inspect(stage: Stage, row: Planned, now: datetime) -> None:
    """An inspection on site, with what was found."""
    chance = stage.chance
    findings = chance.pick([0, 0, 0, 1, 1, 2])
    machine = Asset.objects.select_related("model").get(pk=row.about["asset"])
    turns = "VIBRATION" in profile.family(machine.model.family)["points"]
    assets.add_inspection(
        asset=machine, at=now, findings=findings, by=stage.by_pk.get(row.about.get("by") or 0), now=now,
        wear=Decimal(str(round(chance.stream.betavariate(2.2, 4.5), 2))),
        performance=Decimal(str(round(1 - chance.stream.betavariate(1.5, 18), 2))),
        text="各项正常。" if not findings else chance.pick(stage.maker.names["findings"]),
        readings={"VIBRATION": Decimal(str(round(chance.between(1.2, 5.4), 1)))} if turns else {},
    )  # fmt: skip


def check_health(stage: Stage, row: Planned, now: datetime) -> None:
    """The yearly health check of a gold customer's machine."""
    grade = stage.chance.weighted({"GOOD": 70, "FAIR": 22, "POOR": 7, "DANGER": 1})
    said = {
        "GOOD": "状态良好，按计划保养即可。",
        "FAIR": "可用，建议关注振动趋势。",
        "POOR": "轴承磨损明显，建议本季更换。",
        "DANGER": "建议停机检修。",
    }
    assets.add_health_check(
        asset=Asset.objects.get(pk=row.about["asset"]), at=now, grade=Grade(grade), text=said[grade],
        by=stage.by_pk.get(row.about.get("by") or 0), now=now,
    )  # fmt: skip


def read_meters(stage: Stage, now: datetime) -> None:
    """Hours of connected machines, once a month."""
    rows = Asset.objects.at_customers().filter(connected=True).order_by("pk")
    for machine in rows:
        age = (
            now.astimezone(ZONE).date()
            - (machine.commissioned_on or machine.delivered_on or now.date())
        ).days / 365
        hours = round(float(machine.hours or age * RUNS_A_YEAR) + stage.chance.between(20, 120), 1)
        try:
            with one_of():
                assets.record_reading(
                    asset=machine,
                    point="HOURS",
                    value=Decimal(str(hours)),
                    at=now,
                    by=None,
                    now=now,
                )
        except Refusal:
            stage.book.number("refused.reading")


def worn(stage: Stage, now: datetime) -> None:
    """A part of a machine in each tier has run nearly all its cycles."""
    day = now.astimezone(ZONE).date()
    for tier in stage.maker.served_tiers:
        machines = Asset.objects.at_customers().filter(customer__tier=tier)
        machine = machines.order_by("pk").first()
        if machine is not None:
            name = str(stage.maker.names["worn"])
            part = assets.install_part(
                asset=machine, position="P1", name=name, installed_on=machine.commissioned_on or day,
                cycles=17_000, cycle_limit=20_000, by=None, now=now,
            )  # fmt: skip
            assets.add_cycles(part=part, cycles=2_400, by=None, now=now)
