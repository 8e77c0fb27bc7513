"""What begins at customers on a day: how often, and to whom."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bihuan.config.demo import flows
from bihuan.config.demo.books import book
from bihuan.config.demo.chance import ZONE, season
from bihuan.config.demo.stage import Known, Stage
from bihuan.lib.workcal import DayKind, days

# Matters of one machine, or of one customer, in a year.
FAULTS, ALARMS = 0.34, 0.12
PER_CUSTOMER = {"consultation": 0.9, "demand": 0.42, "complaint": 0.11, "feedback": 0.28}
PER_COMPANY = {"opinion": 7.0, "incident": 2.5}
NEW_CUSTOMERS, DELIVERIES, PURCHASES, LEAVERS, LOANS = 0.07, 0.05, 0.9, 0.1, 0.3


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
        if not holiday:
            _business(stage, info.day, 1 / 250)
    stage.book.memory["invented"] = day.isoformat()


def _faults(stage: Stage, day: date, busy: float) -> None:
    chance, machines = stage.chance, stage.machines
    if not machines:
        return
    faulty = {row["code"] for row in book("story")["customers"] if row.get("faulty")}
    weak = [each for each in machines if each.customer.code in faulty]
    for _ in range(chance.count(len(machines) * FAULTS * busy)):
        flows.fault(stage, chance.pick(machines), chance.moment(day))
    for _ in range(chance.count(len(weak) * 1.6 * busy)):
        flows.fault(stage, chance.pick(weak), chance.moment(day))
    for _ in range(chance.count(len(machines) * ALARMS * busy)):
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
    for name, rate in PER_CUSTOMER.items():
        for _ in range(chance.count(len(served) * rate * busy)):
            begin[name](stage, _weighted(stage, served), chance.moment(day))


def _weighted(stage: Stage, served: list[Known]) -> Known:
    """Large customers speak up more often."""
    first, second = stage.chance.pick(served), stage.chance.pick(served)
    order = ("GOLD", "SILVER", "BRONZE", "POTENTIAL", "")
    return min(
        first,
        second,
        key=lambda each: (order.index(each.tier) if each.tier in order else 9, each.pk),
    )


def _of_company(stage: Stage, day: date, busy: float) -> None:
    chance = stage.chance
    size = min(1.0, len(stage.served) / 200)
    for _ in range(chance.count(PER_COMPANY["opinion"] * size * busy)):
        flows.opinion(stage, chance.moment(day))
    if stage.served and chance.yes(PER_COMPANY["incident"] * size * busy):
        flows.incident(stage, chance.pick(stage.served), chance.moment(day))


def _business(stage: Stage, day: date, share: float) -> None:
    """What people of ours enter: orders, new customers, deliveries, people who left."""
    chance, plan = stage.chance, stage.book.plan
    served, prospects = (
        stage.served,
        [each for each in stage.customers if each.status == "PROSPECT"],
    )
    for _ in range(chance.count(len(served) * PURCHASES * share)):
        plan(chance.moment(day), "buy", customer=_weighted(stage, served).pk)
    for _ in range(chance.count(len(served) * NEW_CUSTOMERS * share)):
        plan(chance.moment(day), "meet")
    for _ in range(chance.count(len(served) * LEAVERS * share)):
        plan(
            chance.moment(day),
            "contact_left",
            customer=chance.pick(served).pk,
            successor=chance.yes(0.6),
        )
    if prospects and chance.yes(len(prospects) * LOANS * share):
        flows.demo_unit(stage, chance.pick(prospects), chance.moment(day))
    if stage.machines:
        for _ in range(chance.count(len(stage.machines) * DELIVERIES * share)):
            plan(
                chance.moment(day),
                "deliver",
                customer=_weighted(stage, served).pk,
                model=chance.whole(0, len(book("names")["models"]) - 1),
            )
