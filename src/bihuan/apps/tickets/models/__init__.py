"""Tables of tickets."""

from __future__ import annotations

from bihuan.apps.tickets.models.talk import Attempt, Entry, Envelope, Handover
from bihuan.apps.tickets.models.ticket import DayNumber, Ticket, TicketQuerySet

__all__ = ["Attempt", "DayNumber", "Entry", "Envelope", "Handover", "Ticket", "TicketQuerySet"]
