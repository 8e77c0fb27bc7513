"""The deeds of people on obligations, applied from the facts that tell them.

A deed is first a fact and then its effect, so that a replay of the log does what happened. Each
fact is applied once to its obligation (`Act`), live by the action itself, in a replay by the
listener.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from bihuan.apps.obligations.enums import LIVE, Change, State, Verb, VoidReason
from bihuan.apps.obligations.models import Act, DueChange, Evidence, Obligation, Pause, Waiver
from bihuan.apps.obligations.timing import calendar_of, ladder_at, next_step, spans
from bihuan.apps.people.calendars import History
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.workcal import Calendar, due

PREFIX = "obligation."


@dataclass(frozen=True)
class Proof:
    """One piece of evidence as given to an act; `file_id` names a stored file."""

    kind: str
    text: str = ""
    file_id: int | None = None
    link: str = ""


def is_act(fact: Fact) -> bool:
    """Whether a fact is a deed on an obligation; what the engine told is not asked about."""
    return fact.kind in APPLY


def apply(
    fact: Fact, row: Obligation, *, proofs: Sequence[Proof] | None = None, note: str = ""
) -> None:
    """Let one deed take effect on its obligation (locked by the caller), once."""
    verb = verb_of(fact)
    if Act.objects.filter(obligation=row, fact=fact).exists():
        return
    Act.objects.create(obligation=row, fact=fact, verb=verb, at=fact.at, by=fact.by, note=note)
    APPLY[fact.kind](fact, row)
    if verb == Verb.DISCHARGED:
        Evidence.objects.bulk_create(evidence_of(fact, row, proofs))
    row.save()


def verb_of(fact: Fact) -> str:
    """What was done, as an act keeps it."""
    verb = fact.kind.removeprefix(PREFIX)
    if verb == Verb.VERIFIED and not fact.own()["satisfied"]:
        return Verb.REJECTED
    return verb


def evidence_of(fact: Fact, row: Obligation, proofs: Sequence[Proof] | None) -> list[Evidence]:
    """The evidence of a discharge, not saved; without proofs of its own what the fact names."""
    known = vocabulary().evidence
    given = proofs if proofs is not None else [Proof(kind) for kind in fact.own().get("proof", ())]
    act = UUID(fact.own()["act"]) if fact.own().get("act") else fact.uid
    return [
        Evidence(
            obligation=row, kind=proof.kind, text=proof.text, file_id=proof.file_id,
            link=proof.link, at=fact.at, by=fact.by, fact=fact, act=act,
            strength=known[proof.kind].strength if proof.kind in known else 1,
        )
        for proof in given
    ]  # fmt: skip


def _discharged(fact: Fact, row: Obligation) -> None:
    # somebody's own account of the deed goes before what the system had concluded by itself
    superseded = row.state == State.VOID and row.closed_reason == VoidReason.SUPERSEDED
    by_system = row.state == State.DISCHARGED and row.settled_by_id
    if row.state not in LIVE and not by_system and not superseded:
        return
    if superseded:  # done before it was heard that another took its place: it is done
        row.superseded_by, row.closed_reason = None, ""
    end_pause(row, fact)
    row.state = State.DISCHARGED
    row.discharged_at, row.discharged_by, row.settled_by = fact.at, fact.by, None


def _verified(fact: Fact, row: Obligation) -> None:
    satisfied = fact.own()["satisfied"]
    if row.state == State.OPEN and not satisfied:  # what ended it was not heard yet, and is no end
        row.reopened_tx = fact.tx
    if row.state != State.DISCHARGED:
        return
    if satisfied:
        row.state = State.VERIFIED
        row.verified_at, row.verified_by = fact.at, fact.by
        return
    row.state = State.OPEN  # the same clock goes on: the due time is what it was
    row.discharged_at = row.discharged_by = row.settled_by = None
    row.reopened_tx = fact.tx


def _waived(fact: Fact, row: Obligation) -> None:
    if row.state not in LIVE:
        return
    end_pause(row, fact)
    row.state, row.closed_reason = State.WAIVED, fact.own()["reason"]
    Waiver.objects.get_or_create(
        obligation=row, defaults={"reason": row.closed_reason, "by": fact.by, "at": fact.at}
    )


def _void(fact: Fact, row: Obligation) -> None:
    if row.state in LIVE:
        end_pause(row, fact)
        row.state, row.closed_reason = State.VOID, fact.own().get("reason") or VoidReason.MISTAKE


def _paused(fact: Fact, row: Obligation) -> None:
    # one that stands still already has no due time; a date that was agreed cannot be counted on
    if row.state in LIVE and row.within and row.due_at is not None:
        Pause.objects.create(
            obligation=row, reason=fact.own()["reason"], from_at=fact.at, told_customer_at=fact.at,
            due_before=row.due_at, by=fact.by,
        )  # fmt: skip
        row.paused_at = fact.at
        # the end of a period does not wait, nor does a limit that is over already
        calendar = calendar_of(row, History().at(fact.told_at))
        if due(calendar, row.anchor_at, row.within, spans(row.pauses.all())).due is None:
            row.due_at = row.next_step_at = None


def _resumed(fact: Fact, row: Obligation) -> None:
    end_pause(row, fact)


def end_pause(row: Obligation, fact: Fact) -> None:
    """Let a paused clock run again as of a fact; not saved."""
    pause = row.pauses.filter(to_at=None).first() if row.paused_at is not None else None
    if pause is None:
        return
    pause.to_at = max(fact.at, pause.from_at)
    pause.save(update_fields=["to_at"])
    row.paused_at = None
    retime(row, calendar_of(row, History().at(fact.told_at)))
    DueChange.objects.get_or_create(
        obligation=row, fact=fact, why=Change.RESUMED,
        defaults={"old": pause.due_before, "new": row.due_at, "at": fact.at},
    )  # fmt: skip


def retime(row: Obligation, calendar: Calendar) -> None:
    """Compute due time and ladder again from anchor, calendar and pauses."""
    if not row.within:
        return
    pauses = spans(row.pauses.all())
    found = due(calendar, row.anchor_at, row.within, pauses)
    row.due_at = found.due
    row.internal_due_at = due(calendar, row.anchor_at, row.within).due if pauses else found.due
    row.provisional = found.provisional
    row.calendar_version = found.version
    row.ladder = ladder_at(found, row.ladder, row.opens_at, row.due_at)
    row.next_step_at = next_step(row.ladder, row.steps_done)


def _assigned(fact: Fact, row: Obligation) -> None:
    row.assignee_id, row.stands_in_for_id = int(fact.own()["to"]), None


def _noted(_fact: Fact, _row: Obligation) -> None:
    """A note changes nothing but the history."""


APPLY: dict[str, Callable[[Fact, Obligation], None]] = {
    "obligation.discharged": _discharged,
    "obligation.verified": _verified,
    "obligation.waived": _waived,
    "obligation.void": _void,
    "obligation.paused": _paused,
    "obligation.resumed": _resumed,
    "obligation.assigned": _assigned,
    "obligation.noted": _noted,
}

__all__ = ["APPLY", "Proof", "apply", "end_pause", "evidence_of", "is_act", "retime", "verb_of"]
