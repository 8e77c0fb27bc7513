"""The installation itself: whose it is, which processes live, what was already answered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class CompanyRow(models.Model):
    """The one company of this installation (one row)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    code = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=40, blank=True)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")
    logo = models.BinaryField(null=True)
    logo_kind = models.CharField(max_length=40, blank=True)
    logo_hash = models.CharField(max_length=16, blank=True)

    class Meta:
        db_table = "system_company"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_company")]

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """The last sign of life of one process."""

    name = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=12)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "-beat_at"], name="heartbeat_of_kind")]

    def __str__(self) -> str:
        return self.name


class Mark(models.Model):
    """When something of the house last happened (backup, restore drill, ...)."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    note: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class Answered(models.Model):
    """A request that was answered, by the key its sender gave it; kept 90 days."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+"
    )
    actor_key = models.CharField(max_length=40)
    route = models.CharField(max_length=120)
    key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    body = models.BinaryField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_key", "route", "key"], name="answered_once")
        ]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"


class Undertaking(models.Model):
    """Long work of the installation that pages show while it lasts, with the notebook from which
    it goes on after a stop.
    """

    name = models.CharField(max_length=40, primary_key=True)
    title: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=1)
    note = models.BinaryField(default=bytes)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.done}/{self.total}"
