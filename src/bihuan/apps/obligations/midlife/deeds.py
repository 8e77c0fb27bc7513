"""Closing, moving and restoring duties because of a fact: once each, with its trace.

The effect is the fact's own, so a replay of the log gives it again; what is told of it
(`obligation.void`, `.assigned`, `.arose`) is for people and figures and is not heard again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from bihuan.apps.obligations.acts import end_pause
from bihuan.apps.obligations.enums import State, Verb, VoidReason
from bihuan.apps.obligations.models import Act, Obligation
from bihuan.apps.obligations.words import fact_words
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import Fact
from bihuan.base.notify.actions import tell as notify

CLOSED = (
    "state", "closed_reason", "superseded_by", "paused_at", "due_at", "internal_due_at",
    "provisional", "calendar_version", "ladder", "next_step_at",
)  # fmt: skip
HELD = ("customer", "region", "assignee", "stands_in_for")


def close(
    rows: Sequence[Obligation], reason: VoidReason, fact: Fact, now: datetime,
    instead: Mapping[int, Obligation] | None = None,
) -> None:  # fmt: skip
    """These duties stand no more; `instead` names the duty that takes the place of a row."""
    rows = _first_time(rows, fact)
    for row in rows:
        end_pause(row, fact)
        row.state, row.closed_reason = State.VOID, reason
        row.superseded_by = (instead or {}).get(row.pk)
    _write(rows, CLOSED, Verb.VOID, fact)
    _tell("obligation.void", rows, fact, now, lambda row: {"reason": row.closed_reason})


def move(
    rows: Sequence[Obligation], before: Mapping[int, int | None], fact: Fact, now: datetime
) -> None:
    """Write these rows, of which customer, region and assignee were changed in memory; `before`
    holds the assignees as they were.
    """
    rows = _first_time(rows, fact)
    _write(rows, HELD, Verb.ASSIGNED, fact)
    given = [row for row in rows if row.assignee_id != before[row.pk] and row.assignee_id]
    _tell("obligation.assigned", given, fact, now, lambda row: {"to": str(row.assignee_id)})
    _notify(given, fact, now)


def restore(rows: Sequence[Obligation], fact: Fact, now: datetime) -> None:
    """What an earlier change had closed is owed again, on its own clock."""
    rows = _first_time(rows, fact)
    for row in rows:
        waits = row.opens_at is not None and row.opens_at > now
        row.state = State.SCHEDULED if waits else State.OPEN
        row.closed_reason, row.superseded_by = "", None
    _write(rows, CLOSED, Verb.RESTORED, fact)
    _tell(
        "obligation.arose", rows, fact, now,
        lambda row: {
            "role": row.role, "severity": row.severity,
            "due_at": row.due_at.isoformat() if row.due_at else None,
        },
    )  # fmt: skip


def _first_time(rows: Sequence[Obligation], fact: Fact) -> list[Obligation]:
    had = set(
        Act.objects.filter(fact=fact, obligation__in=rows).values_list("obligation", flat=True)
    )
    return [row for row in rows if row.pk not in had]


def _write(rows: Sequence[Obligation], names: Sequence[str], verb: Verb, fact: Fact) -> None:
    if not rows:
        return
    Act.objects.bulk_create(
        Act(obligation=row, fact=fact, verb=verb, at=fact.at, by=fact.by) for row in rows
    )
    bulk.write(rows, names)


def _tell(kind: str, rows: Sequence[Obligation], fact: Fact, now: datetime, more: Any) -> None:
    from bihuan.apps.obligations.actions import subjects_of

    tell_all(
        [
            Telling(
                kind=kind, at=fact.at, subjects=subjects_of(row), key=f"{kind}:{row.uid}:{fact.uid}",
                states=row.cause.data,
                data={
                    "obligation": str(row.uid), "rule": row.rule, "clause": row.clause,
                    "because": fact.kind, **more(row),
                },
            )
            for row in rows
        ],
        now=now, by=fact.by, source="engine",
    )  # fmt: skip


def _notify(rows: Sequence[Obligation], fact: Fact, now: datetime) -> None:
    """Whoever owes more from now on is told how much."""
    counts: dict[int, int] = {}
    for row in rows:
        if row.assignee_id is not None:
            counts[row.assignee_id] = counts.get(row.assignee_id, 0) + 1
    why = fact_words(fact.kind)
    for person in User.objects.filter(pk__in=counts):
        count = counts[person.pk]
        notify(
            to=person, kind="obligation.moved", now=now, key=f"moved:{fact.uid}",
            title={"zh": f"有 {count} 条义务转给您", "en": f"Obligations given to you: {count}"},
            text={"zh": f"原因：{why['zh']}。期限不变。", "en": f"Because: {why['en']}. Due times stay."},
            url=reverse("obligations:todo"),
        )  # fmt: skip


__all__ = ["close", "move", "restore"]
