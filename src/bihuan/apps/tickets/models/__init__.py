"""Tables of tickets."""

from __future__ import annotations

from bihuan.apps.tickets.doors.models import (
    Alarm,
    Call,
    Extension,
    Hook,
    Letter,
    Look,
    Mailbox,
    OnCall,
    Paging,
    PaperForm,
    Sent,
)  # fmt: skip
from bihuan.apps.tickets.models.asks import Ask
from bihuan.apps.tickets.models.lines import Queue, QueueQuerySet, Route
from bihuan.apps.tickets.models.problems import Problem, ProblemTicket
from bihuan.apps.tickets.models.talk import Attempt, Entry, Envelope, Handover
from bihuan.apps.tickets.models.ticket import DayNumber, Ticket, TicketQuerySet

__all__ = [
    "Alarm", "Ask", "Attempt", "Call", "DayNumber", "Entry", "Envelope", "Extension", "Handover", "Hook", "Letter",
    "Look", "Mailbox", "OnCall", "Paging", "PaperForm", "Problem", "ProblemTicket", "Queue",
    "QueueQuerySet", "Route", "Sent", "Ticket", "TicketQuerySet",
]  # fmt: skip
