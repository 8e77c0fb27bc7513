"""The process of the bench `pages`; prints JSON."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import psycopg

from bihuan.config import postgres
from bihuan.config.bench import _size
from bihuan.config.bench._ground import as_web, p95
from bihuan.config.django_setup import ready

if TYPE_CHECKING:
    from django.test import Client

    from bihuan.base.access.models import User

LIMITS_MS = {10_000: 100.0, 100_000: 150.0}
"""95 of 100, by the number of customers."""
LARGE = (
    "/", "/todo/", "/todo/?tab=late", "/todo/?tab=all", "/compliance/", "/compliance/?clause",
    "/customers/", "/customers/<int:pk>/", "/obligations/<int:pk>/",
)  # fmt: skip
"""What is looked at in the larger company: board, drill-down, workbench and customer page."""
OFTEN = 20
WHO = ("general_manager", "account_manager", "service_desk", "field_engineer")
LIVED = timedelta(days=120)
# Answers that are files, and pages outside the product's own.
SKIPPED = ("export", "download", "logout", "accounts", "healthz", "readyz", "openapi", "static")


@dataclass
class Seen:
    """What one page cost one person."""

    page: str
    who: str  # the role
    ms: list[float] = field(default_factory=list)
    bare_ms: list[float] = field(default_factory=list)
    queries: set[int] = field(default_factory=set)


def main() -> None:
    customers = int(sys.argv[1])
    only = LARGE if customers > min(LIMITS_MS) else ()
    with ready() as home:
        from bihuan.apps.compliance.counting import keep_counted
        from bihuan.base import clock
        from bihuan.config.demo.life import live

        now = clock.now()
        begun = (now - LIVED).date()
        live(customers=_size.LIVED, start=begun, until=now)
        small = {(each.page, each.who): each.queries for each in _visit(home, 2, only)}
        rows = _size.grow(home, customers)
        while keep_counted(clock.now()):  # as the clock does
            pass
        found = _visit(home, OFTEN, only)
    print(json.dumps(_report(found, small, rows, LIMITS_MS[customers])))


def _report(
    found: Sequence[Seen], small: dict[tuple[str, str], set[int]], rows: dict[str, int],
    limit: float,
) -> dict[str, Any]:  # fmt: skip
    pages = {}
    for each in sorted(found, key=lambda one: -p95(one.ms)):
        before = small.get((each.page, each.who), set())
        pages[f"{each.page} ({each.who})"] = {
            "p95_ms": round(p95(each.ms), 1),
            "median_ms": round(median(each.ms), 1),
            "bare_sql_p95_ms": round(p95(each.bare_ms), 1),
            "ratio": round(p95(each.ms) / max(p95(each.bare_ms), 0.01), 1),
            "queries": max(each.queries),
            "queries_of_100_customers": max(before, default=0),
        }
    slow = [name for name, one in pages.items() if one["p95_ms"] >= limit]
    growing = [
        name for name, one in pages.items() if one["queries"] > one["queries_of_100_customers"]
    ]
    return {
        "rows": rows,
        "limits": {"p95_ms": limit},
        "python_loop_s": round(_loop(), 2),
        "median_ms_of_all_pages": round(median(ms for each in found for ms in each.ms), 1),
        "pages_seen": len(pages),
        "slow": slow,
        "more_queries_than_in_a_small_company": growing,
        "pages": pages,
        "ok": not slow,
    }


def _loop() -> float:
    """How fast this machine is at this moment: seconds for ten million additions."""
    begun, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return time.perf_counter() - begun


def _visit(home: Path, often: int, only: Sequence[str]) -> list[Seen]:
    """Everything as everybody: lists, the workbench, and the pages of customers and obligations;
    or `only` these.
    """
    from bihuan.base.access.models import User
    from bihuan.base.testing.people import signed_in

    found = []
    with as_web(), psycopg.connect(postgres.dsn(home), autocommit=True) as bare:
        for role in WHO:
            person = User.objects.filter(roles__contains=[role], is_active=True).earliest("pk")
            client = signed_in(person)
            for name, urls in _addresses(person):
                if only and name not in only:
                    continue
                times = max(often, len(urls))  # every single thing: each has parts of its own
                seen = _see(client, bare, name, role, [urls[n % len(urls)] for n in range(times)])
                if seen is not None:
                    found.append(seen)
    return found


def _addresses(person: User) -> Iterator[tuple[str, list[str]]]:
    """Pages by name: one address for a list, many for pages of single things."""
    from django.urls import NoReverseMatch, reverse

    from bihuan.apps.customers.models import Customer
    from bihuan.apps.obligations.models import Obligation
    from bihuan.base.access.scope import visible
    from bihuan.base.testing.routes import all_routes

    things = {
        "customers": visible(Customer.objects.all(), person, "customers.see"),
        "obligations": visible(Obligation.objects.live(), person, "obligations.see"),
    }
    ids = {name: list(rows.order_by("-pk").values_list("pk", flat=True)[:OFTEN])
           for name, rows in things.items()}  # fmt: skip
    for route in all_routes():
        if any(word in route.pattern for word in SKIPPED) or route.name.endswith(":"):
            continue
        space = route.name.partition(":")[0]
        try:
            if not route.parameters:
                yield "/" + route.pattern, [reverse(route.name)]
            elif list(route.parameters.values()) == ["int"] and ids.get(space):
                yield "/" + route.pattern, [reverse(route.name, args=[pk]) for pk in ids[space]]
        except NoReverseMatch:
            continue
    for tab in ("verify", "done", "told", "asked", "late", "all"):
        yield f"/todo/?tab={tab}", [f"/todo/?tab={tab}"]
    for view in ("mine", "best", "verify", "untiered"):
        yield f"/customers/?view={view}", [f"/customers/?view={view}"]
    yield "/compliance/?clause", [f"/compliance/?clause={code}" for code in _clauses()]
    yield "/customers/?text", [f"/customers/?text={word}" for word in ("泵业", "b", "0042", "1382")]


def _clauses() -> list[str]:
    """Clauses that made duties: cells of the board that can be opened."""
    from bihuan.apps.policy.queries import pack_at
    from bihuan.base import clock

    rules = pack_at(clock.now()).rules.values()
    return sorted({each.clause for each in rules})[:OFTEN]


def _see(
    client: Client, bare: psycopg.Connection[Any], name: str, who: str, urls: Sequence[str]
) -> Seen | None:
    """Ask for a page again and again; None when it is no page for this person."""
    if client.get(urls[0]).status_code != 200:
        return None
    seen = Seen(name, who)
    for url in urls:
        with statements() as sent:
            begun = time.perf_counter()
            answer = client.get(url)
            seen.ms.append(1000 * (time.perf_counter() - begun))
        if answer.status_code != 200 or not answer.headers.get("Content-Type", "").startswith(
            "text/html"
        ):
            return None
        asked = [(sql, values) for sql, values in sent if sql.lstrip().startswith("SELECT")]
        seen.queries.add(len(asked))
        begun = time.perf_counter()
        for sql, values in asked:
            bare.execute(sql, values).fetchall()
        seen.bare_ms.append(1000 * (time.perf_counter() - begun))
    return seen


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    from django.db import connection

    sent: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, values: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        sent.append((sql, values))
        return execute(sql, values, many, context)

    with connection.execute_wrapper(note):
        yield sent


if __name__ == "__main__":
    main()
