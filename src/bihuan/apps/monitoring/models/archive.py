"""Which days lie in the archive, and what was in them when they were written."""

from __future__ import annotations

from django.db import models


class ArchivedDay(models.Model):
    """A day (UTC) whose packed hours are in the archive, counted after they were written there.
    `mark` tells whether the database still holds the same; `version` is that of the table.
    """

    day = models.DateField(primary_key=True)
    samples = models.BigIntegerField()
    mark = models.CharField(max_length=32)
    version = models.BigIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.day)
