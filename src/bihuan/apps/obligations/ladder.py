"""What a limit brings as it comes near and passes: that it fell due, and the ladder of escalation.

Of very many at once nothing is read but what is told, and each is written once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.timing import next_step
from bihuan.apps.people.queries import Holders, holders
from bihuan.base import bulk, sql
from bihuan.base.access.models import User
from bihuan.base.facts.actions import Telling, tell_many
from bihuan.base.notify.actions import tell
from bihuan.base.together import together
from bihuan.base.ui.addresses import address_of

ASSIGNEE, TEAM_LEAD = "assignee", "team_lead"


@dataclass(slots=True)
class Waiting:
    """Of an open obligation what falling due and a step ask of it."""

    pk: int
    uid: UUID
    rule: str
    clause: str
    clause_number: str
    severity: str
    title: str
    role: str
    region: str
    assignee_id: int | None
    due_at: datetime | None
    ladder: str
    steps_done: int
    next_step_at: datetime | None
    subject_type: str
    subject_id: int
    customer_id: int | None
    asset_id: int | None
    contract_id: int | None
    falls: bool


COLUMNS = ", ".join(["id", *list(Waiting.__slots__)[1:-1]])
FALLS = "fell_due_at IS NULL AND due_at < %(now)s"
CLIMBS = "next_step_at <= %(now)s"


def _of(condition: str, order: str) -> str:
    return f"""
        SELECT {COLUMNS}, coalesce({FALLS}, FALSE) AS falls FROM obligations_obligation
        WHERE state = '{State.OPEN}' AND {condition} AND id <> ALL(%(left)s::bigint[])
        ORDER BY {order}, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    """  # noqa: S608 - texts of this page


# each by its index, locked as it is read
FALLING, CLIMBING = _of(FALLS, "due_at"), _of(CLIMBS, "next_step_at")
BOTH = f"""
    WITH falling AS MATERIALIZED ({FALLING}), climbing AS MATERIALIZED ({CLIMBING})
    SELECT * FROM falling UNION ALL SELECT * FROM climbing WHERE id NOT IN (SELECT id FROM falling)
"""  # noqa: S608 - texts of this page


def waiting(statement: str, now: datetime, most: int, left: Sequence[int] = ()) -> list[Waiting]:
    """Locked; those that another process has in hand are left to it, and those of `left` (ids) out."""
    given = {"now": now, "most": most, "left": list(left)}
    return [Waiting(*row) for row in sql.rows(statement, given)]


def take(rows: Sequence[Waiting], now: datetime, *, falls: bool, climbs: bool) -> None:
    """Say of each, once, that it fell due, and take every step whose time has come: after downtime
    all that were missed, in order.
    """
    fallen = [row for row in rows if falls and row.falls]
    taken = list(_steps(rows, now)) if climbs else []
    _write(rows, fallen, taken)
    subjects = {row.pk: _subjects(row) for row in rows}
    _tell_people(taken, now)
    tell_many(
        [
            Telling(
                kind="obligation.fell_due", at=row.due_at or now, key=f"fell_due:{row.uid}",
                subjects=subjects[row.pk],
                data={
                    "obligation": str(row.uid), "rule": row.rule, "clause": row.clause,
                    "severity": row.severity,
                },
            )
            for row in fallen
        ] + [
            Telling(
                kind="obligation.escalated", at=each.planned_at, subjects=subjects[each.of.pk],
                key=f"escalated:{each.of.uid}:{each.step}",
                data={
                    "obligation": str(each.of.uid), "rule": each.of.rule, "clause": each.of.clause,
                    "to": each.role, "step": each.step,
                },
            )
            for each in taken
        ],
        now=now, by=None, source="engine",
    )  # fmt: skip


@dataclass(slots=True)
class _Step:
    """One that is taken now."""

    of: Waiting
    step: int
    role: str
    told: int | None
    planned_at: datetime
    at: datetime


def _steps(rows: Sequence[Waiting], now: datetime) -> Iterator[_Step]:
    climbing = [row for row in rows if row.next_step_at is not None and row.next_step_at <= now]
    if not climbing:
        return
    known = holders(
        on=timezone.localdate(now), customer_ids={r.customer_id for r in climbing if r.customer_id}
    )
    for row in climbing:
        ladder = json.loads(row.ladder)
        while row.next_step_at is not None and row.next_step_at <= now:
            role = str(ladder[row.steps_done]["tell"])
            told = _target(row, role, known)
            yield _Step(row, row.steps_done, role, told, row.next_step_at, now)
            row.steps_done += 1
            row.next_step_at = next_step(ladder, row.steps_done)


STEPS = """
    INSERT INTO obligations_escalation (obligation_id, step, role, told_id, planned_at, at)
    SELECT obligation_id, step, role, told_id, planned_at, at FROM jsonb_to_recordset(%s::jsonb) AS t (
        obligation_id bigint, step smallint, role varchar, told_id bigint, planned_at timestamptz, at timestamptz
    ) ON CONFLICT DO NOTHING
"""
STANDS = """
    UPDATE obligations_obligation AS o SET steps_done = v.steps_done, next_step_at = v.next_step_at,
        fell_due_at = CASE WHEN v.falls THEN o.due_at ELSE o.fell_due_at END
    FROM jsonb_to_recordset(%s::jsonb) AS v (
        id bigint, steps_done smallint, next_step_at timestamptz, falls boolean
    ) WHERE o.id = v.id
"""


def _write(rows: Sequence[Waiting], fallen: Sequence[Waiting], taken: Sequence[_Step]) -> None:
    late = {row.pk for row in fallen}
    given = [
        {"id": r.pk, "steps_done": r.steps_done, "next_step_at": r.next_step_at, "falls": r.pk in late}
        for r in rows
    ]  # fmt: skip
    sql.change(STANDS, [bulk.json_of(given)])
    if taken:
        said = [
            {
                "obligation_id": each.of.pk, "step": each.step, "role": each.role, "told_id": each.told,
                "planned_at": each.planned_at, "at": each.at,
            }
            for each in taken
        ]  # fmt: skip
        sql.change(STEPS, [bulk.json_of(said)])


def _target(row: Waiting, role: str, known: Holders) -> int | None:
    if role == ASSIGNEE:
        return row.assignee_id
    if role == TEAM_LEAD:
        lead = known.team_lead(row.assignee_id) if row.assignee_id is not None else None
        if lead is not None and lead != row.assignee_id:
            return lead
        role = known.above(row.role) or row.role
    return known.find(role, customer_id=row.customer_id, region=row.region)


def _subjects(row: Waiting) -> dict[str, int]:
    found = {row.subject_type: row.subject_id}
    named = {"customer": row.customer_id, "asset": row.asset_id, "contract": row.contract_id}
    return found | {name: pk for name, pk in named.items() if pk is not None}


@lru_cache(maxsize=1024)
def _title(text: str) -> Mapping[str, Any]:
    """Very many duties of a rule have one title."""
    found: Mapping[str, Any] = json.loads(text)
    return found


def _tell_people(taken: Sequence[_Step], now: datetime) -> None:
    people = User.objects.in_bulk({each.told for each in taken if each.told is not None})
    url = address_of("obligations:detail")
    with together():
        for each in taken:
            row, person = each.of, people.get(each.told or 0)
            late = row.due_at is not None and row.due_at <= each.planned_at
            if person is not None:
                title = _title(row.title)
                tell(
                    to=person, kind="obligation.escalated", now=now, url=url(row.pk), urgent=late,
                    key=f"escalated:{row.uid}:{each.step}",
                    title={
                        "zh": f"{'已超时' if late else '快到期'}：{title['zh']}",
                        "en": f"{'Overdue' if late else 'Due soon'}: {title['en']}",
                    },
                    text={"zh": f"依据 § {row.clause_number}。", "en": f"Under § {row.clause_number}."},
                )  # fmt: skip
