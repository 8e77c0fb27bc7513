"""The ladder of escalation: who is told, once each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone

from bihuan.apps.obligations.models import Escalation, Obligation
from bihuan.apps.obligations.timing import next_step
from bihuan.apps.people.queries import Holders, holders
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.facts.actions import Telling, tell_many
from bihuan.base.notify.actions import tell
from bihuan.base.together import together

ASSIGNEE, TEAM_LEAD = "assignee", "team_lead"
READ = (
    "uid", "rule", "clause", "clause_number", "title", "role", "region", "assignee_id", "due_at", "ladder",
    "steps_done", "next_step_at", "subject_type", "subject_id", "customer_id", "asset_id", "contract_id",
)  # fmt: skip
"""What a step asks of an obligation: of very many at once nothing else is read."""


def take(rows: Sequence[Obligation], now: datetime, *, url: Callable[[Obligation], str]) -> int:
    """Take every step whose time has come; after downtime all that were missed, in order."""
    if not rows:
        return 0
    known = holders(
        on=timezone.localdate(now), customer_ids={r.customer_id for r in rows if r.customer_id}
    )
    taken: list[Escalation] = []
    for row in rows:
        while row.next_step_at is not None and row.next_step_at <= now:
            step = row.ladder[row.steps_done]
            told = _target(row, str(step["tell"]), known)
            taken.append(
                Escalation(
                    obligation=row, step=row.steps_done, role=step["tell"], told_id=told,
                    planned_at=row.next_step_at, at=now,
                )
            )  # fmt: skip
            row.steps_done += 1
            row.next_step_at = next_step(row.ladder, row.steps_done)
    bulk.add(taken, ignore_conflicts=True)
    bulk.write(rows, ["steps_done", "next_step_at"])
    _tell(taken, now, url)
    return len(rows)


def _target(row: Obligation, role: str, known: Holders) -> int | None:
    if role == ASSIGNEE:
        return row.assignee_id
    if role == TEAM_LEAD:
        lead = known.team_lead(row.assignee_id) if row.assignee_id is not None else None
        if lead is not None and lead != row.assignee_id:
            return lead
        role = known.above(row.role) or row.role
    return known.find(role, customer_id=row.customer_id, region=row.region)


def _tell(taken: Sequence[Escalation], now: datetime, url: Callable[[Obligation], str]) -> None:
    from bihuan.apps.obligations.actions import subjects_of

    people = User.objects.in_bulk({each.told_id for each in taken if each.told_id is not None})
    subjects = {each.obligation_id: subjects_of(each.obligation) for each in taken}
    with together():
        for each in taken:
            row, person = each.obligation, people.get(each.told_id or 0)
            late = row.due_at is not None and row.due_at <= each.planned_at
            if person is not None:
                tell(
                    to=person, kind="obligation.escalated", now=now, url=url(row), urgent=late,
                    key=f"escalated:{row.uid}:{each.step}",
                    title={
                        "zh": f"{'已超时' if late else '快到期'}：{row.title['zh']}",
                        "en": f"{'Overdue' if late else 'Due soon'}: {row.title['en']}",
                    },
                    text={"zh": f"依据 § {row.clause_number}。", "en": f"Under § {row.clause_number}."},
                )  # fmt: skip
    tell_many(
        [
            Telling(
                kind="obligation.escalated", at=each.planned_at, subjects=subjects[each.obligation_id],
                key=f"escalated:{each.obligation.uid}:{each.step}",
                data={
                    "obligation": str(each.obligation.uid), "rule": each.obligation.rule,
                    "clause": each.obligation.clause, "to": each.role, "step": each.step,
                },
            )
            for each in taken
        ],
        now=now, by=None, source="engine",
    )  # fmt: skip
