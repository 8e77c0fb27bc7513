"""Months as they were counted."""

from __future__ import annotations

from datetime import datetime

from django.db import models


class CountedMonth(models.Model):
    """A month whose duties were counted; its figures are those of `counted_at`.

    `stale_tx` is the latest transaction of a fact that touched a duty of the month since, 0 when
    there is none.
    """

    first = models.DateField(primary_key=True)
    counted_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    stale_tx = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


class Cell(models.Model):
    """The duties of a month under one clause, owed by one role in one region.

    `due` leaves out the waived ones; `strength` is the sum of the strengths (1 to 5) of `proofs`
    pieces of evidence.
    """

    month = models.ForeignKey(CountedMonth, on_delete=models.CASCADE, related_name="cells")
    clause = models.CharField(max_length=40)
    clause_number = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=40)
    region = models.CharField(max_length=20, blank=True)
    due = models.PositiveIntegerField()
    on_time = models.PositiveIntegerField()
    strict = models.PositiveIntegerField()
    waived = models.PositiveIntegerField()
    strength = models.PositiveBigIntegerField()
    proofs = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["month", "clause", "clause_number", "role", "region"], name="cell_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month_id} {self.clause} {self.role} {self.region}"
