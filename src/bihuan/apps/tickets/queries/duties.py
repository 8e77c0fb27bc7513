"""Duties that a ticket, a hand-over or an ask carries out with its own next step."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.apps.obligations.models import Obligation
from bihuan.apps.tickets.enums import OPEN, UNSOLVED, Topic
from bihuan.apps.tickets.models import Ask, Handover, Ticket

RESTORE, FEEDBACK, TRIAGE = "ticket.restore", "ticket.feedback", "consultation.triage"
NAMED = {RESTORE: "ticket", FEEDBACK: "ticket", TRIAGE: "consultation"}
"""The field of the fact that carries a duty out, in which the ticket's number stands."""
TAKE_OVER, ANSWER = "line.take_over", "line.answer"


def of_tickets(rows: Sequence[Obligation]) -> dict[int, str]:
    """Restoring is solving it, feedback is telling the customer, triage is sorting it there: only where the rule
    takes what is told of this ticket for done, and the ticket has that step before it.
    """
    asked = {
        row.pk: str(number)
        for row in rows
        if (number := row.match.get(NAMED.get(row.kind, ""))) is not None
    }
    if not asked:
        return {}
    tickets = {each.number: each for each in Ticket.objects.filter(number__in=set(asked.values()))}
    return {
        row.pk: asked[row.pk]
        for row in rows
        if (ticket := tickets.get(asked.get(row.pk, ""))) is not None
        and _before_it(ticket, row.kind)
    }


def _before_it(ticket: Ticket, kind: str) -> bool:
    if kind == TRIAGE:
        return ticket.unsolved and ticket.topic in ("", Topic.UNCLEAR)
    if kind == RESTORE:
        return ticket.status in UNSOLVED
    return ticket.status in OPEN and ticket.fed_back_at is None


def of_handovers(rows: Sequence[Obligation]) -> dict[int, str]:
    """A line takes over and answers on the hand-over itself, until it is answered or given back."""
    asked = {
        row.pk: handover
        for row in rows
        if row.kind in (TAKE_OVER, ANSWER) and (handover := handover_of(row)) is not None
    }
    if not asked:
        return {}
    live = Handover.objects.filter(
        pk__in=set(asked.values()), answered_at=None, back_at=None, ticket__status__in=UNSOLVED
    )
    found = {each.pk: each for each in live.select_related("ticket")}
    return {
        row.pk: over.ticket.number
        for row in rows
        if (over := found.get(asked.get(row.pk, 0))) is not None
        and (row.kind == ANSWER or over.accepted_at is None)
    }


def of_asks(rows: Sequence[Obligation]) -> dict[int, str]:
    """A term or a slot that was asked for is decided on its own page."""
    asked = {
        row.pk: row.occasion for row in rows if row.kind in ("credit_term.decide", "slot.decide")
    }
    if not asked:
        return {}
    open_ = Ask.objects.filter(number__in=set(asked.values()), decided_at=None)
    numbers = set(open_.values_list("number", flat=True))
    return {pk: number for pk, number in asked.items() if number in numbers}


def handover_of(duty: Obligation) -> int | None:
    """The hand-over that a duty of a line is about."""
    tail = duty.occasion.rpartition("/")[2]
    return int(tail) if tail.isdecimal() and len(tail) < 18 else None
