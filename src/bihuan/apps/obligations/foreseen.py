"""What would be owed if something happened now: judged like the real thing, and not written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.facts.actions import Telling, drafts


def foreseen(tellings: Sequence[Telling], *, now: datetime) -> list[Obligation]:
    """The obligations that these facts would bring, the nearest due first; unsaved rows."""
    from bihuan.apps.obligations.engine import Judge

    facts = drafts(tellings, now=now)
    judge = Judge(facts, now)
    found: dict[tuple[str, str, int, str], Obligation] = {}
    for fact in facts:
        response, context = judge.response(fact)
        for duty in response.duties if context is not None else ():
            assert context is not None
            row = judge.row(duty, fact, context)
            found[row.rule, row.subject_type, row.subject_id, row.occasion] = row
    rows = [row for row in found.values() if row.due_at is not None]
    _named(rows)
    return sorted(rows, key=lambda row: (row.due_at or now, row.rule))


def _named(rows: Sequence[Obligation]) -> None:
    """With whom they name, for the rows of a list (two queries)."""
    people = User.objects.in_bulk({row.assignee_id for row in rows if row.assignee_id})
    customers = Customer.objects.in_bulk({row.customer_id for row in rows if row.customer_id})
    for row in rows:
        row.assignee = people.get(row.assignee_id or 0)
        row.customer = customers.get(row.customer_id or 0)
