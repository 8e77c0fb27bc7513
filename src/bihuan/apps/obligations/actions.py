"""What people do to obligations: each deed is one fact per obligation, applied at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from bihuan.apps.obligations import guards
from bihuan.apps.obligations.acts import Proof, apply
from bihuan.apps.obligations.enums import (
    LIVE,
    PauseReason,
    State,
    Verifier,
    VoidReason,
    WaiveReason,
)
from bihuan.apps.obligations.models import Obligation, Pause, Waiver
from bihuan.apps.obligations.refusals import (
    AlreadyPaused,
    BeforeItBegan,
    InTheFuture,
    NoAuthority,
    NoLimit,
    NoSuchReason,
    NothingToVerify,
    NotIndependent,
    NotOpen,
    NotPaused,
    PauseNeedsProof,
    ProofMissing,
    ReasonMissing,
    SamePerson,
    TooLateToWaive,
)  # fmt: skip
from bihuan.apps.obligations.rules import HANDED_OVER, may_verify, missing
from bihuan.apps.obligations.uncovering import uncover
from bihuan.apps.obligations.verifiers import choose, involved
from bihuan.apps.obligations.waiving import check_limits
from bihuan.apps.obligations.words import evidence_word, moment_word, role_word, state_word
from bihuan.apps.people.queries import holders
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.bulk import write as write_rows
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.facts.models import Fact
from bihuan.base.texts import listed
from bihuan.lib.workcal import due

__all__ = ["Proof", "assign", "bulk", "discharge", "pause", "resume", "verify", "void", "waive"]


@dataclass
class BulkResult:
    """What a deed on many did: the rows it reached, and why it did not reach the others."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)


def discharge(
    *, obligation_ids: Iterable[int], by: User | None, now: datetime, at: datetime,
    evidence: Sequence[Proof] = (),
) -> list[Obligation]:  # fmt: skip
    """One act discharges one or several obligations, all or none; late is kept as late.

    Raises NotOpen, ProofMissing, BeforeItBegan, InTheFuture, NotByStaff, NotByDoer.
    """
    act = str(uuid.uuid4())
    with transaction.atomic():
        rows = locked(obligation_ids)
        for row in rows:
            check_discharge(row, by, at, now, evidence)
        kinds = list(dict.fromkeys(proof.kind for proof in evidence))
        facts = tell_acts(
            "obligation.discharged", rows, at=at, now=now, by=by,
            more=lambda row: {
                "late": row.due_at is not None and at > row.due_at, "act": act, "proof": kinds,
            },
        )  # fmt: skip
        for row, fact in zip(rows, facts, strict=True):
            apply(fact, row, proofs=evidence)
        asking = [row for row in rows if row.verified_by_rule != Verifier.NONE]
        if asking:
            known = holders(
                on=timezone.localdate(now),
                customer_ids=[r.customer_id for r in asking if r.customer_id],
            )
            write_rows(choose(asking, known), ["verifier"])
        return rows


def check_discharge(
    row: Obligation, by: User | None, at: datetime, now: datetime, evidence: Sequence[Proof]
) -> None:
    """Whether this person may discharge this (locked) row with this evidence; raises as
    `discharge`.
    """
    if at > now:
        raise InTheFuture
    if row.state not in LIVE:
        raise NotOpen(state=state_word(row.state))
    began = min(row.anchor_at, row.cause_at)
    if at < began:
        raise BeforeItBegan(at=moment_word(at), start=moment_word(began))
    if lacking := missing(row.proof, [proof.kind for proof in evidence]):
        raise ProofMissing(missing=listed(evidence_word(kind) for kind in lacking))
    if by is not None:
        guards.check(row, by)


def verify(
    *, obligation_id: int, by: User | None, now: datetime, how: Verifier, satisfied: bool, note: str = ""
) -> Obligation:  # fmt: skip
    """The customer's word, or that of somebody independent; `satisfied=False` reopens it on the
    same clock. Nobody's hand (`by=None`) is the customer's own, without staff between.
    Raises NothingToVerify, NotIndependent, ReasonMissing.
    """
    with transaction.atomic():
        row = locked([obligation_id])[0]
        check_verification(row, by, how, satisfied=satisfied, note=note)
        more: dict[str, Any] = {"satisfied": satisfied, "how": how.value}
        if not satisfied:
            more["reason"] = "NOT_DONE"
        (fact,) = tell_acts(
            "obligation.verified", [row], at=now, now=now, by=by, more=lambda _: more
        )
        apply(fact, row, note=note.strip())
        if not satisfied:
            uncover([row], now)
        return row


def check_verification(
    row: Obligation, by: User | None, how: Verifier, *, satisfied: bool, note: str,
    hands_in: Mapping[int, Collection[int]] | None = None,
) -> None:  # fmt: skip
    """Whether this person may say so of this (locked) row; raises as `verify`. `hands_in` is what
    `involved` said of it before.
    """
    if not satisfied and not note.strip():
        raise ReasonMissing
    if row.state != State.DISCHARGED or row.verified_by_rule == Verifier.NONE:
        raise NothingToVerify
    if by is None:
        if how != Verifier.CUSTOMER:
            raise NotIndependent
        return
    doer = row.discharged_by
    hands = (hands_in if hands_in is not None else involved([row]))[row.pk]
    same_team = doer is not None and doer.team_id is not None and doer.team_id == by.team_id
    if not may_verify(
        rule=row.verified_by_rule, how=how, person=by.pk, hands=hands, same_team=same_team,
        needs=row.needs,
    ):  # fmt: skip
        raise NotIndependent


def take_back(
    *, obligation_id: int, by: User | None, now: datetime, reason: str, unheard: bool = False
) -> Obligation:
    """Open again what was discharged by mistake, on the same clock; the trace stays. `unheard`: also
    one that is open, for its end may be told and not heard yet, and is no end then.

    Raises ReasonMissing, NothingToVerify (it is not discharged, or was verified already).
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state != State.DISCHARGED and not (unheard and row.state == State.OPEN):
            raise NothingToVerify
        more = {"satisfied": False, "how": Verifier.INDEPENDENT.value, "reason": "TAKEN_BACK"}
        (fact,) = tell_acts(
            "obligation.verified", [row], at=now, now=now, by=by, more=lambda _: more
        )
        apply(fact, row, note=reason.strip())
        uncover([row], now)
        log("obligation.take_back", by=by, now=now, thing=row, after={"reason": reason.strip()})
        return row


def waive(
    *, obligation_id: int, by: User, now: datetime, reason: WaiveReason, note: str
) -> Obligation:
    """Let a promise go: with authority over the role that owes it, in time, and not more often
    in a year than the pack allows.

    Raises NotOpen, NoSuchReason, ReasonMissing, NoAuthority, TooLateToWaive, TooManyWaivers.
    """
    if reason not in set(WaiveReason):
        raise NoSuchReason
    if not note.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state not in LIVE:
            raise NotOpen(state=state_word(row.state))
        if not may(by, "obligations.waive", row) or by.pk == row.assignee_id:
            raise NoAuthority(
                role=role_word(holders(on=timezone.localdate(now)).above(row.role) or row.role)
            )
        _in_time_to_waive(row, now)
        check_limits(row, now)
        (fact,) = tell_acts(
            "obligation.waived", [row], at=now, now=now, by=by,
            more=lambda _: {"reason": reason.value},
        )  # fmt: skip
        apply(fact, row, note=note.strip())
        Waiver.objects.filter(obligation=row).update(note=note.strip())
        log("obligation.waive", by=by, now=now, thing=row, after={"reason": reason})
        return row


def _in_time_to_waive(row: Obligation, now: datetime) -> None:
    """A promise broken already is not waived away; the pack may give some grace."""
    limit, at = row.due_at, now
    stopped = row.pauses.filter(to_at=None).first() if row.paused_at is not None else None
    if stopped is not None:  # a clock that was stopped when it had run out
        limit, at = stopped.due_before, stopped.from_at
    if limit is None or at <= limit:
        return
    grace = row.pack.parameters.get("waive.grace")
    if grace is None or grace.value is None:
        raise TooLateToWaive(due=moment_word(limit))
    from bihuan.apps.obligations.timing import calendar_of

    last = due(calendar_of(row), limit, str(grace.value)).due
    if last is None or now > last:
        raise TooLateToWaive(due=moment_word(limit))


def void(
    *, obligation_id: int, by: User | None, now: datetime, reason: VoidReason, note: str,
    with_matter: bool = False,
) -> Obligation:  # fmt: skip
    """The subject is gone, or it should never have arisen: not counted, the trace stays. Nobody
    says so of what he owes himself (unless the matter ended by a deed of its own: `with_matter`),
    nor of a promise that was broken before.

    Raises NotOpen, ReasonMissing, NoAuthority, TooLateToWaive.
    """
    if not note.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state not in LIVE:
            raise NotOpen(state=state_word(row.state))
        if by is not None:
            if by.pk == row.assignee_id and not with_matter:
                raise NoAuthority(
                    role=role_word(holders(on=timezone.localdate(now)).above(row.role) or row.role)
                )
            _in_time_to_waive(row, now)
        (fact,) = tell_acts(
            "obligation.void", [row], at=now, now=now, by=by,
            more=lambda _: {"reason": reason.value},
        )  # fmt: skip
        apply(fact, row, note=note.strip())
        log("obligation.void", by=by, now=now, thing=row, after={"reason": reason})
        return row


def pause(
    *, obligation_id: int, by: User, now: datetime, reason: PauseReason, evidence: str,
    told_customer: bool,
) -> Obligation:  # fmt: skip
    """Stop the clock for a reason of the closed list, with evidence, the customer told before.

    Raises NotOpen, AlreadyPaused, NoLimit, NoSuchReason, PauseNeedsProof.
    """
    if reason not in set(PauseReason):
        raise NoSuchReason
    if not evidence.strip() or not told_customer:
        raise PauseNeedsProof
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state not in LIVE:
            raise NotOpen(state=state_word(row.state))
        if row.paused_at is not None:
            raise AlreadyPaused
        if row.due_at is None or not row.within:
            raise NoLimit
        fact = tell_acts(
            "obligation.paused",
            [row],
            at=now,
            now=now,
            by=by,
            more=lambda _: {"reason": reason.value},
        )[0]
        apply(fact, row, note=evidence.strip())
        Pause.objects.filter(obligation=row, to_at=None).update(evidence=evidence.strip())
        return row


def resume(
    *, obligation_id: int, by: User | None, now: datetime, at: datetime | None = None
) -> Obligation:
    """Start the clock again, as of `at` where that was agreed; the due time moves by the paused
    time. Raises NotPaused.
    """
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state not in LIVE or row.paused_at is None:
            raise NotPaused
        fact = tell_acts("obligation.resumed", [row], at=at or now, now=now, by=by)[0]
        apply(fact, row)
        return row


def assign(
    *, obligation_id: int, to: User, by: User | None, now: datetime, reason: str
) -> Obligation:
    """Give an obligation to somebody else. Raises NotOpen, SamePerson, ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        row = locked([obligation_id])[0]
        if row.state not in LIVE:
            raise NotOpen(state=state_word(row.state))
        if row.assignee_id == to.pk:
            raise SamePerson
        fact = tell_acts(
            "obligation.assigned", [row], at=now, now=now, by=by, more=lambda _: {"to": str(to.pk)}
        )[0]
        apply(fact, row, note=reason.strip())
        return row


def bulk(ids: Iterable[int], deed: Callable[[int], Any]) -> BulkResult:
    """Do the same deed on each; what is refused is named, the rest is done."""
    result = BulkResult()
    for pk in dict.fromkeys(ids):
        try:
            deed(pk)
        except Refusal as refusal:
            result.refused[pk] = str(refusal)
        else:
            result.done.append(pk)
    return result


def transfer(
    *, keys: Sequence[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give a leaver's obligations to an heir (manifest `transfer`)."""
    heir = User.objects.get(pk=to_id)
    mine = Obligation.objects.live().filter(pk__in=[int(key) for key in keys], assignee_id=from_id)
    result = bulk(
        list(mine.values_list("pk", flat=True)),
        lambda pk: assign(obligation_id=pk, to=heir, by=by, now=now, reason=HANDED_OVER),
    )
    return len(result.done)


def locked(ids: Iterable[int]) -> list[Obligation]:
    wanted = list(dict.fromkeys(ids))
    rows = list(Obligation.objects.filter(pk__in=wanted).locked("discharged_by"))
    if not rows or len(rows) != len(wanted):
        raise NoSuchThing
    return rows


def tell_acts(
    kind: str, rows: Sequence[Obligation], *, at: datetime, now: datetime, by: User | None,
    more: Callable[[Obligation], Mapping[str, Any]] = lambda _: {},
) -> list[Fact]:  # fmt: skip
    return tell_all(
        [
            Telling(
                kind=kind, at=at, subjects=subjects_of(row),
                data={
                    "obligation": str(row.uid), "rule": row.rule, "clause": row.clause, **more(row),
                },
            )
            for row in rows
        ],
        now=now, by=by,
    )  # fmt: skip


def subjects_of(row: Obligation) -> dict[str, int]:
    """The subjects a fact about this obligation names."""
    found = {row.subject_type: row.subject_id}
    for name in ("customer", "asset", "contract"):
        if (pk := getattr(row, f"{name}_id")) is not None:
            found[name] = pk
    return found
