"""How far the pipe has been read, and what was not taken."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from bihuan.apps.monitoring.models.devices import Device

PARTITIONS = 16
"""Of the stream, chosen once: a worker may own several; another number would send devices to other
partitions.
"""


class Checkpoint(models.Model):
    """A partition of the stream: everything up to `seq`, which the stream got at `at` (epoch
    seconds), is committed. `owner` is the worker that reads it, until `until`; it commits only
    while it still is. `since` is when that reading began: before it we were deaf.
    """

    partition = models.SmallIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    at = models.FloatField(null=True)
    owner: models.UUIDField[uuid.UUID | None, uuid.UUID | None] = models.UUIDField(null=True)
    until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    since: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.partition}: {self.seq}"


class Refused(models.Model):
    """What was not taken of one device, for one cause, on one day: how often, and the last of it as
    it came. `code` is what it called itself where no device is known by that name.
    """

    day = models.DateField()
    code = models.CharField(max_length=60)
    cause = models.CharField(max_length=16)
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="refused")
    times = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    raw = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "code", "cause"], name="refused_once_a_day")
        ]
        indexes = [models.Index(fields=["-last_at"], name="refused_newest")]

    def __str__(self) -> str:
        return f"{self.code} {self.cause}"
