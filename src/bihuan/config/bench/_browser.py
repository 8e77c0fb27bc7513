"""The process of the bench `browser`; prints JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.request import Request, urlopen

from bihuan.config import net, postgres_server
from bihuan.config.bench import _desk, start
from bihuan.config.bench._cpu import loop
from bihuan.config.bench._ground import folder, p95
from bihuan.config.django_setup import ready

WORKERS, OFTEN, WARM, AT_ONCE, ASKED = 4, 20, 8, 8, 200
IDLE_S, STARTS_S = 8.0, 300.0
LOADED_MS, FIRST_KB, STACK_MIB = 400.0, 300.0, 900.0
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
READ = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const parts = performance.getEntriesByType("resource").map((each) => each.responseEnd);
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  return {loaded: page.loadEventEnd, painted: paint ? paint.startTime : page.loadEventEnd, last: Math.max(page.loadEventEnd, ...parts)};
}"""
LOADED = "() => performance.getEntriesByType('navigation')[0].loadEventEnd > 0"


def main() -> None:
    from playwright.sync_api import sync_playwright

    tickets, customers, chromium = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    home, cookie, queue, pages = _built(tickets, customers)
    load = os.getloadavg()[0]
    with sync_playwright() as maker:
        browser = maker.chromium.launch(executable_path=chromium, args=list(FLAGS))
        with folder() as bare, _bare(bare) as (empty, floor_mib):
            floor = _warm(browser, empty, [], ["/"])
            floor_bytes = _first(browser, empty, [], "/")
        with _stack(home) as (address, pid):
            session = [{**cookie, "url": address}]
            idle = _weighed(pid, home)
            seen = {
                "list": _warm(browser, address, session, [queue]),
                "ticket": _warm(browser, address, session, pages),
            }
            first = {
                "sign-in": _first(browser, address, [], "/accounts/login/"),
                "queue": _first(browser, address, session, queue),
            }
            _asked(address, cookie, [queue, *pages])
            used = _weighed(pid, home)
        browser.close()
    told = _report(tickets, seen, first, (idle, used), (floor, floor_bytes, floor_mib), load)
    print(json.dumps(told, ensure_ascii=False))


def _built(tickets: int, customers: int) -> tuple[Path, dict[str, str], str, list[str]]:
    """The desk; where it lives, somebody's session, the queue, and pages of tickets."""
    with ready() as home:
        from django.conf import settings
        from django.urls import reverse

        from bihuan.apps.tickets.models import Ticket
        from bihuan.base import clock
        from bihuan.base.access.models import User
        from bihuan.base.testing.people import signed_in

        _desk.build(home, tickets=tickets, customers=customers, now=clock.now())
        name = settings.SESSION_COOKIE_NAME
        value = signed_in(User.objects.get(username="service_desk1")).cookies[name].value
        rows = Ticket.objects.filter(pk__gte=_desk.TICKETS).open().order_by("-reported_at")
        ids = list(rows.values_list("pk", flat=True)[: OFTEN * 7 : 7])
        pages = [reverse("tickets:detail", args=[pk]) for pk in ids]
        return home, {"name": name, "value": value}, reverse("tickets:queue"), pages


@contextmanager
def _bare(home: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """The database of an empty folder and a server with nothing behind it: address and weight."""
    server, port = postgres_server.use(home), net.choose_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.bench._empty", str(port), str(WORKERS)],
        stdin=subprocess.DEVNULL, stdout=sys.stderr,
    )  # fmt: skip
    try:
        _until(process, port)
        yield f"http://localhost:{port}", _weighed(process.pid, home)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        server.close()


@contextmanager
def _stack(home: Path) -> Iterator[tuple[str, int]]:
    """Everything that `bihuan up` starts; its address and the process above all others."""
    port = net.choose_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "bihuan.config.cli", "up", "--port", str(port), "--workers", str(WORKERS)],
        env={**os.environ, "BIHUAN_HOME": str(home), "DATABASE_URL": ""},
        stdin=subprocess.DEVNULL, stdout=sys.stderr,
    )  # fmt: skip
    try:
        _until(process, port)
        yield f"http://localhost:{port}", process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _until(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + STARTS_S
    while not start.shows(port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the server did not show a page")
        time.sleep(0.1)


def _weighed(pid: int, home: Path) -> dict[str, float]:
    """The weight of each part in MiB once nothing is asked any more."""
    time.sleep(IDLE_S)
    return start.weights(pid, home)


def _warm(browser: Any, address: str, session: Sequence[Any], pages: Sequence[str]) -> Any:
    """Milliseconds from going there; the browser knows all that does not change."""
    context = _context(browser, session)
    page = context.new_page()
    times: dict[str, list[float]] = {"loaded": [], "painted": [], "last": []}
    for number in range(-WARM, OFTEN):
        page.goto(f"{address}{pages[number % len(pages)]}", wait_until="networkidle")
        page.wait_for_function(LOADED)
        for name, value in page.evaluate(READ).items() if number >= 0 else ():
            times[name].append(value)
    context.close()
    return {
        f"{name}_{what}_ms": round(of(values), 1)
        for name, values in times.items()
        for what, of in (("p50", median), ("p95", p95))
    }


def _first(browser: Any, address: str, session: Sequence[Any], path: str) -> dict[str, Any]:
    """What goes over the network when somebody comes for the first time, in kB of 1000 bytes."""
    context = _context(browser, session)
    page, sizes, kinds = context.new_page(), {}, {}
    wire = context.new_cdp_session(page)
    wire.on(
        "Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]})
    )
    wire.on(
        "Network.loadingFinished",
        lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}),
    )
    wire.send("Network.enable")
    page.goto(f"{address}{path}", wait_until="networkidle")
    context.close()
    by_kind: dict[str, float] = {}
    for key, size in sizes.items():
        kind = kinds.get(key, "Other")
        by_kind[kind] = by_kind.get(kind, 0) + size / 1000
    return {
        "kb": round(sum(by_kind.values()), 1), "requests": len(sizes),
        "kinds_kb": {kind: round(size, 1) for kind, size in sorted(by_kind.items())},
    }  # fmt: skip


def _context(browser: Any, session: Sequence[Any]) -> Any:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    if session:
        context.add_cookies(list(session))
    return context


def _asked(address: str, cookie: dict[str, str], pages: Sequence[str]) -> None:
    """So many pages at once that every web worker has had its share."""
    head = {"Cookie": f"{cookie['name']}={cookie['value']}"}

    def ask(number: int) -> None:
        url = f"{address}{pages[number % len(pages)]}"
        with urlopen(Request(url, headers=head), timeout=60) as answer:
            answer.read()

    with ThreadPoolExecutor(AT_ONCE) as people:
        list(people.map(ask, range(ASKED)))


def _report(
    tickets: int, seen: dict[str, Any], first: dict[str, Any], stack: tuple[dict[str, float], ...],
    floors: tuple[Any, Any, dict[str, float]], load: float,
) -> dict[str, Any]:  # fmt: skip
    floor, floor_bytes, bare = floors
    floor_mib, heaviest = sum(bare.values()), max(sum(each.values()) for each in stack)
    for each in seen.values():
        each["ratio"] = round(each["loaded_p50_ms"] / max(floor["loaded_p50_ms"], 0.1), 1)
    for each in first.values():
        each["ratio"] = round(each["kb"] / max(floor_bytes["kb"], 0.001), 1)
    above = [name for name, each in seen.items() if each["loaded_p50_ms"] > LOADED_MS]
    above += [f"first visit: {name}" for name, each in first.items() if each["kb"] > FIRST_KB]
    above += ["stack"] if heaviest > STACK_MIB else []
    return {
        "tickets": tickets, "web_workers": WORKERS, "python_loop_cpu_s": loop(), "load_before": round(load, 1), "warm": {"empty page": floor, **seen},
        "first_visit": {"empty page": floor_bytes, **first},
        "stack": {
            **{
                f"{name}_pss_mib": {"all": round(sum(each.values()))} | {part: round(mib) for part, mib in sorted(each.items())}
                for name, each in zip(("idle", "after_use"), stack, strict=True)
            },
            "bare_servers_pss_mib": round(floor_mib), "ratio": round(heaviest / floor_mib, 1),
        },
        "limits": {"loaded_p50_ms": LOADED_MS, "first_visit_kb": FIRST_KB, "stack_pss_mib": STACK_MIB}, "above": above,
        "ok": not above,
    }  # fmt: skip


if __name__ == "__main__":
    main()
