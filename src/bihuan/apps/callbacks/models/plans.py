"""The plan: planned days of duties to come, and campaigns."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from bihuan.apps.callbacks.enums import TargetState
from bihuan.apps.callbacks.models.calls import Callback, Script
from bihuan.apps.customers.models import Customer

USER = settings.AUTH_USER_MODEL


class PlannedDay(models.Model):
    """The day for which a duty of a cadence is planned, within the span of its period."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=120)
    occasion = models.CharField(max_length=200)
    on = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "rule", "occasion"], name="planned_day_once"
            )
        ]
        indexes = [models.Index(fields=["on"], name="planned_day_on")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.occasion} {self.on}"


class Campaign(models.Model):
    """Calls to every customer of a list that was taken by a filter once, with a last day."""

    title = models.CharField(max_length=120)
    goal = models.CharField(max_length=300)
    choice: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    script = models.ForeignKey(Script, null=True, on_delete=models.PROTECT, related_name="+")
    last_on = models.DateField()
    made_at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    report = models.TextField(blank=True)
    regions: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=20), default=list
    )

    class Meta:
        ordering = ("-made_at", "-id")

    def __str__(self) -> str:
        return self.title


class Target(models.Model):
    """One customer of a campaign."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="targets")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, default=TargetState.WAITING)
    callback = models.ForeignKey(Callback, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "customer"], name="target_once")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.customer_id}"
