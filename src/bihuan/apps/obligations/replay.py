"""Feeding the log again and comparing: the same facts give the same obligations."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.models import (
    Act,
    DueChange,
    Escalation,
    Evidence,
    Meeting,
    Obligation,
    Pause,
    Report,
    RuleFailure,
    Settlement,
    Spoken,
    TookEffect,
    Untaken,
    Waiver,
)  # fmt: skip
from bihuan.apps.obligations.ticks import open_scheduled
from bihuan.base.facts.models import Fact

DERIVED = (
    "rule", "clause", "subject_type", "subject_id", "occasion", "customer_id", "kind", "role",
    "anchor_at", "within", "calendar", "window_from", "window_to", "opens_at", "due_at", "planned_at",
    "internal_due_at", "state", "severity", "verified_by_rule", "match", "cause__uid",
    "superseded_by__uid", "discharged_at", "discharged_by_id", "settled_by__uid", "verified_at",
    "verified_by_id", "closed_reason", "paused_at", "pack_version__hash",
)  # fmt: skip


@dataclass(frozen=True)
class Replay:
    """What a replay found."""

    facts: int
    obligations: int
    same: bool
    differing: list[str]


def picture() -> dict[str, dict[str, Any]]:
    """Every obligation by its name, with everything that the facts decide."""
    rows = Obligation.objects.order_by("uid").values("uid", *DERIVED)
    return {str(row.pop("uid")): row for row in rows}


def digest(shot: dict[str, dict[str, Any]]) -> str:
    """A hash of a picture."""
    return hashlib.sha256(json.dumps(shot, sort_keys=True, default=str).encode()).hexdigest()


def again(now: datetime, *, batch: int = 500) -> Replay:
    """Forget all obligations, hear the whole log again, compare, and put everything back:
    nothing is changed. For `bihuan replay` and for the demo's own check.
    """
    before = picture()
    with transaction.atomic():
        forget()
        count = feed(in_order(), now, batch=batch)
        after = picture()
        transaction.set_rollback(True)
    differing = [uid for uid in {*before, *after} if before.get(uid) != after.get(uid)]
    return Replay(count, len(before), not differing, sorted(differing)[:20])


def in_order() -> Iterable[Fact]:
    """The log as it is read."""
    return Fact.objects.order_by("tx", "pk").iterator(chunk_size=1000)


def feed(facts: Iterable[Fact], now: datetime, *, batch: int) -> int:
    """Let the engine hear these facts in batches of about a size, whole transactions as its
    reader gives them; then let the clock open what is due.
    """
    count = 0
    waiting: list[Fact] = []
    for fact in facts:
        if len(waiting) >= batch and fact.tx != waiting[-1].tx:
            on_facts(waiting, now)
            count, waiting = count + len(waiting), []
        waiting.append(fact)
    on_facts(waiting, now)
    open_scheduled(now)
    return count + len(waiting)


def forget(tables: Sequence[str] = ()) -> None:
    """Drop everything that the engine derives (within a transaction that is rolled back, or in
    a test).
    """
    models = (
        Act, Evidence, Waiver, Pause, Escalation, DueChange, Settlement, Spoken, RuleFailure, TookEffect,
        Untaken, Meeting, Report, Obligation,
    )  # fmt: skip
    names = tables or [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name in (
            "obligations_attendance", "obligations_decision", "obligations_reportreader", *names
        ):  # fmt: skip
            cursor.execute(f'DELETE FROM "{name}"')  # noqa: S608 - our own tables
