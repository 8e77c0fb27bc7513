"""Tables of tickets."""

from __future__ import annotations

from bihuan.apps.tickets.doors.models import (
    Call,
    Extension,
    Hook,
    Ladder,
    Letter,
    Look,
    Mailbox,
    OnCall,
    Paging,
    PaperForm,
    Sent,
    WecomApp,
)  # fmt: skip
from bihuan.apps.tickets.models.asks import Ask
from bihuan.apps.tickets.models.lines import Queue, QueueQuerySet, Route
from bihuan.apps.tickets.models.problems import Problem, ProblemTicket
from bihuan.apps.tickets.models.talk import Attempt, Entry, Envelope, Handover
from bihuan.apps.tickets.models.ticket import DayNumber, Ticket, TicketQuerySet
from bihuan.apps.tickets.own.models import CheckItem, Label, Phrase, Tick

__all__ = [
    "Ask",
    "Attempt",
    "Call",
    "CheckItem",
    "DayNumber",
    "Entry",
    "Envelope",
    "Extension",
    "Handover",
    "Hook",
    "Label",
    "Ladder",
    "Letter",
    "Look",
    "Mailbox",
    "OnCall",
    "Paging",
    "PaperForm",
    "Phrase",
    "Problem",
    "ProblemTicket",
    "Queue",
    "QueueQuerySet",
    "Route",
    "Sent",
    "Tick",
    "Ticket",
    "TicketQuerySet",
    "WecomApp",
]  # fmt: skip
