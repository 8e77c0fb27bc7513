"""The measuring process of `golive`; prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

PACK = "instruments"
MANAGERS, AGENTS = 12, 4
PER_WEEK = {"account_manager": 40, "callback_agent": 150, "service_desk": 200}
FRIDAY = datetime(2027, 9, 24, 1, tzinfo=UTC)
LIVE = datetime(2027, 9, 30, 16, tzinfo=UTC)
"""Midnight of 1 October 2027 in Shanghai, a Friday within the national holiday."""
WEEKS = 12


def measure(customers: int) -> dict[str, Any]:
    """Bring in, rehearse, live; JSON-ready."""
    from bihuan.apps.obligations.models import Obligation
    from bihuan.apps.obligations.rehearsal import figures, moments, rehearse, starting
    from bihuan.apps.obligations.ticks import fall_due, open_scheduled, periods
    from bihuan.base.facts.listeners import drain_all

    _company()
    took = {
        ledger: _brought(ledger, text, customers)
        for ledger, text in (
            ("customers", _customers(customers)), ("opening_contacts", _contacts(customers)),
        )
    }  # fmt: skip
    drain_all(FRIDAY)
    begun = time.monotonic()
    shown = rehearse(FRIDAY, weeks=WEEKS)
    rehearsing = time.monotonic() - begun
    made = Obligation.objects.filter(subject_type="customer").count()
    start, zone = starting(FRIDAY)
    begun, first_day, late = time.monotonic(), 0.0, 0
    for moment in moments(start, WEEKS, zone):
        periods(moment)
        drain_all(moment)
        open_scheduled(moment)
        if moment == start:
            first_day = time.monotonic() - begun
            late = fall_due(moment + timedelta(minutes=1))
    living = time.monotonic() - begun
    lived = figures(start, WEEKS, zone)
    loads = [
        (week, load) for week in shown.weeks for load in week.loads if load.capacity is not None
    ]
    named = sum(week.excess for week in shown.weeks)
    above = sum(max(0, load.count - (load.capacity or 0)) for _week, load in loads)
    false = Obligation.objects.filter(due_at__lte=LIVE).count() + late
    first = [load for load in shown.people if load.capacity is not None]
    return {
        "customers": customers,
        "import_s": took,
        "made_by_import_or_rehearsal": made,
        "first_day_s": round(first_day, 1),
        "rehearsal_s": round(rehearsing, 1),
        "living_s": round(living, 1),
        "rehearsal_to_living_ratio": round(rehearsing / living, 2),
        "due_by_week": {week.monday.isoformat(): week.count for week in shown.weeks},
        "excess_named_by_week": {week.monday.isoformat(): week.excess for week in shown.weeks},
        "in_hand_on_first_monday": sum(line.count for line in shown.open),
        "first_full_week": [
            {"kind": line.kind, "role": line.role, "count": line.count}
            for line in shown.weeks[1].lines
        ],
        "heaviest_first_monday_of_one": max((load.count for load in first), default=0),
        "false_overdue": false,
        "same_as_rehearsed": lived == shown,
        "ok": not false and not made and above == named and lived == shown,
    }


def _brought(ledger: str, text: str, rows: int) -> float:
    """Seconds to bring a file in whole."""
    from bihuan.base.ledgers import actions

    begun = time.monotonic()
    row = actions.bring_in_file(
        ledger, text.encode(), file_name=f"{ledger}.csv", by=None, now=FRIDAY
    )
    assert row.new == rows, (ledger, row.new, row.errors[:3])
    return round(time.monotonic() - begun, 1)


def _company() -> None:
    from bihuan.apps.people.actions import add_region, appoint, first_calendar, set_capacity
    from bihuan.apps.policy import actions as policy
    from bihuan.base.access.models import User

    first_calendar(now=FRIDAY)
    add_region(code="east", name="华东", by=None, now=FRIDAY)
    roles = ["general_manager", "after_sales_head", "care_lead", "service_desk", "technical_head"]
    roles += ["account_manager"] * MANAGERS + ["callback_agent"] * AGENTS
    for number, role in enumerate(roles):
        user = User.objects.create(
            username=f"u{number}", staff_no=f"F{number:04d}", name=f"{role} {number}", password="!"
        )
        appoint(user=user, role=role, from_on=date(2027, 1, 1), by=None, now=FRIDAY)
    for role, per_week in PER_WEEK.items():
        set_capacity(role=role, per_week=per_week, by=None, now=FRIDAY)
    version = policy.draft(files=policy.shipped(PACK), by=None, now=FRIDAY)
    policy.publish(version=version, from_at=LIVE, by=None, now=FRIDAY)


def _customers(count: int) -> str:
    lines = ["客户编号,客户名称,区域,级别,客户经理"]
    for n in range(count):
        tier = "L1" if n % 20 == 0 else "L2" if n % 4 == 1 else "L3"
        lines.append(f"C{n:05d},上线用第{n:05d}号机械有限公司,华东,{tier},F{5 + n % MANAGERS:04d}")
    return "\n".join(lines)


def _contacts(count: int) -> str:
    lines = ["客户编号,上次回访,种类,渠道"]
    for n in range(count):
        day = FRIDAY.date() - timedelta(days=1 + n * 7 % 300)
        lines.append(f"C{n:05d},{day.isoformat()},例行回访,电话")
    return "\n".join(lines)


if __name__ == "__main__":
    from bihuan.config.django_setup import ready

    with ready():
        sys.stdout.write(json.dumps(measure(int(sys.argv[1]))) + "\n")
