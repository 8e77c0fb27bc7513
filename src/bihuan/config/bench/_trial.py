"""The process of the bench `trial`; prints JSON."""

from __future__ import annotations

import json
import os
import time
from datetime import date
from pathlib import Path

import psycopg

from bihuan.config import postgres
from bihuan.config.bench._cpu import Spent, loop, peak_mib, spending
from bihuan.config.bench._ground import company
from bihuan.config.django_setup import ready

FACTS = int(os.environ.get("BIHUAN_BENCH_FACTS", "1000000"))
OF_ONE = 50
LIMIT_S = 60.0
YEAR = "2025-01-01T00:00:00+08:00"
# Four quarters, sixteen faults with their answers, fourteen calls: fifty facts of each customer.
FILL = """
    INSERT INTO facts_fact (uid, kind, at, told_at, source, key, customer_id, asset_id, subjects, data)
    SELECT gen_random_uuid(), f.kind, f.at, f.at, f.source, NULL, c.id, f.asset, f.subjects,
           jsonb_build_object('fact', f.own, 'customer', jsonb_build_object(
               'tier', (ARRAY['GOLD','SILVER','BRONZE'])[1 + c.id %% 3], 'rank', 1 + c.id %% 3,
               'status', 'ACTIVE', 'region', '华东', 'flags', '[]'::jsonb, 'managed', true))
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS c(id)
    CROSS JOIN LATERAL (
        SELECT 'period.began' AS kind, %(year)s::timestamptz + q * interval '3 months' AS at,
               'clock' AS source, NULL::bigint AS asset, jsonb_build_object('customer', c.id) AS subjects,
               jsonb_build_object('quarter_begins', true, 'month_begins', true, 'week_begins', false,
                   'half_begins', q %% 2 = 0, 'year_begins', q = 0,
                   'quarter', '2025-Q' || q + 1, 'month', '2025-' || lpad((3 * q + 1)::text, 2, '0'),
                   'half', '2025-H' || 1 + q / 2, 'year', '2025') AS own
        FROM generate_series(0, 3) AS q
        UNION ALL
        SELECT 'fault.reported', %(year)s::timestamptz + n * interval '22 days' + (c.id %% 977) * interval '3 minutes',
               'screen', c.id * 4 + n %% 4, jsonb_build_object('customer', c.id, 'asset', c.id * 4 + n %% 4),
               jsonb_build_object('ticket', 'T' || c.id || '-' || n, 'severity', (ARRAY['URGENT','NORMAL','LOW'])[1 + n %% 3])
        FROM generate_series(0, 15) AS n
        UNION ALL
        SELECT 'ticket.contacted',
               %(year)s::timestamptz + n * interval '22 days' + (c.id %% 977) * interval '3 minutes' + (c.id %% 7) * interval '47 minutes',
               'screen', c.id * 4 + n %% 4, jsonb_build_object('customer', c.id, 'asset', c.id * 4 + n %% 4),
               jsonb_build_object('ticket', 'T' || c.id || '-' || n, 'human', true)
        FROM generate_series(0, 15) AS n
        UNION ALL
        SELECT 'callback.done', %(year)s::timestamptz + n * interval '25 days' + (c.id %% 977) * interval '5 minutes',
               'screen', NULL, jsonb_build_object('customer', c.id),
               jsonb_build_object('callback', 'C' || c.id || '-' || n, 'kind', 'ROUTINE', 'channel', 'PHONE',
                   'outcome', 'REACHED', 'number', n)
        FROM generate_series(0, 13) AS n
    ) AS f
"""
ALL = "SELECT * FROM facts_fact ORDER BY customer_id, tx, id"


def main() -> None:
    with ready() as home:
        from bihuan.apps.obligations.trial import actions
        from bihuan.apps.policy import actions as policy
        from bihuan.apps.policy.models import PackVersion
        from bihuan.base import clock
        from bihuan.base.access.models import User
        from bihuan.lib.policy.edit import set_value

        now = clock.now()
        company(now, managers=1, customers=1)
        rows = _fill(home)
        base = PackVersion.objects.get()
        files = dict(base.files)
        files["pack.yaml"] = set_value(
            files["pack.yaml"], ["parameters", "fault.phone", "value"], "2h"
        )
        files["pack.yaml"] = set_value(files["pack.yaml"], ["version"], "trial")
        draft = policy.draft(files=files, by=None, now=now)
        by = User.objects.earliest("pk")
        spent = Spent()
        trial = actions.ask(
            versions=[base, draft], since=date(2025, 1, 1), until=date(2025, 12, 31), minutes=30,
            by=by, now=now,
        )  # fmt: skip
        with spending(home, spent):
            actions.work(trial.pk, now=now)
        trial.refresh_from_db()
        last = trial.results.get(place=1).result
        floor = _copied(home)
    seconds, cpu = spent.wall / 2, spent.cpu / 2
    print(
        json.dumps(
            {
                "facts": rows, "versions": 2, "seconds": round(seconds, 1), "facts_a_second": round(rows / seconds),
                "cpu_s": round(cpu, 1), "facts_a_cpu_second": round(rows / cpu), "loop_cpu_s": loop(),
                "copy_s": round(floor, 2), "ratio": round(seconds / floor, 1), "duties": sum(last["all"]["ends"].values()),
                "on_time": last["changed"]["ends"], "peak_mib": peak_mib(), "limits": {"seconds": LIMIT_S},
                "ok": seconds < LIMIT_S,
            }
        )
    )  # fmt: skip


def _fill(home: Path) -> int:
    customers = FACTS // OF_ONE
    with psycopg.connect(postgres.dsn(home), autocommit=True) as bare:
        first = 10_000_000
        made = bare.execute(FILL, {"first": first, "last": first + customers - 1, "year": YEAR}).rowcount  # fmt: skip
        bare.execute("ANALYZE facts_fact")
    return made


def _copied(home: Path) -> float:
    """Seconds to read the same rows bare."""
    begun = time.perf_counter()
    with (
        psycopg.connect(postgres.dsn(home)) as bare,
        bare.cursor() as cursor,
        cursor.copy(f"COPY ({ALL}) TO STDOUT") as rows,
    ):
        for _ in rows:
            pass
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
