"""The process of the bench `fleet`; prints JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg

from bihuan.config import postgres
from bihuan.config.bench._desk import quick
from bihuan.config.bench._ground import as_web, company, p95
from bihuan.config.bench._many import FIRST, many
from bihuan.config.bench._pages import _see
from bihuan.config.django_setup import ready

if TYPE_CHECKING:
    from bihuan.apps.monitoring.models import Alarm

A_CUSTOMER = 50
"""Machines of one."""
DAYS = 7
OVER, OPEN = 2, 0.01
"""Alarms of a machine that are over, and the share of machines of which one is not."""
OFTEN = 20
LIMIT_MS = 150.0
WHO = ("general_manager", "remote_specialist", "account_manager")
GRADES = "(array['GOOD', 'GOOD', 'GOOD', 'FAIR', 'FAIR', 'POOR', 'DANGER'])[1 + n % 7]"


def main() -> None:
    size = int(sys.argv[1])
    with ready() as home:
        begun = time.perf_counter()
        _grow(home, size)
        grown = time.perf_counter() - begun
        pages = dict(_visit(home))
    slow = [name for name, page in pages.items() if page["p95_ms"] >= LIMIT_MS]
    print(
        json.dumps(
            {
                "machines": size, "made_s": round(grown), "limits": {"p95_ms": LIMIT_MS}, "slow": slow,
                "pages": pages, "ok": not slow,
            }
        )
    )  # fmt: skip


def _grow(home: Path, size: int) -> None:
    from bihuan.apps.assets.models import Asset, Model
    from bihuan.apps.monitoring.models import Condition, Device, MachineDay
    from bihuan.base import clock

    now = clock.now()
    customer = company(now, managers=40, customers=1)[0]
    model = Model.objects.create(
        code="B-8L", name="B-8L", pinyin="", initials="", family="LARGE", added_at=now, changed_at=now
    )  # fmt: skip
    one = Asset.objects.create(
        model=model, serial="F", customer=customer, owner=customer, status="IN_USE", connected=True,
        added_at=now, changed_at=now,
    )  # fmt: skip
    device = Device.objects.create(asset=one, key_hash="x" * 64, template="centrifuge", made_at=now)
    condition = Condition.objects.create(
        asset=one, template="centrifuge", index=80.0, confidence=0.9, grade="GOOD", hours=900.0,
        hours_a_day=7.5, latitude=31.0, longitude=120.0, last_day=now.date(), at=now,
    )  # fmt: skip
    day = MachineDay.objects.create(
        asset=one, day=now.date(), template="centrifuge", samples=8000, seen_s=86000, run_s=28000,
        starts=4, states={"IDLE": 58000, "AT_SPEED": 28000}, gained={"CYCLES": 4}, folded_at=now,
        points={"VIBRATION": [28000, 2.2, 1.9, 2.6, 2.8], "BEARING_TEMP": [28000, 41.5, 35, 44, 45]},
        alarms={"LOW": 1},
    )  # fmt: skip
    alarm = _alarm(device, now)
    owner = f"{FIRST} + (n - 1) / {A_CUSTOMER}"
    ids = f"{FIRST} + n - 1"
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        quick(server)
        many(server, customer, -(-size // A_CUSTOMER), {
            "id": ids, "code": "'F' || n", "name": "'测量用第' || n || '号泵业'", "name_key": "'测量用第' || n || '号泵业'",
            "pinyin": "'clydhby' || n", "credit_code": "''",
            "account_manager_id": "(SELECT id FROM access_user WHERE username = 'account_manager' || n % 40)",
        })  # fmt: skip
        many(server, one, size, {
            "id": ids, "serial": "'F' || lpad(n::text, 7, '0')", "token": "'F' || n", "customer_id": owner, "owner_id": owner,
        })  # fmt: skip
        many(server, device, size, {"id": ids, "asset_id": ids, "code": "'f' || n"})
        many(server, condition, size, {
            "asset_id": ids, "index": "40 + n % 60", "grade": GRADES, "worst_wear": "(n % 100) / 100.0",
            "latitude": "20 + (n::bigint * 7919 % 26000) / 1000.0", "longitude": "80 + (n::bigint * 104729 % 50000) / 1000.0",
            "hours_a_day": "(n % 24)::float",
        })  # fmt: skip
        for back in range(DAYS):
            _days(server, day, size, back)
        _alarms(server, alarm, size, now)
        server.execute("VACUUM (ANALYZE)")


def _alarm(device: Any, now: datetime) -> Alarm:
    from bihuan.apps.monitoring.models import Alarm

    return Alarm.objects.create(
        number="BJ-F", asset=device.asset, device=device, rule="vibration.danger", kind="LIMIT", klass="HIGH",
        title={"zh": "振动超报警限", "en": "Vibration beyond its limit"}, point="VIBRATION", unit="mm/s", limit=7.1,
        value=7.4, peak=8.2, machine_state="AT_SPEED", since=now, raised_at=now, told_at=now,
    )  # fmt: skip


def _days(server: psycopg.Connection[Any], day: Any, size: int, back: int) -> None:
    """A day of every machine, so many days ago (its key is of two columns)."""
    names = [
        str(each.column)
        for each in day._meta.concrete_fields
        if hasattr(each, "column") and each.column
    ]
    values = {
        "asset_id": f"{FIRST} + n - 1", "day": f"day - {back}", "run_s": "run_s * (0.5 + n % 100 / 100.0)",
        "points": "jsonb_set(points, '{VIBRATION,1}', to_jsonb(1.5 + n % 97 / 50.0))",
    }  # fmt: skip
    server.execute(
        f"INSERT INTO monitoring_machineday ({', '.join(names)}) "
        f"SELECT {', '.join(values.get(name, name) for name in names)} FROM monitoring_machineday, "
        f"generate_series(1, {size}) n WHERE asset_id = {day.asset_id}"
    )


def _alarms(server: psycopg.Connection[Any], alarm: Alarm, size: int, now: datetime) -> None:
    asset = f"{FIRST} + (n - 1) % {size}"
    ago = f"timestamptz '{now.isoformat()}' - n * interval '13 seconds'"
    shared = {
        "asset_id": asset, "device_id": asset, "since": ago, "raised_at": ago, "told_at": ago,
        "klass": "(array['LOW', 'NORMAL', 'NORMAL', 'HIGH', 'URGENT'])[1 + n % 5]",
    }  # fmt: skip
    over = {
        "id": f"{FIRST} + n - 1", "number": "'BJ-O' || n", "cleared_at": f"{ago} + interval '1 hour'",
        "acknowledged_at": f"{ago} + interval '5 minutes'", "verdict": "(array['', 'REAL', 'FALSE'])[1 + n % 3]",
    }  # fmt: skip
    many(server, alarm, size * OVER, shared | over)
    first = FIRST + size * OVER
    still = {
        "id": f"{first} + n - 1", "number": "'BJ-N' || n", "rule": "'vibration.' || n",
        "acknowledged_at": f"CASE WHEN n % 2 = 0 THEN {ago} + interval '5 minutes' END",
    }  # fmt: skip
    many(server, alarm, round(size * OPEN), shared | still)


def _visit(home: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    from bihuan.base.access.models import User
    from bihuan.base.testing.people import signed_in

    with as_web(), psycopg.connect(postgres.dsn(home), autocommit=True) as bare:
        for role in WHO:
            person = (
                User.objects.get(username=f"{role}0")
                if role == "account_manager"
                else User.objects.filter(roles__contains=[role]).earliest("pk")
            )
            client = signed_in(person)
            for name, urls in _addresses(person):
                seen = _see(client, bare, name, role, [urls[n % len(urls)] for n in range(OFTEN)])
                if seen is None:
                    continue
                yield f"{name} ({role})", {
                    "p95_ms": round(p95(seen.ms), 1), "median_ms": round(median(seen.ms), 1),
                    "bare_sql_p95_ms": round(p95(seen.bare_ms), 1),
                    "ratio": round(p95(seen.ms) / max(p95(seen.bare_ms), 0.01), 1), "queries": max(seen.queries),
                }  # fmt: skip


def _addresses(person: Any) -> Iterator[tuple[str, list[str]]]:
    from bihuan.apps.monitoring.models import Alarm
    from bihuan.base.access.scope import visible

    alarms = list(visible(Alarm.objects.all(), person, "monitoring.see").order_by("-pk")[:OFTEN])
    fleet, desk = "/monitoring/fleet/", "/alarms/"
    yield fleet, [fleet]
    yield fleet + "?family&grade", [fleet + "?family=LARGE&grade=POOR"]
    yield fleet + "?box", [fleet + "?box=30.0,110.0,32.0,113.0"]
    yield fleet + "?q", [fleet + f"?q=F00{number:03d}" for number in range(OFTEN)]
    yield fleet + "?page", [fleet + "?page=40"]
    for measure in ("index", "VIBRATION"):
        yield f"{fleet}compare/?of={measure}", [f"{fleet}compare/?of={measure}"]
    for period in ("day", "week"):
        yield f"/monitoring/brief/?period={period}", [f"/monitoring/brief/?period={period}"]
    for view in ("new", "active", "over"):
        yield f"{desk}?view={view}", [f"{desk}?view={view}"]
    yield desk + "?q", [desk + f"?view=over&q=BJ-O{number}" for number in range(100, 100 + OFTEN)]
    yield "/alarms/<int:pk>/", [f"/alarms/{alarm.pk}/" for alarm in alarms]
    yield "/assets/<int:pk>/", [f"/assets/{alarm.asset_id}/" for alarm in alarms]
    for part in ("live", "condition"):
        yield f"/machines/<int:pk>/{part}/", [f"/machines/{a.asset_id}/{part}/" for a in alarms]


if __name__ == "__main__":
    main()
