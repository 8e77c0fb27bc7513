"""Which days lie in the archive, and how much was in them when they were written."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class ArchivedDay(models.Model):
    """A day (UTC) whose packed hours are in the archive: so many values, read back after they were
    written there as `version` of its table. `stale`: hours of it have changed since.
    Brought back, it stays in the database until `back_until`.
    """

    day = models.DateField(primary_key=True)
    values = models.BigIntegerField()
    version = models.BigIntegerField()
    at = models.DateTimeField()
    stale = models.BooleanField(default=False)
    back_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    def __str__(self) -> str:
        return str(self.day)
