"""What several steps tell: the customer's word to an open ticket and what it weighs, the answer to a
question, a person's word to the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.rules import missing
from bihuan.apps.people.queries import holder
from bihuan.apps.tickets import figures
from bihuan.apps.tickets.actions.common import change, day_of, event, say, tell_watchers, write
from bihuan.apps.tickets.doors.rousing import NEWS, rouse
from bihuan.apps.tickets.enums import OPEN, EntryKind, How, Impact, Note, Severity, Status
from bihuan.apps.tickets.models import Entry, Envelope, Ticket
from bihuan.apps.tickets.rules import dangers, graver
from bihuan.base.access.models import User
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import tell
from bihuan.base.notify.actions import tell as notify

FORM = "form"
TAKEN = "system_event"
"""What proves that a person took a report into hand."""
DANGER = (str(Impact.PERSON_SAFETY), str(Severity.URGENT))


def heard(
    ticket: Ticket, envelope: Envelope, files: Sequence[File], disposition: str, weight: tuple[str, str],
    now: datetime,
) -> None:  # fmt: skip
    """What the customer says to a ticket that is there; `weight` is impact and severity as his
    report gives them.
    """
    said = write(
        ticket, EntryKind.INBOUND, at=envelope.received_at, by=None, text=envelope.text.strip() or envelope.subject.strip() or "—",
        channel=envelope.channel, envelope=envelope, files=files, data={"disposition": disposition},
    )  # fmt: skip
    change(ticket)
    tell_watchers(ticket, by=None, now=now, key=f"in:{envelope.pk}")
    heed(said, weight=weight, now=now)


def heed(said: Entry, *, weight: tuple[str, str] = ("", ""), now: datetime) -> None:
    """What the customer's word weighs: a grave one calls whoever is on call while the desk is
    closed; one that is graver than the ticket asks a person to raise it.
    """
    spoke = dangers(said.text, figures.danger_words(now))
    impact, severity = DANGER if spoke else weight
    if said.at > now - NEWS:
        rouse(said, impact=impact, severity=severity, now=now)
    claim(said, impact=impact, severity=severity, spoke=spoke, now=now)


def claim(said: Entry, *, impact: str, severity: str, spoke: Sequence[str], now: datetime) -> bool:
    """The customer's words make it graver than it stands on the ticket. A person judges that
    (`weigh`), for what is raised never becomes laxer again; who has the ticket in hand is told at
    once, and so is the head of the desk where nobody has or where people are in danger.
    """
    ticket: Ticket = said.ticket
    than = (
        ticket.claimed_impact or ticket.impact,
        ticket.claimed_severity or ticket.severity,
    )
    if ticket.status not in OPEN or not graver(impact, severity, than=than):
        return False
    change(ticket, claimed_impact=impact, claimed_severity=severity)
    event(
        ticket, Note.GRAVER, at=now, by=None, entry=said.pk, impact=impact, severity=severity,
        words=list(spoke),
    )  # fmt: skip
    people = [ticket.owner] if ticket.owner else []
    if impact == Impact.PERSON_SAFETY or not people:
        role = figures.values(["tickets.page_role"], now)[0]
        head = holder(role, on=day_of(now), customer_id=ticket.customer_id)
        people += [head] if head is not None and head not in people else []
    if people:
        notify(
            to=people, kind="ticket.graver", now=now, urgent=True,
            title={
                "zh": f"{ticket.number} 客户说{'有人身危险' if impact == Impact.PERSON_SAFETY else '更严重了'}，请马上看",
                "en": f"{ticket.number}: the customer says {'people are in danger' if impact == Impact.PERSON_SAFETY else 'it is worse'}, look now",
            },
            text=ticket.title, url=reverse("tickets:detail", args=[ticket.pk]),
            key=f"graver:{ticket.number}:{said.pk}",
        )  # fmt: skip
    return True


def answered(ticket: Ticket, *, at: datetime, now: datetime, by: User | None) -> None:
    tell(
        "consultation.answered", at=at, now=now, by=by, subjects={"customer": ticket.customer_id or 0},
        data={"consultation": ticket.number, "solved": ticket.status == Status.SOLVED},
        key=f"ticket:{ticket.number}:answered:{ticket.reopened}",
    )  # fmt: skip


def came(ticket: Ticket, *, at: datetime, now: datetime, by: User | None) -> None:
    say(ticket, "ticket.arrived", at=at, now=now, by=by)
    say(ticket, "ticket.attended", at=at, now=now, by=by, how=How.ONSITE)


def resolved(ticket: Ticket, *, at: datetime, now: datetime, by: User | None) -> None:
    if ticket.how == How.REMOTE:
        say(ticket, "ticket.attended", at=at, now=now, by=by, how=How.REMOTE)
    say(
        ticket, "ticket.resolved", at=at, now=now, by=by, kind=ticket.kind, how=ticket.how,
        cause=ticket.cause or None, major=figures.is_major(ticket.impact, at), repeat=ticket.reopened > 0,
    )  # fmt: skip


def done_before(ticket: Ticket, *, now: datetime, by: User | None) -> None:
    """What was done before it was known of whom: told as of then, or its duties would run on for
    what was solved in time.
    """
    if ticket.dispatched_at is not None:
        say(ticket, "ticket.dispatched", at=ticket.dispatched_at, now=now, by=by, callout=ticket.callout)  # fmt: skip
    if ticket.arrived_at is not None:
        came(ticket, at=ticket.arrived_at, now=now, by=by)
    if ticket.solved_at is not None:
        resolved(ticket, at=ticket.solved_at, now=now, by=by)
    if ticket.fed_back_at is not None:
        say(ticket, "ticket.fed_back", at=ticket.fed_back_at, now=now, by=by, effect=True)
    if ticket.confirmed_at is not None:
        say(
            ticket, "ticket.confirmed", at=ticket.confirmed_at, now=now, by=by, satisfied=ticket.satisfied,
            score=ticket.score,
        )  # fmt: skip


def acknowledged(ticket: Ticket, kind: str, text: str, by: User, now: datetime) -> None:
    """A person's word or deed acknowledges the receipt where the regulation takes it for proof."""
    for row in of_matter(ticket.number).filter(state=State.OPEN, kind="response.acknowledge"):
        if proofs := receipt(row, ticket, kind, text):
            obligations.discharge(obligation_ids=[row.pk], by=by, now=now, at=now, evidence=proofs)


def receipt(row: Obligation, ticket: Ticket, kind: str, text: str) -> list[Proof]:
    """What proves the receipt: the word, and where the rule asks for a form as well, the ticket
    itself; empty where that is not enough for the rule.
    """
    form = [Proof(FORM, text=ticket.number)] if FORM in row.proof.get("all", ()) else []
    found = [Proof(kind, text=text), *form]
    return [] if missing(row.proof, [each.kind for each in found]) else found
