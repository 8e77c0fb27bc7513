"""Problems and promises: found, handled, told, confirmed by the customer; made and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from bihuan.apps.callbacks import words
from bihuan.apps.callbacks.enums import Disposition, Grade, ProblemState, PromiseState
from bihuan.apps.callbacks.models import Callback, Problem, ProblemStep, Promise, Visit
from bihuan.apps.callbacks.refusals import (
    CustomerWordMissing,
    DispositionMissing,
    NotByHandler,
    PromiseIncomplete,
    ProofOfPromiseMissing,
    WordsMissing,
    WrongStep,
)  # fmt: skip
from bihuan.apps.callbacks.search import put_problem
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import LIVE, State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.base.access.models import User
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.facts.actions import tell


@dataclass(frozen=True)
class Found:
    """A problem as it is named in a talk; `disposition` says what becomes of it."""

    text: str
    disposition: str
    grade: str = Grade.GENERAL
    technical: bool = False
    owner: User | None = None


@dataclass(frozen=True)
class Promised:
    """A promise as it is made in a talk."""

    text: str
    owner: User | None
    due_on: date | None


def found_problem(
    *, problem: Found, customer: Customer, by: User | None, at: datetime, now: datetime,
    source: str = "OTHER", contact: Contact | None = None, callback: Callback | None = None,
    visit: Visit | None = None,
) -> Problem:  # fmt: skip
    """Register a problem: a row with its own loop and a fact that the desk hears.

    Raises WordsMissing, DispositionMissing.
    """
    if not problem.text.strip():
        raise WordsMissing
    if problem.disposition not in set(Disposition):
        raise DispositionMissing
    with transaction.atomic():
        row = Problem.objects.create(
            customer=customer, contact=contact, callback=callback, visit=visit,
            text=problem.text.strip(), grade=Grade(problem.grade), technical=problem.technical,
            disposition=problem.disposition, state=ProblemState.OPEN, found_at=at, found_by=by,
            owner=problem.owner or customer.account_manager,
        )  # fmt: skip
        ProblemStep.objects.create(problem=row, to=ProblemState.OPEN, text=row.text, at=at, by=by)
        tell(
            "problem.found", at=at, now=now, by=by, subjects={"customer": customer.pk},
            data={
                "problem": row.number, "grade": str(row.grade), "source": source,
                "technical": row.technical,
            },
        )  # fmt: skip
        put_problem(row)
        return row


def handle(
    *, problem: Problem, text: str, by: User, now: datetime, file_id: int | None = None
) -> Problem:
    """Say what was done about it. Raises WordsMissing, WrongStep."""
    if not text.strip():
        raise WordsMissing
    with transaction.atomic():
        _move(problem, ProblemState.OPEN, ProblemState.HANDLED, handled_at=now, handled_by=by)
        _step(problem, ProblemState.HANDLED, text, by, now, file_id=file_id)
        _discharge(
            problem, "problem.handle", by, now, Proof("record", text=text.strip(), file_id=file_id)
        )
        _tell(problem, "problem.handled", by, now)
        return problem


def feed_back(*, problem: Problem, text: str, channel: str, by: User, now: datetime) -> Problem:
    """Note that the customer was told solution and effect. Raises WordsMissing, WrongStep."""
    if not text.strip():
        raise WordsMissing
    with transaction.atomic():
        _move(problem, ProblemState.HANDLED, ProblemState.FED_BACK, fed_back_at=now)
        _step(problem, ProblemState.FED_BACK, text, by, now, channel=channel)
        kind = "call_log" if channel in ("PHONE", "VIDEO", "ONSITE") else "message_receipt"
        _discharge(problem, "problem.feedback", by, now, Proof(kind, text=text.strip()))
        _tell(problem, "problem.fed_back", by, now)
        return problem


def confirm(*, problem: Problem, words_of_customer: str, by: User, now: datetime) -> Problem:
    """Close it by the customer's yes, recorded by somebody who did not deal with it.

    Raises CustomerWordMissing, NotByHandler, WrongStep.
    """
    text = words_of_customer.strip()
    if not text:
        raise CustomerWordMissing
    _not_by_handler(problem, by)
    with transaction.atomic():
        _move(
            problem, ProblemState.FED_BACK, ProblemState.CONFIRMED, confirmed_at=now, confirmed_by=by,
            asked_in_vain_at=None,
        )  # fmt: skip
        _step(problem, ProblemState.CONFIRMED, text, by, now)
        _discharge(problem, "problem.confirm", by, now, Proof("customer_reply", text=text))
        for row in _duties(problem, "problem.handle", (State.DISCHARGED,)):
            if row.verified_by_rule == Verifier.CUSTOMER:
                obligations.verify(
                    obligation_id=row.pk,
                    by=by,
                    now=now,
                    how=Verifier.CUSTOMER,
                    satisfied=True,
                    note=text,
                )
        _tell(problem, "problem.confirmed", by, now)
        return problem


def reopen(*, problem: Problem, words_of_customer: str, by: User, now: datetime) -> Problem:
    """The customer says no: it is open again, and so are the duties, on their old clocks.

    Raises CustomerWordMissing, NotByHandler, WrongStep.
    """
    text = words_of_customer.strip()
    if not text:
        raise CustomerWordMissing
    _not_by_handler(problem, by)
    with transaction.atomic():
        if problem.state not in (ProblemState.HANDLED, ProblemState.FED_BACK):
            raise WrongStep(state=words.title(words.PROBLEM_STATE, problem.state))
        _move(
            problem, problem.state, ProblemState.OPEN, handled_at=None, handled_by=None, fed_back_at=None,
            reopened=F("reopened") + 1,
        )  # fmt: skip
        _step(problem, "REOPENED", text, by, now)
        for kind in ("problem.handle", "problem.feedback"):
            for row in _duties(problem, kind, (State.DISCHARGED,)):
                obligations.take_back(obligation_id=row.pk, by=by, now=now, reason=text)
        return problem


def asked_in_vain(*, problem: Problem, text: str, by: User, now: datetime) -> Problem:
    """Nobody could be reached for the yes: counted apart, never as confirmed. Raises WrongStep."""
    with transaction.atomic():
        _move(problem, ProblemState.FED_BACK, ProblemState.FED_BACK, asked_in_vain_at=now)
        _step(problem, "TIMEOUT", text or problem.number, by, now)
        return problem


def _not_by_handler(problem: Problem, by: User) -> None:
    """Whoever handled it in any round may not record the customer's answer."""
    doers = problem.steps.filter(to=ProblemState.HANDLED).select_related("by")
    doer = next((step.by for step in doers if step.by_id == by.pk), None)
    if doer is not None:
        raise NotByHandler(who=doer.name)


def _move(problem: Problem, before: str, after: str, **changes: object) -> None:
    """One conditional UPDATE; a second person finds the state changed."""
    moved = Problem.objects.filter(pk=problem.pk, state=before).update(state=after, **changes)
    if not moved:
        problem.refresh_from_db()
        raise WrongStep(state=words.title(words.PROBLEM_STATE, problem.state))
    problem.refresh_from_db()
    put_problem(problem)


def _step(
    problem: Problem, to: str, text: str, by: User, now: datetime, *, channel: str = "",
    file_id: int | None = None,
) -> None:  # fmt: skip
    ProblemStep.objects.create(
        problem=problem, to=to, text=text.strip(), channel=channel, file_id=file_id, at=now, by=by
    )


def _duties(problem: Problem, kind: str, states: Sequence[str]) -> list[Obligation]:
    rows = Obligation.objects.filter(
        customer_id=problem.customer_id, kind=kind, match__problem=problem.number, state__in=states
    )
    return list(rows)


def _discharge(problem: Problem, kind: str, by: User, now: datetime, proof: Proof) -> None:
    rows = _duties(problem, kind, LIVE)
    if rows:
        obligations.discharge(
            obligation_ids=[row.pk for row in rows], by=by, now=now, at=now, evidence=[proof]
        )


def _tell(problem: Problem, kind: str, by: User, now: datetime) -> None:
    tell(
        kind, at=now, now=now, by=by, subjects={"customer": problem.customer_id},
        data={"problem": problem.number},
    )  # fmt: skip


def made_promise(
    *, promise: Promised, customer: Customer, by: User | None, at: datetime, now: datetime,
    callback: Callback | None = None, visit: Visit | None = None,
) -> Promise:  # fmt: skip
    """Write down what was promised, by whom and until when; the fact makes it a duty.

    Raises WordsMissing, PromiseIncomplete.
    """
    if not promise.text.strip():
        raise WordsMissing
    today = timezone.localtime(at).date()
    if promise.owner is None or promise.due_on is None or promise.due_on < today:
        raise PromiseIncomplete
    with transaction.atomic():
        row = Promise.objects.create(
            customer=customer, callback=callback, visit=visit, text=promise.text.strip(),
            owner=promise.owner, due_on=promise.due_on, state=PromiseState.OPEN, made_at=at, made_by=by,
        )  # fmt: skip
        tell(
            "promise.made", at=at, now=now, by=by, subjects={"customer": customer.pk},
            data={
                "promise": row.number, "owner": str(row.owner_id), "due_on": row.due_on.isoformat(),
            },
        )  # fmt: skip
        return row


def keep(
    *, promise: Promise, proof: str, by: User, now: datetime, file_id: int | None = None
) -> Promise:
    """A promise was kept; with proof. Raises ProofOfPromiseMissing, ChangedMeanwhile."""
    if not proof.strip() and file_id is None:
        raise ProofOfPromiseMissing
    with transaction.atomic():
        kept = Promise.objects.filter(pk=promise.pk, state=PromiseState.OPEN).update(
            state=PromiseState.KEPT, kept_at=now, kept_by=by, proof=proof.strip(), file_id=file_id
        )
        if not kept:
            raise ChangedMeanwhile
        promise.refresh_from_db()
        rows = Obligation.objects.filter(
            customer_id=promise.customer_id, kind="promise.keep", match__promise=promise.number,
            state__in=LIVE,
        )  # fmt: skip
        if ids := list(rows.values_list("pk", flat=True)):
            proofs = [Proof("record", text=proof.strip() or promise.number, file_id=file_id)]
            obligations.discharge(obligation_ids=ids, by=by, now=now, at=now, evidence=proofs)
        tell(
            "promise.kept", at=now, now=now, by=by, subjects={"customer": promise.customer_id},
            data={"promise": promise.number},
        )  # fmt: skip
        return promise


def transfer(
    *, keys: Sequence[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give a leaver's open problems and promises to an heir (manifest `transfer`)."""
    problems = [int(key[1:]) for key in keys if key.startswith("P")]
    promises = [int(key[1:]) for key in keys if key.startswith("V")]
    with transaction.atomic():
        moved = Problem.objects.filter(
            ~Q(state=ProblemState.CONFIRMED), pk__in=problems, owner_id=from_id
        ).update(owner_id=to_id)
        moved += Promise.objects.filter(
            pk__in=promises, owner_id=from_id, state=PromiseState.OPEN
        ).update(owner_id=to_id)
    return moved
