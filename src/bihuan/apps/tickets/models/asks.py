"""What a ticket asks of finance or production: one question, one answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Q

from bihuan.apps.tickets.enums import AskKind
from bihuan.apps.tickets.models.ticket import Ticket, _choices, _person


class Ask(models.Model):
    """A payment term (`days`) or a slot in production (`on_day`): what is wished for, and what was
    granted or why not. `number` is the occasion of its facts.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="asks")
    kind = models.CharField(max_length=4, choices=_choices(AskKind))
    number = models.CharField(max_length=30, unique=True)
    why = models.TextField()
    days = models.PositiveSmallIntegerField(null=True)
    on_day: models.DateField[date | None, date | None] = models.DateField(null=True)
    at = models.DateTimeField()
    by = _person()
    decided_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    decided_by = _person()
    granted = models.BooleanField(null=True)
    granted_days = models.PositiveSmallIntegerField(null=True)
    granted_day: models.DateField[date | None, date | None] = models.DateField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(why=""), name="ask_says_why"),
            models.CheckConstraint(
                condition=Q(decided_at=None, granted=None) | Q(decided_at__isnull=False, granted__isnull=False),
                name="ask_decided_whole",
            ),
            models.CheckConstraint(condition=~Q(granted=False) | ~Q(reason=""), name="ask_no_has_reason"),
            models.UniqueConstraint(
                fields=["ticket", "kind"], condition=Q(decided_at=None), name="ask_open_once"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["kind", "decided_at", "-at"], name="ask_list")]

    def __str__(self) -> str:
        return self.number

    @property
    def open(self) -> bool:
        return self.decided_at is None

    @property
    def wish(self) -> Any:
        """Days or a day, as the kind is."""
        return self.days if self.kind == AskKind.TERM else self.on_day

    @property
    def value(self) -> Any:
        """What was granted."""
        return self.granted_days if self.kind == AskKind.TERM else self.granted_day
