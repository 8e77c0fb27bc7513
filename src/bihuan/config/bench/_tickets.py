"""The process of the bench `tickets`; prints JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg

from bihuan.config import postgres
from bihuan.config.bench import _desk
from bihuan.config.bench._cpu import Backend, loop
from bihuan.config.bench._ground import REGIONS, as_web, p95
from bihuan.config.bench._many import FIRST
from bihuan.config.bench._pages import statements
from bihuan.config.django_setup import ready

if TYPE_CHECKING:
    from django.test import Client

    from bihuan.base.access.models import User

OFTEN = 20
TITLES = ("主轴承异响", "出口单向阀", "漏油", "曲轴箱", "绝缘", "报警停机")
BODIES = ("含固浆料", "刚过质保", "污水站", "换过一次配件", "请一并看看")
GOALS = {
    100_000: {"list": 20.0, "list filtered": 20.0, "ticket": 30.0, "customer": 30.0, "search title": 50.0, "search body": 50.0},
    1_000_000: {"list filtered": 150.0, "ticket": 150.0, "customer timeline": 150.0, "search title": 200.0, "search body": 200.0},
}  # fmt: skip
"""Milliseconds: the median at 100,000 tickets, 95 of 100 at a million."""
PER_SECOND, SWEPT_S, LATE_S = 100.0, 10.0, 5.0
CREATED = 200
BEFORE = 20
"""Beats that make a house that was built within minutes one that has lived for years."""
AT_ONCE, AT_THE_BELL = 1_000, 10_000
"""Clocks that come due in one beat: of a very busy hour, and at the end of a working day, when every
limit in working days ends at the same moment.
"""


def main() -> None:
    tickets = int(sys.argv[1])
    customers = int(sys.argv[2])
    begun = time.monotonic()
    with ready() as home:
        from bihuan.base import clock
        from bihuan.base.access.models import User

        now = clock.now()
        kinds = _desk.build(home, tickets=tickets, customers=customers, now=now)
        built = time.monotonic() - begun
        desk = User.objects.get(username="service_desk1")
        with as_web():
            pages = visit(home, desk, now)
            created = create(home, desk, customers)
        swept = sweep(home, kinds, customers, min(tickets, 100_000))
    print(json.dumps(_report(tickets, customers, built, pages, created, swept), ensure_ascii=False))


def _report(
    tickets: int, customers: int, built: float, pages: dict[str, Any], created: dict[str, Any], swept: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    goals = GOALS.get(tickets, {})
    limit = "p50_ms" if tickets == 100_000 else "p95_ms"
    slow = [name for name, goal in goals.items() if pages[name][limit] > goal]
    if goals and created["per_second"] < PER_SECOND:
        slow.append("created")
    if goals and swept["beat_at_the_bell_s"] > SWEPT_S:
        slow.append("swept")
    if goals and swept["warning_late_s"] > LATE_S:
        slow.append("warning late")
    return {
        "tickets": tickets, "customers": customers, "machines": customers * _desk.MACHINES, "built_s": round(built),
        "python_loop_cpu_s": loop(), "pages": pages, "created": created, "swept": swept,
        "goals": {"of": limit, **goals, "created_per_second": PER_SECOND, "swept_s": SWEPT_S, "warning_late_s": LATE_S}, "slow": slow, "ok": not slow,
    }  # fmt: skip


def addresses(person: User) -> dict[str, list[str]]:
    """What is measured, by name: pages as this person asks for them."""
    from django.urls import reverse

    from bihuan.apps.tickets.enums import OPEN
    from bihuan.apps.tickets.models import Ticket
    from bihuan.base.access.scope import visible

    rows = visible(Ticket.objects.filter(pk__gte=_desk.TICKETS), person, "tickets.see")
    open_ = list(
        rows.filter(status__in=OPEN)
        .order_by("-reported_at")
        .values_list("pk", "customer_id")[: OFTEN * 7 : 7]
    )
    ended = list(
        rows.exclude(status__in=OPEN).order_by("pk").values_list("pk", flat=True)[: OFTEN * 7 : 7]
    )
    queue, find = reverse("tickets:queue"), reverse("search:search")
    customers = [of for _pk, of in open_]
    return {
        "list": [queue], "list second page": [f"{queue}?page=2"], "list mine": [f"{queue}?view=mine"],
        "list late": [f"{queue}?view=late"], "list ended": [f"{queue}?view=ended"],
        "list filtered": [f"{queue}?view=open&kind=FAULT&severity=NORMAL&region={each}" for each in REGIONS],
        "list with words": [f"{queue}?view=open&q={each}" for each in TITLES],
        "ticket": [reverse("tickets:detail", args=[pk]) for pk, _of in open_],
        "ticket ended": [reverse("tickets:detail", args=[pk]) for pk in ended],
        "customer": [reverse("customers:detail", args=[pk]) for pk in customers],
        "customer timeline": [reverse("customers:timeline", args=[pk]) for pk in customers],
        "customer tickets": [reverse("tickets:customer", args=[pk]) for pk in customers],
        "search title": [f"{find}?q={each}" for each in TITLES],
        "search body": [f"{find}?q={each}" for each in BODIES],
    }  # fmt: skip


def visit(home: Path, person: User, now: datetime) -> dict[str, Any]:
    """Each page again and again, beside its statements sent bare and an empty view."""
    from django.urls import reverse

    from bihuan.base.testing.people import signed_in

    client = signed_in(person)
    found: dict[str, Any] = {}
    with psycopg.connect(postgres.dsn(home), autocommit=True) as bare:
        empty = _see(client, bare, [reverse("system:livez")], 4 * OFTEN)
        for name, urls in addresses(person).items():
            if not urls:
                continue
            found[name] = _see(client, bare, urls, max(OFTEN, len(urls)))
    for each in found.values():
        each["ratio_to_empty_view"] = round(each["cpu_ms"] / max(empty["cpu_ms"], 0.01), 1)
    return {"empty view": empty, **found}


def _see(
    client: Client, bare: psycopg.Connection[Any], urls: Sequence[str], often: int
) -> dict[str, Any]:  # fmt: skip
    for url in dict.fromkeys(urls[:3]):
        answer = client.get(url)
        assert answer.status_code == 200, (url, answer.status_code)
    ms, bare_ms, queries = [], [], set()
    backend = Backend()
    for number in range(often):
        with statements() as sent, backend:
            begun = time.perf_counter()
            client.get(urls[number % len(urls)])
            ms.append(1000 * (time.perf_counter() - begun))
        asked = [(sql, values) for sql, values in sent if sql.lstrip().startswith("SELECT")]
        queries.add(len(asked))
        begun = time.perf_counter()
        for sql, values in asked:
            bare.execute(sql, values).fetchall()
        bare_ms.append(1000 * (time.perf_counter() - begun))
    return {
        "p50_ms": round(median(ms), 1), "p95_ms": round(p95(ms), 1), "cpu_ms": round(backend.cpu_ms / often, 1),
        "server_cpu_ms": round(backend.server_ms / often, 1), "queries": max(queries),
        "bare_sql_p50_ms": round(median(bare_ms), 1), "ratio": round(median(ms) / max(median(bare_ms), 0.01), 1),
    }  # fmt: skip


def create(home: Path, person: User, customers: int) -> dict[str, Any]:
    """Reports through the API one after the other, then their facts heard: clocks, search, history."""
    from bihuan.base import clock
    from bihuan.base.facts.listeners import drain_all
    from bihuan.base.testing.people import signed_in

    client = signed_in(person)
    machines = customers * _desk.MACHINES

    def report(number: int) -> None:
        body = {
            "title": f"{TITLES[number % len(TITLES)]}{number}", "text": "早班开机后不久就出现，停机再启还是一样，请来看看",
            "asset": FIRST + number * 37 % machines, "channel": "APP", "impact": "DEGRADED", "message_id": f"m{number}",
        }  # fmt: skip
        answer = client.post("/api/tickets/", json.dumps(body), content_type="application/json")
        assert answer.status_code in (200, 201), answer.content

    for number in range(5):
        report(number)
    drain_all(clock.now())
    asking, hearing = Backend(), Backend()
    ms = []
    with statements() as sent, asking:
        for number in range(5, CREATED + 5):
            begun = time.perf_counter()
            report(number)
            ms.append(1000 * (time.perf_counter() - begun))
    with hearing:
        begun = time.perf_counter()
        drain_all(clock.now())
        heard = time.perf_counter() - begun
    floor = _inserts(home, CREATED)
    whole = asking.cpu_ms + hearing.cpu_ms
    return {
        "p50_ms": round(median(ms), 1), "p95_ms": round(p95(ms), 1), "queries": round(len(sent) / CREATED, 1),
        "api_cpu_ms": round(asking.cpu_ms / CREATED, 1), "listeners_cpu_ms": round(hearing.cpu_ms / CREATED, 1),
        "per_second_by_one": round(1000 * CREATED / (sum(ms) + 1000 * heard), 1),
        "per_second": round(2 * 1000 * CREATED / whole, 1), "bare_inserts_cpu_ms": round(floor, 2),
        "ratio": round(whole / CREATED / max(floor, 0.01), 1),
        "note": "per_second: of two cores, by processor time of API, listeners and their database sessions",
    }  # fmt: skip


def _inserts(home: Path, count: int) -> float:
    """Processor time in ms of one ticket with two lines of history and a fact, written bare."""
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        for table in ("tickets_ticket", "tickets_entry", "facts_fact"):
            server.execute(f"CREATE TEMP TABLE bench_{table} (LIKE {table} INCLUDING INDEXES)")
        pid = server.info.backend_pid
        spent = Backend(pid)
        with spent:
            for number in range(count):
                with server.transaction():
                    server.execute(
                        "INSERT INTO bench_tickets_ticket SELECT * FROM tickets_ticket ORDER BY id LIMIT 1 OFFSET %s",
                        [number],
                    )
                    server.execute(
                        "INSERT INTO bench_tickets_entry SELECT * FROM tickets_entry ORDER BY id LIMIT 2 OFFSET %s",
                        [2 * number],
                    )
                    server.execute(
                        "INSERT INTO bench_facts_fact SELECT * FROM facts_fact ORDER BY id LIMIT 1 OFFSET %s",
                        [number],
                    )
        return spent.cpu_ms / count


def sweep(
    home: Path, kinds: Sequence[_desk.Kind], customers: int, open_tickets: int
) -> dict[str, Any]:
    """Whole beats of the clock process over the clocks of so many open tickets: with nothing due,
    and with many due at once. The latest that a warning comes is a pause and a busy beat.
    """
    from django.db import connection

    from bihuan.apps.obligations.models import Obligation
    from bihuan.apps.tickets.models import Ticket
    from bihuan.base import clock, ticks

    missing = open_tickets - Ticket.objects.open().count()
    with closing(psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True)) as server:
        _desk.quick(server)
        if missing > 0:
            _desk.grow(server, kinds, missing, customers, share=1.0)
        server.execute("VACUUM ANALYZE obligations_obligation")
        for _ in range(BEFORE):  # what has come due while this was built, and its months counted
            ticks.tick(clock.now())
        found: dict[str, Any] = {
            "open_tickets": Ticket.objects.open().count(),
            "clocks": Obligation.objects.live().count(),
        }
        for name, count in (("nothing_due", 0), ("busy", AT_ONCE), ("at_the_bell", AT_THE_BELL)):
            found |= _beat(server, name, count)
    found |= {"beat_pause_s": ticks.SECONDS, "warning_late_s": round(ticks.SECONDS + found["beat_busy_s"], 2)}  # fmt: skip
    connection.close()
    return found


DUE = """
    UPDATE obligations_obligation SET due_at = %(now)s, next_step_at = %(now)s WHERE id IN (
        SELECT id FROM obligations_obligation
        WHERE state = 'OPEN' AND fell_due_at IS NULL AND due_at > %(now)s AND next_step_at IS NOT NULL
        ORDER BY id LIMIT %(count)s)
"""


def _beat(server: psycopg.Connection[Any], name: str, count: int) -> dict[str, Any]:
    """One beat with so many clocks due; floor: the bare update that made them so."""
    from bihuan.base import clock, ticks

    begun = time.perf_counter()
    due = server.execute(DUE, {"now": clock.now(), "count": count}).rowcount if count else 0
    floor = time.perf_counter() - begun
    spent, begun = Backend(), time.perf_counter()
    with spent:
        ticks.tick(clock.now())
    seconds = time.perf_counter() - begun
    told = {f"beat_{name}_s": round(seconds, 3), f"beat_{name}_cpu_s": round(spent.cpu_ms / 1000, 2)}  # fmt: skip
    if count:
        told |= {
            f"due_{name}": due, f"bare_update_{name}_s": round(floor, 3),
            f"ratio_{name}": round(seconds / max(floor, 0.001), 1),
        }  # fmt: skip
    return told


if __name__ == "__main__":
    main()
