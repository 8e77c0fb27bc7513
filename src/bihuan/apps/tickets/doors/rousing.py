"""A grave word of the customer to a ticket that is there already, while the desk is closed: whoever
is on call is called for it as for a new report; who owns the ticket may be asleep.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.apps.tickets import figures
from bihuan.apps.tickets.doors.hours import opens_at
from bihuan.apps.tickets.doors.models import Ladder
from bihuan.apps.tickets.enums import UNSOLVED, Danger, Impact
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.base import bulk

NEWS = timedelta(days=2)  # an older report is a matter of the queue, not of the night


def grave(now: datetime) -> list[str]:
    """The severities that call somebody."""
    return figures.words("tickets.page_severities", now)


def cause_of(impact: str, opens: datetime, *, round_: int = 0, solved: bool = False) -> str:
    """What counts as the same cause: the same danger, before the same opening, since the same
    solution. A machine that stops again after it was solved is another cause.
    """
    danger = Danger.SAFETY if impact == Impact.PERSON_SAFETY else Danger.STOPPED
    return f"{danger} {opens:%Y%m%d%H%M} {round_}{'+' if solved else ''}"


def rouse(said: Entry, *, impact: str = "", severity: str = "", now: datetime) -> bool:
    """Call whoever is on call for what was said, once for each cause, in the caller's transaction.
    `impact` and `severity` are those of the message; where it says nothing of them, those of the
    ticket count while it is unsolved.
    """
    ticket: Ticket = said.ticket
    if not severity and ticket.status in UNSOLVED:
        impact, severity = ticket.impact, ticket.severity
    if severity not in grave(now) or (opens := opens_at(now, ticket)) is None:
        return False
    cause = cause_of(impact, opens, round_=ticket.reopened, solved=ticket.solved_at is not None)
    ladder = Ladder(ticket=ticket, cause=cause, entry=said, raised_at=now, next_at=now)
    return bool(bulk.add([ladder], ignore_conflicts=True))


def go_on(ticket: Ticket, now: datetime) -> None:
    """It was given back to nobody: while the desk is closed the call that had ended for it goes on."""
    if opens_at(now, ticket) is None:
        return
    last = Ladder.objects.filter(ticket=ticket, entry=None).order_by("-pk").first()
    if last is not None and last.over_at is not None:
        Ladder.objects.filter(pk=last.pk).update(over_at=None, next_at=now, answered_by=None)
