"""The process of the bench `desk`; prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from socket import create_connection, socket
from statistics import median
from typing import TYPE_CHECKING, Any

from bihuan.config.bench import _at_work, _desk
from bihuan.config.bench._cpu import loop
from bihuan.config.bench._ground import p95
from bihuan.config.django_setup import ready

if TYPE_CHECKING:
    from bihuan.base.access.models import User

ROUNDS, WORKERS = 12, 4
TICKETS, CUSTOMERS = 2_000, 200
TO_CLOSE = 60
ROLES = ("service_desk", "remote_specialist", "callback_agent", "care_lead", "after_sales_head")
"""Those who may work on every ticket; so many as are asked are taken from them."""
STARTS_S = 600
ALONE = 900
"""The number of who works alone: what he writes is nobody else's."""


def main() -> None:
    people = int(sys.argv[1])
    with ready() as home:
        from django.conf import settings

        from bihuan.apps.tickets.enums import Status
        from bihuan.apps.tickets.models import Ticket
        from bihuan.base import clock
        from bihuan.base.access.models import User
        from bihuan.base.testing.people import signed_in

        now = clock.now()
        _desk.build(home, tickets=TICKETS, customers=CUSTOMERS, now=now)
        may_close = _confirmed(User.objects.get(username="quality_engineer0"))
        staff = User.objects.filter(username__regex=f"^({'|'.join(ROLES)})[0-9]+$").order_by("pk")[
            :people
        ]
        cookies = [
            {settings.SESSION_COOKIE_NAME: signed_in(each).cookies[settings.SESSION_COOKIE_NAME].value} for each in staff
        ]  # fmt: skip
        open_ = list(
            Ticket.objects.filter(status=Status.DIAGNOSING)
            .order_by("pk")
            .values_list("pk", flat=True)[:people]
        )
        before = _at_work.deadlocks()
        with _serving(home) as server:
            alone = _at_work.work(
                server, cookies[:1], open_, may_close, rounds=ROUNDS, now=now, first=ALONE
            )
            day = _at_work.work(server, cookies, open_, may_close, rounds=ROUNDS, now=now)
        alone.kept += day.kept
        alone.refused += day.refused
        faults = _at_work.faults(_both(alone, day), _at_work.deadlocks() - before)
    print(json.dumps(_report(people, alone, day, faults), ensure_ascii=False))


def _both(alone: _at_work.Day, day: _at_work.Day) -> _at_work.Day:
    return _at_work.Day(kept=alone.kept, refused=alone.refused, wrong=[*alone.wrong, *day.wrong])


def _report(
    people: int, alone: _at_work.Day, day: _at_work.Day, faults: Sequence[str]
) -> dict[str, Any]:
    quiet, busy = median(alone.seconds), median(day.seconds)
    return {
        "people": people, "web_workers": WORKERS, "asked": day.asked, "kept": len(day.kept), "refused": len(day.refused),
        "seconds": round(day.taken, 1), "answers_per_second": round(day.asked / day.taken, 1),
        "p50_ms": round(1000 * busy, 1), "p95_ms": round(1000 * p95(day.seconds), 1),
        "one_alone_p50_ms": round(1000 * quiet, 1), "ratio": round(busy / quiet, 1), "python_loop_cpu_s": loop(),
        "faults": list(faults)[:50], "ok": not faults,
    }  # fmt: skip


def _confirmed(by: User) -> list[int]:
    """Tickets whose customers have just said yes: they may be closed."""
    from bihuan.apps.tickets import actions
    from bihuan.apps.tickets.enums import Status
    from bihuan.apps.tickets.models import Ticket
    from bihuan.base import clock

    rows = list(Ticket.objects.filter(status=Status.FED_BACK).order_by("pk")[:TO_CLOSE])
    for row in rows:
        actions.confirm(ticket=row, answer="好了", channel="PHONE", by=by, now=clock.now())
    return [row.pk for row in rows]


@contextmanager
def _serving(home: Path) -> Iterator[str]:
    """The web workers and the listeners on this data folder; host and port."""
    with closing(socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = []
    for part in ("web", "work"):
        given = {
            "BIHUAN_HOME": str(home), "BIHUAN_PROCESS": part, "BIHUAN_PORT": str(port), "BIHUAN_WEB_WORKERS": str(WORKERS),
        }  # fmt: skip
        running.append(
            subprocess.Popen(
                [sys.executable, "-m", "bihuan.config.children", part], env={**os.environ, **given},
                stdin=subprocess.DEVNULL, stdout=sys.stderr,
            )
        )  # fmt: skip
    try:
        _wait(port)
        yield f"127.0.0.1:{port}"
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait(30)


def _wait(port: int) -> None:
    end = time.monotonic() + STARTS_S
    while True:
        try:
            create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


if __name__ == "__main__":
    main()
