"""Writes of problem records."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.urls import reverse

from bihuan.apps.assets.models import Model
from bihuan.apps.tickets.actions.common import change, event, tell_watchers, write
from bihuan.apps.tickets.doors.mail_out import way_to
from bihuan.apps.tickets.enums import OPEN, Channel, EntryKind, Note, ProblemState
from bihuan.apps.tickets.models import Problem, ProblemTicket, Ticket
from bihuan.apps.tickets.refusals import (
    AlreadyLinked,
    KnownIncomplete,
    ProblemEnded,
    ReasonMissing,
    TextMissing,
)  # fmt: skip
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.notify.actions import tell as notify


@dataclass(frozen=True)
class ProblemAs:
    """A problem as somebody describes it."""

    title: str
    text: str = ""
    model: Model | None = None
    owner: User | None = None


def open_problem(
    *, problem: ProblemAs, tickets: Sequence[Ticket] = (), by: User, now: datetime
) -> Problem:
    """Open a record, mostly from the tickets that made somebody think of it. Raises TextMissing."""
    if not problem.title.strip():
        raise TextMissing
    with transaction.atomic():
        row = Problem.objects.create(
            number=secrets.token_hex(8), title=problem.title.strip()[:120], text=problem.text.strip(),
            model=problem.model, owner=problem.owner or by, opened_at=now, opened_by=by,
        )  # fmt: skip
        Problem.objects.filter(pk=row.pk).update(number=f"WT-{row.pk:05d}")
        row.refresh_from_db()
        for ticket in tickets:
            attach(problem=row, ticket=ticket, by=by, now=now)
        _tell_owner(row, by, now)
        log("tickets.problem", by=by, now=now, thing=row, after={"title": row.title})
        return row


def describe(*, problem: Problem, to: ProblemAs, by: User, now: datetime) -> Problem:
    """Say better what it is, or give it to somebody else. Raises TextMissing, ProblemEnded."""
    if not to.title.strip():
        raise TextMissing
    with transaction.atomic():
        _change(
            problem, title=to.title.strip()[:120], text=to.text.strip(), model=to.model,
            owner=to.owner or problem.owner,
        )  # fmt: skip
        _tell_owner(problem, by, now)
        log("tickets.problem", by=by, now=now, thing=problem, after={"title": problem.title})
        return problem


def attach(*, problem: Problem, ticket: Ticket, by: User, now: datetime) -> ProblemTicket:
    """The ticket has this cause; where a workaround is known it hears it at once.

    Raises AlreadyLinked, ProblemEnded.
    """
    if problem.state == ProblemState.ENDED:
        raise ProblemEnded
    with transaction.atomic():
        row, made = ProblemTicket.objects.get_or_create(
            problem=problem, ticket=ticket, defaults={"at": now, "by": by}
        )
        if not made:
            raise AlreadyLinked
        change(ticket)
        event(
            ticket,
            Note.PROBLEM,
            at=now,
            by=by,
            text=problem.title,
            number=problem.number,
            problem=problem.pk,
        )
        if problem.state == ProblemState.KNOWN:
            _hear(problem, row, by, now)
        return row


def detach(*, problem: Problem, ticket: Ticket, why: str, by: User, now: datetime) -> None:
    """It was something else. Raises ReasonMissing, ChangedMeanwhile."""
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        gone, _rows = ProblemTicket.objects.filter(problem=problem, ticket=ticket).delete()
        if not gone:
            raise ChangedMeanwhile
        change(ticket)
        event(
            ticket,
            Note.PROBLEM,
            at=now,
            by=by,
            text=why.strip(),
            number=problem.number,
            what="out",
            problem=problem.pk,
        )


@dataclass(frozen=True)
class Sent:
    """How many tickets heard the workaround; how many of their customers got it by mail, and how
    many have to be rung: for them it only stands on their pages.
    """

    tickets: int
    mailed: int
    to_ring: int


def make_known(
    *, problem: Problem, cause: str, workaround: str, public: bool, by: User, now: datetime
) -> Sent:
    """Cause and workaround are known: every open ticket of it gets the workaround into its history,
    its owner a notice; with `public` it is written to the customer, too. A changed wording is sent
    again. Raises KnownIncomplete, ProblemEnded.
    """
    if not cause.strip() or not workaround.strip():
        raise KnownIncomplete
    with transaction.atomic():
        Problem.objects.select_for_update().get(pk=problem.pk)
        problem.refresh_from_db()
        same = (problem.workaround, problem.public) == (workaround.strip(), public)
        again = problem.state == ProblemState.KNOWN and same
        _change(
            problem, state=ProblemState.KNOWN, cause=cause.strip(), workaround=workaround.strip(),
            public=public, sent=problem.sent if again else F("sent") + 1, known_at=problem.known_at or now,
        )  # fmt: skip
        log(
            "tickets.problem_known",
            by=by,
            now=now,
            thing=problem,
            after={"public": public, "sent": problem.sent},
        )
        rows = problem.links.filter(heard__lt=problem.sent, ticket__status__in=OPEN)
        heard = [
            _hear(problem, row, by, now)
            for row in rows.select_related("ticket__owner", "ticket__contact").order_by("pk")
        ]
        return Sent(len(heard), heard.count(Channel.EMAIL), heard.count(Channel.WEB))


def _hear(problem: Problem, row: ProblemTicket, by: User, now: datetime) -> Channel | None:
    """One ticket hears the workaround, once for each wording; by which way its customer does."""
    if not ProblemTicket.objects.filter(pk=row.pk, heard__lt=problem.sent).update(
        heard=problem.sent
    ):
        return None
    ticket = row.ticket
    if ticket.status not in OPEN:
        return None
    change(ticket)
    entry = event(
        ticket, Note.WORKAROUND, at=now, by=by, text=problem.workaround, problem=problem.pk,
        number=problem.number,
    )  # fmt: skip
    tell_watchers(ticket, by=by, now=now, key=f"workaround:{entry.pk}")
    if not problem.public or ticket.customer_id is None:
        return None
    return _write(problem, ticket, by, now)


def _write(problem: Problem, ticket: Ticket, by: User, now: datetime) -> Channel:
    """To the customer: by mail where he has an address and we a mailbox, else on his page. It
    answers nobody's call, so it stops no clock and counts as no contact.
    """
    channel = way_to(ticket)
    write(
        ticket, EntryKind.PUBLIC_REPLY, at=now, by=by, text=problem.workaround, channel=channel,
        data={"problem": problem.pk},
    )  # fmt: skip
    return channel


def end(*, problem: Problem, fix: str, by: User, now: datetime) -> Problem:
    """The cause is gone: what was done about it. Raises ReasonMissing, ProblemEnded."""
    if not fix.strip():
        raise ReasonMissing
    with transaction.atomic():
        _change(problem, state=ProblemState.ENDED, fix=fix.strip(), ended_at=now, ended_by=by)
        for row in problem.links.filter(ticket__status__in=OPEN).select_related("ticket"):
            change(row.ticket)
            event(
                row.ticket, Note.PROBLEM, at=now, by=by, text=problem.fix, problem=problem.pk,
                number=problem.number, what="ended",
            )  # fmt: skip
        log("tickets.problem_ended", by=by, now=now, thing=problem)
        return problem


def reopen(*, problem: Problem, why: str, by: User, now: datetime) -> Problem:
    """It came again. Raises ReasonMissing, ChangedMeanwhile."""
    if not why.strip():
        raise ReasonMissing
    with transaction.atomic():
        rows = Problem.objects.filter(pk=problem.pk, state=ProblemState.ENDED)
        if not rows.update(state=ProblemState.OPEN, ended_at=None, ended_by=None):
            raise ChangedMeanwhile
        problem.refresh_from_db()
        log("tickets.problem_reopened", by=by, now=now, thing=problem, after={"why": why.strip()})
        _tell_owner(problem, by, now)
        return problem


def _change(problem: Problem, **changes: object) -> None:
    """Fields of a record that has not ended."""
    if (
        not Problem.objects.filter(pk=problem.pk)
        .exclude(state=ProblemState.ENDED)
        .update(**changes)
    ):
        raise ProblemEnded
    problem.refresh_from_db()


def _tell_owner(problem: Problem, by: User, now: datetime) -> None:
    if problem.owner is not None and problem.owner.pk != by.pk:
        notify(
            to=problem.owner, kind="problem.owner", now=now, key=f"problem:{problem.pk}:{problem.owner.pk}",
            title={"zh": f"问题 {problem.number} 由您负责", "en": f"You own problem {problem.number}"},
            url=reverse("tickets:problem", args=[problem.pk]),
        )  # fmt: skip
