"""Devices that come in by another door than their own MQTT topic."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from bihuan.apps.monitoring.models.devices import Device


class Terminal(models.Model):
    """A JT/T 808 terminal: `phone` is its number without leading zeros, `terminal` what it calls
    itself at its registration (empty: whatever it says). Of the code that it authenticates with,
    only a hash is kept; it gets one by registering, which it may until `open_until`.
    """

    device = models.OneToOneField(Device, on_delete=models.PROTECT, related_name="terminal")
    phone = models.CharField(max_length=20, unique=True)
    terminal = models.CharField(max_length=30, blank=True)
    code_hash = models.CharField(max_length=64, blank=True)
    open_until = models.DateTimeField()
    registered_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    said = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return self.phone
