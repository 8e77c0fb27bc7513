"""What several steps tell: the customer's word to an open ticket, the answer to a question, a
person's word to the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.rules import missing
from bihuan.apps.tickets.actions.common import change, tell_watchers, write
from bihuan.apps.tickets.doors.rousing import NEWS, rouse
from bihuan.apps.tickets.enums import EntryKind, Status
from bihuan.apps.tickets.models import Envelope, Ticket
from bihuan.base.access.models import User
from bihuan.base.evidence.models import File
from bihuan.base.facts.actions import tell

FORM = "form"


def heard(
    ticket: Ticket, envelope: Envelope, files: Sequence[File], disposition: str, weight: tuple[str, str],
    now: datetime,
) -> None:  # fmt: skip
    """What the customer says to a ticket that is there; `weight` is impact and severity by his own
    words. A grave word while the desk is closed calls whoever is on call.
    """
    said = write(
        ticket, EntryKind.INBOUND, at=envelope.received_at, by=None, text=envelope.text.strip() or envelope.subject.strip() or "—",
        channel=envelope.channel, envelope=envelope, files=files, data={"disposition": disposition},
    )  # fmt: skip
    change(ticket)
    tell_watchers(ticket, by=None, now=now, key=f"in:{envelope.pk}")
    if envelope.received_at > now - NEWS:
        rouse(said, impact=weight[0], severity=weight[1], now=now)


def answered(ticket: Ticket, *, at: datetime, now: datetime, by: User | None) -> None:
    tell(
        "consultation.answered", at=at, now=now, by=by, subjects={"customer": ticket.customer_id or 0},
        data={"consultation": ticket.number, "solved": ticket.status == Status.SOLVED},
        key=f"ticket:{ticket.number}:answered:{ticket.reopened}",
    )  # fmt: skip


def acknowledged(ticket: Ticket, kind: str, text: str, by: User, now: datetime) -> None:
    """A person's word acknowledges the receipt where the regulation takes it for proof."""
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
