"""The archive of what customers want, and the history of each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.callbacks.models import Callback, Visit
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.demands.enums import OUTCOMES, UNENDED, Kind, Source, State
from bihuan.apps.tickets.models import Ticket
from bihuan.base.evidence.models import File

USER = settings.AUTH_USER_MODEL


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


class Demand(models.Model):
    """One thing that a customer wants. `number` is that of the facts and duties about it: the
    number of the ticket or call it came from, or one of its own (XQ-…).

    `text` is in the customer's words, empty where the source kept none. `topic` is the class that
    a person decided on; what the machine proposes is not stored. Scores are 1 to 5. `told_at`
    and `answered_at` speak of the outcome that `state` names and are empty again when it
    changes; `satisfied` is the customer's own yes or no. Whoever does not answer has not agreed.
    `version` grows with every deed.
    """

    number = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="demands")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    asset = models.ForeignKey(Asset, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=_choices(Kind))
    source = models.CharField(max_length=10, choices=_choices(Source))
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="demands")
    callback = models.ForeignKey(
        Callback, null=True, on_delete=models.PROTECT, related_name="demands"
    )
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="demands")
    text = models.TextField(blank=True)
    received_at = models.DateTimeField()
    received_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="demands_owned"
    )
    state = models.CharField(max_length=10, choices=_choices(State), default=State.NEW)
    version = models.PositiveIntegerField(default=1)

    topic = models.CharField(max_length=40, blank=True)
    classified_at = models.DateTimeField(null=True)
    urgency = models.PositiveSmallIntegerField(null=True)
    feasibility = models.PositiveSmallIntegerField(null=True)
    priority = models.PositiveSmallIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    planned_for = models.DateField(null=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged"
    )
    goes_with = models.ForeignKey(Ticket, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    proposed_at = models.DateTimeField(null=True)
    plan_confirmed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    satisfied = models.BooleanField(null=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "number"], name="demand_once"),
            models.CheckConstraint(
                condition=Q(told_at=None) | Q(state__in=OUTCOMES), name="demand_told_an_outcome"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(told_at__isnull=False, satisfied__isnull=False),
                name="demand_answer_follows_telling",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.DECLINED) | ~Q(reason=""), name="demand_declined_with_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state=State.MERGED) | Q(merged_into__isnull=False) | Q(goes_with__isnull=False),
                name="demand_merged_into_something",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="demand_all"),
            models.Index(fields=["number"], name="demand_by_number"),
            models.Index(
                fields=["received_at", "id"], name="demand_unended",
                condition=Q(state__in=UNENDED),
            ),
            models.Index(
                fields=["state", "received_at"], name="demand_to_tell",
                condition=Q(state__in=OUTCOMES, told_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def closed(self) -> bool:
        """Ended, and the customer knows it."""
        return self.state not in UNENDED and self.told_at is not None


class Step(models.Model):
    """One deed on a demand, with the words of whoever did it; never changed. `fact` is the uid of
    a fact that somebody else told and that this line follows.
    """

    demand = models.ForeignKey(Demand, on_delete=models.CASCADE, related_name="steps")
    deed = models.CharField(max_length=16)
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=10, blank=True)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    file = models.ForeignKey(File, null=True, on_delete=models.PROTECT, related_name="+")
    mailed = models.BooleanField(default=False)
    fact = models.UUIDField(null=True, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.demand_id} {self.deed}"
