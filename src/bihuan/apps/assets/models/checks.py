"""Readings of meters and of measuring points, inspections and health checks."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import words
from bihuan.apps.assets.models.asset import Asset


class Meter(models.Model):
    """A counter of a machine (hours, cycles). `offset` is the total when it was fitted, `start` what
    it showed then: total = offset + reading - start.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="meters")
    point = models.CharField(max_length=20)
    number = models.PositiveSmallIntegerField(default=1)
    offset = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    start = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    last = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    last_at = models.DateTimeField(null=True)
    fitted_at = models.DateTimeField()
    replaced_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "point", "number"], name="meter_once"),
            models.UniqueConstraint(
                fields=["asset", "point"], condition=Q(replaced_at=None), name="meter_running_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.point} {self.number}"


class Check(models.Model):
    """An inspection or a health check with what it found; `wear` and `performance` 0 to 1."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="checks")
    no = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=words.choices(words.CHECK))
    at = models.DateTimeField()
    findings = models.PositiveSmallIntegerField(_("发现问题数"), default=0)
    wear = models.DecimalField(_("磨损程度"), max_digits=5, decimal_places=4, null=True)
    performance = models.DecimalField(_("性能保持率"), max_digits=5, decimal_places=4, null=True)
    grade = models.CharField(max_length=10, blank=True, choices=words.choices(words.GRADE))
    text = models.TextField(_("结论与建议"), max_length=2000, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["asset", "-at"], name="check_of")]

    def __str__(self) -> str:
        return self.no


class Reading(models.Model):
    """One value at one point; `total` is set for counters (over all their meters)."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="readings")
    point = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=14, decimal_places=3)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    meter = models.ForeignKey(Meter, null=True, on_delete=models.PROTECT, related_name="readings")
    check_row = models.ForeignKey(
        Check, null=True, on_delete=models.PROTECT, related_name="readings"
    )
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["asset", "point", "-at"], name="reading_of")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.point} {self.value}"
