"""Many deeds of many people at once: the checks, facts and effects of `actions`, in a number of
queries that does not grow with the deeds. For programs that bring deeds in.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone

from bihuan.apps.obligations.actions import (
    BulkResult,
    check_discharge,
    check_verification,
    subjects_of,
)
from bihuan.apps.obligations.acts import APPLY, Proof, evidence_of, verb_of
from bihuan.apps.obligations.enums import Verifier
from bihuan.apps.obligations.fold import fold
from bihuan.apps.obligations.models import Act, Evidence, Obligation
from bihuan.apps.obligations.verifiers import choose, involved
from bihuan.apps.people.queries import holders
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import Fact

DISCHARGED = ("state", "discharged_at", "discharged_by", "settled_by", "verifier", "paused_at",
              "due_at", "internal_due_at", "ladder", "next_step_at")  # fmt: skip
VERIFIED = ("state", "verified_at", "verified_by", "discharged_at", "discharged_by", "settled_by",
            "reopened_tx")  # fmt: skip


@dataclass(frozen=True)
class Done:
    """Somebody carried an obligation out."""

    obligation_id: int
    by: User | None
    at: datetime
    evidence: Sequence[Proof] = field(default=())


@dataclass(frozen=True)
class Said:
    """What the customer or somebody independent said of it."""

    obligation_id: int
    by: User
    at: datetime
    how: Verifier
    satisfied: bool = True
    note: str = ""


Deed = TypeVar("Deed", Done, Said)
Meant = tuple[Obligation, Deed]


def discharge_each(deeds: Sequence[Done], *, now: datetime) -> BulkResult:
    """Discharge each on its own; what `actions.discharge` would refuse is named, the rest done."""
    with transaction.atomic():
        meant, result = _sorted_out(
            deeds,
            lambda _rows: (
                lambda row, deed: check_discharge(row, deed.by, deed.at, now, deed.evidence)
            ),
        )
        facts = _tell("obligation.discharged", meant, _discharging, now)
        ids = {row.customer_id for row, _ in meant if row.customer_id is not None}
        known = holders(on=timezone.localdate(now), customer_ids=ids)
        for (row, _deed), fact in zip(meant, facts, strict=True):
            APPLY[fact.kind](fact, row)
        Evidence.objects.bulk_create(
            [
                each
                for (row, deed), fact in zip(meant, facts, strict=True)
                for each in evidence_of(fact, row, deed.evidence)
            ]
        )
        choose([row for row, _deed in meant], known)
        _keep(meant, facts, DISCHARGED, lambda _deed: "")
        return result


def verify_each(words: Sequence[Said], *, now: datetime) -> BulkResult:
    """Record each word on its own; what `actions.verify` would refuse is named, the rest done."""
    with transaction.atomic():
        meant, result = _sorted_out(words, _independent)
        facts = _tell("obligation.verified", meant, _verifying, now)
        for (row, _), fact in zip(meant, facts, strict=True):
            APPLY[fact.kind](fact, row)
        _keep(meant, facts, VERIFIED, lambda each: each.note.strip())
        fold([], [row for row, word in meant if not word.satisfied], [], now)
        return result


def _discharging(row: Obligation, deed: Done) -> Mapping[str, Any]:
    late = row.due_at is not None and deed.at > row.due_at
    kinds = list(dict.fromkeys(proof.kind for proof in deed.evidence))
    return {"late": late, "act": str(uuid.uuid4()), "proof": kinds}


def _verifying(_row: Obligation, word: Said) -> Mapping[str, Any]:
    return {"satisfied": word.satisfied, "how": word.how.value} | (
        {} if word.satisfied else {"reason": "NOT_DONE"}
    )


def _independent(rows: Collection[Obligation]) -> Callable[[Obligation, Said], None]:
    """The check of words on these rows: who had a hand in them is asked once for all."""
    hands = involved(rows)
    return lambda row, each: check_verification(
        row, each.by, each.how, satisfied=each.satisfied, note=each.note, hands_in=hands
    )


def _sorted_out(
    deeds: Sequence[Deed],
    check_of: Callable[[Collection[Obligation]], Callable[[Obligation, Deed], None]],
) -> tuple[list[tuple[Obligation, Deed]], BulkResult]:
    """Lock the rows and part what may be done from what is refused; a row is done once."""
    found = Obligation.objects.filter(pk__in={deed.obligation_id for deed in deeds})
    rows = {row.pk: row for row in found.locked("discharged_by")}
    result, meant, check = BulkResult(), [], check_of(rows.values())
    for deed in deeds:
        pk = deed.obligation_id
        if pk in result.refused or pk in result.done:
            continue
        try:
            if pk not in rows:
                raise NoSuchThing
            check(rows[pk], deed)
        except Refusal as refusal:
            result.refused[pk] = str(refusal)
        else:
            meant.append((rows[pk], deed))
            result.done.append(pk)
    return meant, result


def _tell(
    kind: str,
    meant: Sequence[tuple[Obligation, Deed]],
    more: Callable[[Obligation, Deed], Mapping[str, Any]],
    now: datetime,
) -> list[Fact]:
    """One fact a deed, told by whoever did it; in the order of `meant`."""
    found: dict[int, Fact] = {}
    by_person: dict[int | None, list[tuple[Obligation, Deed]]] = defaultdict(list)
    for row, deed in meant:
        doer: User | None = deed.by
        by_person[doer.pk if doer is not None else None].append((row, deed))
    for pairs in by_person.values():
        tellings = [
            Telling(
                kind, deed.at, subjects_of(row),
                {"obligation": str(row.uid), "rule": row.rule, "clause": row.clause, **more(row, deed)},
            )
            for row, deed in pairs
        ]  # fmt: skip
        made = tell_all(tellings, now=now, by=pairs[0][1].by)
        found |= {row.pk: fact for (row, _), fact in zip(pairs, made, strict=True)}
    return [found[row.pk] for row, _ in meant]


def _keep(
    meant: Sequence[tuple[Obligation, Deed]],
    facts: Iterable[Fact],
    fields: Sequence[str],
    note: Callable[[Deed], str],
) -> None:
    Act.objects.bulk_create(
        [
            Act(
                obligation=row,
                fact=fact,
                verb=verb_of(fact),
                at=fact.at,
                by=fact.by,
                note=note(deed),
            )
            for (row, deed), fact in zip(meant, facts, strict=True)
        ]
    )
    bulk.write([row for row, _ in meant], fields)
