"""Visits: agreed with the customer, checked in on the spot, minuted."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.callbacks.enums import Level, VisitState
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations.models import Obligation

USER = settings.AUTH_USER_MODEL


class Visit(models.Model):
    """A visit at the customer's.

    `token` names the customer's page, which shows the six digits of `code`; `place_lat` and
    `place_lon` (degrees, WGS 84) are the middle of the fence. `distance` is metres at check-in.
    A gift has a value in CNY; above the pack's limit it needs another person's yes.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="visits")
    level = models.CharField(max_length=10, default=Level.STAFF)
    purpose = models.CharField(max_length=300)
    planned_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    place_lat = models.FloatField(null=True)
    place_lon = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=[(each, each) for each in VisitState])
    host = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="visits_made")
    obligation = models.ForeignKey(
        Obligation, null=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    agreed_how = models.CharField(max_length=200, blank=True)
    token = models.CharField(max_length=40, unique=True)
    code = models.CharField(max_length=6)
    code_tries = models.PositiveSmallIntegerField(default=0)
    checked_in_at = models.DateTimeField(null=True)
    checked_in_how = models.CharField(max_length=6, blank=True)
    checked_in_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    distance = models.PositiveIntegerField(null=True)
    topics: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    minutes = models.TextField(blank=True)
    minutes_sent_at = models.DateTimeField(null=True)
    minutes_sent_how = models.CharField(max_length=200, blank=True)
    gift = models.CharField(max_length=120, blank=True)
    gift_value = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    gift_allowed = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    gift_approved_by = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    next_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    cancelled_why = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-planned_at"], name="visit_of_customer"),
            models.Index(fields=["planned_at"], name="visit_by_day"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=VisitState.DONE)
                | Q(done_at__isnull=False, checked_in_at__isnull=False) & ~Q(minutes=""),
                name="visit_done_with_proof",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZF-{self.pk:06d}"


class Participant(models.Model):
    """Somebody of either side."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="participants")
    side = models.CharField(max_length=6)
    user = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, contact__isnull=False) | Q(user__isnull=False, contact=None),
                name="participant_of_one_side",
            ),
            models.UniqueConstraint(fields=["visit", "user", "contact"], nulls_distinct=False, name="participant_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.visit_id} {self.side}"
