"""Facts of a question, told by several steps."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.tickets.enums import Status
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell


def answered(ticket: Ticket, *, at: datetime, now: datetime, by: User | None) -> None:
    tell(
        "consultation.answered", at=at, now=now, by=by, subjects={"customer": ticket.customer_id or 0},
        data={"consultation": ticket.number, "solved": ticket.status == Status.SOLVED},
        key=f"ticket:{ticket.number}:answered:{ticket.reopened}",
    )  # fmt: skip
