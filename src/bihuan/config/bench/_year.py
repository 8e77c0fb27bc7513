"""The process of the bench `year`; prints JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from bihuan.config import postgres
from bihuan.config.bench._cpu import Spent, loop, peak_mib, spending
from bihuan.config.bench._many import grow
from bihuan.config.django_setup import ready

CUSTOMERS = int(os.environ.get("BIHUAN_BENCH_CUSTOMERS", "100000"))
MANAGERS = 200
ROLES = (
    "general_manager", "after_sales_head", "care_lead", "callback_agent", "service_desk",
    "technical_head", "quality_head",
)  # fmt: skip
PACK, YEAR, ZONE = "instruments", 2026, ZoneInfo("Asia/Shanghai")
BEFORE = datetime(2025, 12, 1, 1, tzinfo=UTC)
RATIO, MEMORY_MIB = 3.0, 1024


def main() -> None:
    with ready() as home:
        from bihuan.apps.obligations.models import Obligation
        from bihuan.base.facts.models import Fact

        company()
        grow(home, CUSTOMERS, managers=MANAGERS, now=BEFORE)
        telling, hearing, others = Spent(), Spent(), Spent()
        live(home, telling, hearing, others)
        rows, facts = Obligation.objects.count(), Fact.objects.count()
        again = second_run()
        peak = peak_mib()
        duties, told = Spent(), Spent()
        copied = copy(home, "obligations_obligation", duties)
        copy(home, "facts_fact", told)
    cpu, wall = telling.cpu + hearing.cpu, telling.wall + hearing.wall
    floor, floor_cpu = duties.wall + told.wall, duties.cpu + told.cpu
    print(
        json.dumps({
            "customers": CUSTOMERS, "obligations": rows, "facts": facts,
            "seconds": round(wall, 1), "cpu_s": round(cpu, 1), "copy_s": round(floor, 1),
            "copy_cpu_s": round(floor_cpu, 1), "ratio": round(wall / floor, 2),
            "cpu_ratio": round(cpu / floor_cpu, 2),
            "cpu_ratio_to_duties_alone": round(cpu / duties.cpu, 2),
            **telling.to_data("telling"), **hearing.to_data("hearing"), **others.to_data("other_listeners"),
            **duties.to_data("copy_duties"), **told.to_data("copy_facts"),
            "peak_mib": peak, "made_by_a_second_run": again, "loop_cpu_s": loop(),
            "limits": {"ratio": RATIO, "peak_mib": MEMORY_MIB},
            "ok": wall < RATIO * floor and peak < MEMORY_MIB and not again and copied == rows,
        })
    )  # fmt: skip


def company() -> None:
    """The people of the company and its regulation, in force from the first day of the year."""
    from bihuan.apps.people.actions import add_region, appoint, first_calendar
    from bihuan.apps.policy import actions as policy
    from bihuan.base.access.models import User

    first_calendar(now=BEFORE)
    add_region(code="east", name="华东", by=None, now=BEFORE)
    for role in [*ROLES, *["account_manager"] * MANAGERS]:
        number = User.objects.filter(username__startswith=role).count()
        user = User.objects.create(username=f"{role}{number}", name=f"{role} {number}", password="!")  # fmt: skip
        appoint(user=user, role=role, from_on=date(2025, 1, 1), by=None, now=BEFORE)
    version = policy.draft(files=policy.shipped(PACK), by=None, now=BEFORE)
    policy.publish(version=version, from_at=datetime(YEAR, 1, 1, tzinfo=ZONE), by=None, now=BEFORE)


def mornings() -> Iterator[datetime]:
    """One in the morning of the days on which a week or a month begins."""
    day = datetime(YEAR, 1, 1, 1, tzinfo=ZONE)
    while day.year == YEAR:
        if day.day == 1 or day.weekday() == 0:
            yield day.astimezone(UTC)
        day += timedelta(days=1)


def live(home: Path, telling: Spent, hearing: Spent, others: Spent) -> None:
    """Tell the periods and let the engine hear them, then everybody else."""
    from bihuan.apps.obligations import ticks
    from bihuan.base.facts.listeners import drain, drain_all, listeners

    drain_all(BEFORE)
    engine = listeners()["obligations"]
    for now in mornings():
        with spending(home, telling):
            ticks.periods(now)
        with spending(home, hearing):
            while drain("obligations", engine, now):
                pass
            ticks.open_scheduled(now)
        with spending(home, others):
            drain_all(now)


def second_run() -> int:
    """Hear the whole log again, and tell all periods again; returns how many duties that makes."""
    from bihuan.apps.obligations import ticks
    from bihuan.apps.obligations.models import Obligation
    from bihuan.base.facts.listeners import drain, listeners
    from bihuan.base.facts.models import Cursor, Fact

    before = Obligation.objects.count(), Fact.objects.count()
    *_, last = mornings()
    Cursor.objects.filter(name="obligations").update(tx=0, fact_id=0)
    ticks.periods(last)
    while drain("obligations", listeners()["obligations"], last):
        pass
    ticks.open_scheduled(last)
    return Obligation.objects.count() - before[0] + Fact.objects.count() - before[1]


def copy(home: Path, table: str, floor: Spent) -> int:
    """Copy all rows of a table into an empty one with the same indexes."""
    path = home / "rows"
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        server.execute(f"CREATE TABLE floor_{table} (LIKE {table} INCLUDING ALL)")
        with path.open("wb") as kept, server.cursor().copy(f"COPY {table} TO STDOUT") as rows:
            for block in rows:
                kept.write(block)
        with path.open("rb") as kept, spending(home, floor):  # noqa: SIM117 - what is measured
            with server.cursor().copy(f"COPY floor_{table} FROM STDIN") as into:
                while some := kept.read(1 << 20):
                    into.write(some)
        found = server.execute(f"SELECT count(*) FROM floor_{table}").fetchone()
        return int(found[0]) if found else 0


if __name__ == "__main__":
    main()
