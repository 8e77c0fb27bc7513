"""What several steps tell: the answer to a question, a person's word to the customer."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.obligations.enums import State
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.queries import of_matter
from bihuan.apps.obligations.rules import missing
from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell

FORM = "form"


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
