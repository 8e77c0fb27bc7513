"""One cause behind many tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Model
from bihuan.apps.tickets.enums import ProblemState
from bihuan.apps.tickets.models.ticket import Ticket, _choices, _person


class Problem(models.Model):
    """A problem record: what many tickets have in common. `workaround` is what helps until the
    cause is gone; with `public` it is sent to the customers of the tickets, too. `sent` counts how
    often a workaround was sent out, so that each ticket hears each wording once.
    """

    number = models.CharField(max_length=20, unique=True)
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    state = models.CharField(
        max_length=8, choices=_choices(ProblemState), default=ProblemState.OPEN
    )
    owner = _person()
    model = models.ForeignKey(Model, null=True, on_delete=models.PROTECT, related_name="+")
    cause = models.TextField(blank=True)
    workaround = models.TextField(blank=True)
    public = models.BooleanField(default=False)
    sent = models.PositiveSmallIntegerField(default=0)
    fix = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    opened_by = _person()
    known_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ended_by = _person()
    tickets: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        Ticket, through="ProblemTicket", related_name="problems"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ProblemState.KNOWN) | (~Q(workaround="") & ~Q(cause="")),
                name="problem_known_has_workaround",
            ),
            models.CheckConstraint(
                condition=~Q(state=ProblemState.ENDED) | (~Q(fix="") & Q(ended_at__isnull=False)),
                name="problem_ended_has_fix",
            ),
        ]
        indexes = [models.Index(fields=["state", "-opened_at"], name="problem_list")]

    def __str__(self) -> str:
        return self.number


class ProblemTicket(models.Model):
    """A ticket belongs to a problem; `heard` is the last sending of the workaround it was told."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="links")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="problem_links")
    heard = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = _person()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["problem", "ticket"], name="problem_ticket_once")
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} {self.ticket_id}"
