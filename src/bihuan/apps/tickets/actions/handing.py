"""From line to line: handed over, taken over, answered, handed back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.enums import LIVE, VoidReason
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets import words
from bihuan.apps.tickets.actions.common import change, event, say
from bihuan.apps.tickets.enums import UNSOLVED, Note
from bihuan.apps.tickets.lines import routing
from bihuan.apps.tickets.lines.naming import names_of
from bihuan.apps.tickets.lines.rules import without_names
from bihuan.apps.tickets.models import Handover, Queue, Ticket
from bihuan.apps.tickets.refusals import (
    FileNamesCustomer,
    HandOverEmpty,
    NothingToWithdraw,
    NotOfThisQueue,
    NotThisTicketsFile,
    NotYourHandOver,
    OwnHandOver,
    ReasonMissing,
    TextMissing,
    WrongLine,
    WrongStep,
)  # fmt: skip
from bihuan.apps.tickets.search import put_ticket
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.errors import ChangedMeanwhile
from bihuan.base.evidence.models import File
from bihuan.base.notify.actions import tell as notify


@dataclass(frozen=True)
class Handing:
    """A hand-over as it is written: nothing of it may be empty. Without a `queue` the table of
    ways says which; `files` are those of the ticket that go along.
    """

    to_line: int
    tried: str
    finding: str
    question: str
    expected_at: datetime | None
    to: User | None = None
    queue: Queue | None = None
    files: Sequence[File] = ()


def hand_over(*, ticket: Ticket, handing: Handing, by: User, now: datetime) -> Handover:
    """Give it to another line or queue, with what was tried and found and what is asked. The owner
    stays who sees the customer.

    Raises HandOverEmpty, WrongLine, NotOfThisQueue, NotThisTicketsFile, FileNamesCustomer,
    OnLeave, WrongStep, ChangedMeanwhile (one waits to be taken over).
    """
    texts = (handing.tried, handing.finding, handing.question)
    if not all(each.strip() for each in texts) or handing.expected_at is None:
        raise HandOverEmpty
    if handing.expected_at <= now:
        raise HandOverEmpty
    if handing.to is not None:
        routing.must_be_there(handing.to, now)
    line = handing.queue.line if handing.queue is not None else handing.to_line
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=ticket.pk)
        ticket.refresh_from_db()
        if line not in (1, 2, 3) or (handing.queue is None and line == ticket.line):
            raise WrongLine
        if handing.queue is not None and handing.queue.pk == ticket.queue_id:
            raise WrongLine
        if ticket.status not in UNSOLVED:
            raise WrongStep(status=words.status_of(ticket.status))
        if ticket.handovers.filter(accepted_at=None, back_at=None).exists():
            raise ChangedMeanwhile
        verdict = routing.judge(ticket, line=line, now=now, queue=handing.queue)
        queue = handing.queue or verdict.queue
        to = handing.to or verdict.person
        if handing.to is not None and queue is not None and not _of(queue, handing.to):
            raise NotOfThisQueue(who=handing.to.name, queue=queue.name)
        row = Handover.objects.create(
            ticket=ticket, from_line=ticket.line, to_line=line, from_queue=ticket.queue, queue=queue,
            to=to, tried=handing.tried.strip(), finding=handing.finding.strip(),
            question=handing.question.strip(), expected_at=handing.expected_at, at=now, by=by,
        )  # fmt: skip
        blind = line == 3 or bool(queue and queue.outside)
        row.files.set(_own_files(ticket, handing.files, blind=blind))
        owner = {"owner": to} if to is not None and may(to, "tickets.do") else {}
        change(ticket, line=line, queue=queue, **owner)
        said = [row.tried, row.finding, row.question]
        event(
            ticket, Note.HANDED_OVER, at=now, by=by, text="\n".join(said), before=row.from_line,
            line=row.to_line, handover=row.pk, queue=queue.name if queue else "",
        )  # fmt: skip
        if verdict.found.way is not None:
            routing.keep(ticket, verdict, at=now)
        say(
            ticket, "ticket.handed_over", at=now, now=now, by=by, handover=handover_number(row),
            before=row.from_line, line=row.to_line, expected=row.expected_at.isoformat(),
            outside=bool(queue and queue.outside),
        )  # fmt: skip
        put_ticket(ticket)
        _tell_the_line(row, by, now)
        return row


def take_over(*, handover: Handover, by: User, now: datetime) -> Handover:
    """The other line takes it. Raises OwnHandOver, ChangedMeanwhile."""
    if handover.by_id == by.pk:
        raise OwnHandOver
    with transaction.atomic():
        taken = Handover.objects.filter(pk=handover.pk, accepted_at=None, back_at=None).update(
            accepted_at=now, accepted_by=by
        )
        if not taken:
            raise ChangedMeanwhile
        handover.refresh_from_db()
        ticket = handover.ticket
        change(ticket, **({"owner": by} if may(by, "tickets.do") else {}))
        event(ticket, Note.TAKEN_OVER, at=now, by=by, line=handover.to_line, handover=handover.pk)
        say(
            ticket, "ticket.taken_over", at=now, now=now, by=by, handover=handover_number(handover),
            line=handover.to_line,
        )  # fmt: skip
        put_ticket(ticket)
        return handover


def answer_handover(*, handover: Handover, text: str, by: User, now: datetime) -> Handover:
    """The line asked answers: the ticket goes back to where the question came from.

    Raises TextMissing, WrongStep, OwnHandOver, ChangedMeanwhile (it was answered or handed back already).
    """
    if not text.strip():
        raise TextMissing
    with transaction.atomic():
        ticket = _held(handover)
        if handover.accepted_at is None:
            take_over(handover=handover, by=by, now=now)
        _end(handover, answer=text.strip(), answered_at=now, answered_by=by)
        _return(handover, ticket, by)
        event(
            ticket, Note.LINE_ANSWERED, at=now, by=by, text=text, line=handover.to_line,
            handover=handover.pk,
        )  # fmt: skip
        say(
            ticket, "ticket.line_answered", at=now, now=now, by=by, handover=handover_number(handover),
            line=handover.to_line,
        )  # fmt: skip
        put_ticket(ticket)
        _tell_the_asker(
            handover, by, now, "line.answered", f"{ticket.number} 已有答复", f"{ticket.number} was answered"
        )  # fmt: skip
        return handover


def hand_back(*, handover: Handover, reason: str, by: User, now: datetime) -> Handover:
    """It does not belong here, or cannot be answered like this: back with the reason; counted.

    Raises ReasonMissing, WrongStep, ChangedMeanwhile.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        ticket = _held(handover)
        _end(handover, back_reason=reason.strip(), back_at=now, back_by=by)
        _return(handover, ticket, by)
        event(
            ticket, Note.HANDED_BACK, at=now, by=by, text=reason, line=handover.from_line,
            handover=handover.pk,
        )  # fmt: skip
        times = ticket.handovers.filter(back_at__isnull=False, withdrawn=False).count()
        say(
            ticket, "ticket.handed_back", at=now, now=now, by=by, handover=handover_number(handover),
            line=handover.to_line, times=times,
        )  # fmt: skip
        put_ticket(ticket)
        _tell_the_asker(
            handover, by, now, "line.back", f"{ticket.number} 被退回", f"{ticket.number} was handed back"
        )  # fmt: skip
        return handover


def withdraw(*, handover: Handover, reason: str, by: User, now: datetime) -> Handover:
    """Whoever handed it over thinks better of it before anybody took it: it stays where it was, with
    the reason. The clocks of the line fall away with it; one that was late already ends as late.

    Raises ReasonMissing, NotYourHandOver, NothingToWithdraw (taken meanwhile), WrongStep.
    """
    if not reason.strip():
        raise ReasonMissing
    check_withdraw(handover, by)
    with transaction.atomic():
        ticket = _held(handover)
        done = Handover.objects.filter(pk=handover.pk, accepted_at=None, back_at=None).update(
            back_reason=reason.strip(), back_at=now, back_by=by, withdrawn=True
        )
        if not done:
            raise NothingToWithdraw
        handover.refresh_from_db()
        if ticket.owner_id is not None and ticket.owner_id == handover.to_id:
            change(ticket, owner=None)  # it goes back to whoever asked
        _return(handover, ticket, by)
        event(
            ticket, Note.WITHDRAWN, at=now, by=by, text=reason, line=handover.from_line,
            handover=handover.pk,
        )  # fmt: skip
        number = handover_number(handover)
        for row in Obligation.objects.filter(occasion=number, state__in=LIVE, due_at__gt=now):
            obligations.void(
                obligation_id=row.pk, by=by, now=now, reason=VoidReason.SUBJECT_GONE, note=reason.strip()
            )  # fmt: skip
        say(
            ticket, "ticket.handover_withdrawn", at=now, now=now, by=by, handover=number,
            line=handover.to_line,
        )  # fmt: skip
        put_ticket(ticket)
        for person in _line_of(handover, now):
            if person.pk != by.pk:
                notify(
                    to=person, kind="line.withdrawn", now=now, key=f"withdrawn:{handover.pk}",
                    title={"zh": f"{ticket.number} 的转交已撤回，不用接了", "en": f"{ticket.number} was withdrawn, nothing to take over"},
                    url=where(person, handover),
                )  # fmt: skip
        return handover


def may_withdraw(handover: Handover, person: User) -> bool:
    """Whoever gave it, and a head."""
    return handover.by_id == person.pk or may(person, "tickets.manage", handover.ticket)


def check_withdraw(handover: Handover, by: User) -> None:
    """Raises NotYourHandOver."""
    if not may_withdraw(handover, by):
        raise NotYourHandOver


def waiting(ticket: Ticket) -> Handover:
    """The hand-over of a ticket that nobody has taken. Raises NothingToWithdraw."""
    row = ticket.handovers.filter(accepted_at=None, back_at=None).first()
    if row is None:
        raise NothingToWithdraw
    return row


def handover_number(row: Handover) -> str:
    """The occasion of its facts."""
    return f"{row.ticket.number}/{row.pk}"


def _of(queue: Queue, person: User) -> bool:
    return queue.members.filter(pk=person.pk, is_active=True).exists()


def _own_files(ticket: Ticket, files: Sequence[File], *, blind: bool) -> Sequence[File]:
    """Only files of this ticket go along; to those who do not see the customer, none whose name
    tells it.
    """
    wanted = {each.pk for each in files}
    if wanted - set(ticket.entries.filter(files__in=wanted).values_list("files", flat=True)):
        raise NotThisTicketsFile
    names = names_of(ticket) if blind and files else set()
    for each in files:
        if without_names(each.name, names) != each.name:
            raise FileNamesCustomer(file=each.name)
    return files


def _held(handover: Handover) -> Ticket:
    """Its ticket, locked; what is solved or ended needs no answer any more. Raises WrongStep."""
    ticket = Ticket.objects.select_for_update().get(pk=handover.ticket_id)
    if ticket.status not in UNSOLVED:
        raise WrongStep(status=words.status_of(ticket.status))
    return ticket


def _end(handover: Handover, **changes: object) -> None:
    rows = Handover.objects.filter(pk=handover.pk, answered_at=None, back_at=None)
    if not rows.update(**changes):
        raise ChangedMeanwhile
    handover.refresh_from_db()


def _return(handover: Handover, ticket: Ticket, by: User) -> None:
    """Back to the line and the person that asked, unless it has gone on elsewhere meanwhile."""
    ticket.refresh_from_db()
    if (ticket.line, ticket.queue_id) != (handover.to_line, handover.queue_id):
        change(ticket)
        return
    asker = handover.by if handover.by is not None and handover.by.is_active else None
    owner = {"owner": asker} if ticket.owner_id in (None, by.pk) and asker is not None else {}
    change(ticket, line=handover.from_line, queue=handover.from_queue, **owner)


def where(person: User, handover: Handover) -> str:
    """The page of a hand-over as this person may see it."""
    if may(person, "tickets.see", handover.ticket):
        return reverse("tickets:detail", args=[handover.ticket_id])
    return reverse("tickets:technical_page", args=[handover.pk])


def _line_of(row: Handover, now: datetime) -> list[User]:
    """Whoever was named, else everybody of the queue who is there."""
    if row.to is not None:
        return [row.to]
    return routing.present(row.queue, now) if row.queue is not None else []


def _tell_the_line(row: Handover, by: User, now: datetime) -> None:
    for person in _line_of(row, now):
        if person.pk != by.pk:
            notify(
                to=person, kind="line.handed", now=now, key=f"handover:{row.pk}",
                title={"zh": f"{row.ticket.number} 转给您这一线", "en": f"{row.ticket.number} was handed to your line"},
                url=where(person, row),
            )  # fmt: skip


def _tell_the_asker(row: Handover, by: User, now: datetime, kind: str, zh: str, en: str) -> None:
    people = {each.pk: each for each in (row.by, row.ticket.owner) if each is not None}
    people.pop(by.pk, None)
    for person in people.values():
        notify(
            to=person, kind=kind, now=now, key=f"{kind}:{row.pk}", title={"zh": zh, "en": en},
            url=where(person, row),
        )  # fmt: skip
