"""What begins at customers on a day: how often, and to whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from bihuan.config.demo import emergencies, flows, matters
from bihuan.config.demo.chance import ZONE, season
from bihuan.config.demo.stage import Known, Machine, Stage
from bihuan.lib.workcal import DayKind, days


def invent(stage: Stage, now: datetime) -> None:
    """Plan what begins on each day since the last step; a life that ends at noon sees the morning
    only.
    """
    day = now.astimezone(ZONE).date()
    last = date.fromisoformat(
        stage.book.memory.get("invented", (day - timedelta(days=1)).isoformat())
    )
    for info in days(stage.calendar, last + timedelta(days=1), day):
        holiday = info.kind not in (DayKind.WORKDAY, DayKind.MAKEUP, DayKind.CHANGED)
        busy = season(info.day, holiday=holiday) / 365
        _faults(stage, info.day, busy)
        _of_customers(stage, info.day, busy)
        _of_company(stage, info.day, busy)
        _of_the_trade(stage, info.day, busy)
        if not holiday:
            _business(stage, info.day, 1 / 250)
    stage.book.memory["invented"] = day.isoformat()


def _faults(stage: Stage, day: date, busy: float) -> None:
    chance, machines = stage.chance, stage.machines
    rates = stage.maker.trade["rates"]["machine"]
    if not machines:
        return
    faulty = {row["code"] for row in stage.maker.story["customers"] if row.get("faulty")}
    weak = [each for each in machines if each.customer.code in faulty]
    for _ in range(chance.count(len(machines) * rates["fault"] * busy)):
        flows.fault(stage, chance.pick(machines), chance.moment(day))
    for _ in range(chance.count(len(weak) * 1.6 * busy)):
        flows.fault(stage, chance.pick(weak), chance.moment(day))
    for _ in range(chance.count(len(machines) * rates["alarm"] * busy)):
        flows.alarm(
            stage, chance.pick(machines), chance.moment(day) + timedelta(hours=chance.whole(0, 2))
        )


def _of_customers(stage: Stage, day: date, busy: float) -> None:
    chance, served = stage.chance, stage.served
    if not served:
        return
    begin = {
        "consultation": flows.consultation,
        "demand": flows.demand,
        "complaint": flows.complaint,
        "feedback": flows.feedback,
    }
    for name, rate in stage.maker.trade["rates"]["customer"].items():
        for _ in range(chance.count(len(served) * rate * busy)):
            begin[name](stage, _weighted(stage, served), chance.moment(day))


def _weighted(stage: Stage, served: list[Known]) -> Known:
    """Large customers speak up more often."""
    first, second = stage.chance.pick(served), stage.chance.pick(served)
    order = list(stage.maker.trade["tiers"])
    return min(
        first,
        second,
        key=lambda each: (order.index(each.tier) if each.tier in order else 9, each.pk),
    )


def _of_company(stage: Stage, day: date, busy: float) -> None:
    chance, rates = stage.chance, stage.maker.trade["rates"]["company"]
    size = min(1.0, len(stage.served) / 200)
    for _ in range(chance.count(rates["opinion"] * size * busy)):
        emergencies.opinion(stage, chance.moment(day))
    if stage.served and chance.yes(rates["incident"] * size * busy):
        emergencies.incident(stage, chance.pick(stage.served), chance.moment(day))


def _of_the_trade(stage: Stage, day: date, busy: float) -> None:
    """What only this maker's book knows: facts of its customers, its machines or itself; services and
    reports that customers ask for.
    """
    crowds: dict[str, list[Known] | list[Machine] | list[None]] = {
        "customer": stage.served, "machine": stage.machines, "company": [None],
        "prospect": [each for each in stage.customers if each.status == "PROSPECT"],
    }  # fmt: skip
    for row in stage.maker.trade.get("told", ()):
        crowd = [each for each in crowds[row["of"]] if _meant(row, each)]
        for _ in range(stage.chance.count(len(crowd) * row["rate"] * busy)):
            matters.matter(stage, row, stage.chance.pick(crowd), stage.chance.moment(day))


def _meant(row: dict[str, Any], each: Known | Machine | None) -> bool:
    known = each.customer if isinstance(each, Machine) else each
    return (known is None or row.get("flag", "") in ("", *known.flags)) and (
        known is None or known.tier in row.get("tiers", [known.tier])
    )


def _business(stage: Stage, day: date, share: float) -> None:
    """What people of ours enter: orders, new customers, deliveries, people who left."""
    chance, plan, rates = stage.chance, stage.book.plan, stage.maker.trade["rates"]["business"]
    loans = stage.maker.trade["rates"]["prospect"]["demo_unit"]
    served, prospects = (
        stage.served,
        [each for each in stage.customers if each.status == "PROSPECT"],
    )
    for _ in range(chance.count(len(served) * rates["purchases"] * share)):
        plan(chance.moment(day), "buy", customer=_weighted(stage, served).pk)
    for _ in range(chance.count(len(served) * rates["newcomers"] * share)):
        plan(chance.moment(day), "meet")
    for _ in range(chance.count(len(served) * rates["leavers"] * share)):
        plan(
            chance.moment(day),
            "contact_left",
            customer=chance.pick(served).pk,
            successor=chance.yes(0.6),
        )
    for _ in range(chance.count(len(served) * rates.get("talks", 0) * share)):
        plan(chance.moment(day), "talk", customer=_weighted(stage, served).pk)
    if prospects and chance.yes(len(prospects) * loans * share):
        matters.demo_unit(stage, chance.pick(prospects), chance.moment(day))
    if stage.machines:
        for _ in range(chance.count(len(stage.machines) * rates["deliveries"] * share)):
            plan(
                chance.moment(day),
                "deliver",
                customer=_weighted(stage, served).pk,
                model=chance.whole(0, len(stage.maker.names["models"]) - 1),
            )
