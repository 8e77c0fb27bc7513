"""Months as they were counted, and as they were frozen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bihuan.apps.compliance.rules import FIGURES, Key, Tally
from bihuan.apps.customers.models import Customer


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


class FrozenMonth(models.Model):
    """What a month looked like when somebody froze it: never changed, corrected by a next edition.

    `content` holds month, edition, reason, who, when, the versions of the regulation, the figures
    by cell, the sha256 of the edition before and of `rows`; `sha256` is that of its canonical
    JSON. `rows` is a gzipped CSV of every duty behind the figures and how it was counted.
    """

    first = models.DateField()
    edition = models.PositiveSmallIntegerField()
    frozen_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    content: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    sha256 = models.CharField(max_length=64)
    rows = models.BinaryField()

    class Meta:
        ordering = ("first", "edition")
        constraints = [
            models.UniqueConstraint(fields=["first", "edition"], name="frozen_once"),
            models.CheckConstraint(
                condition=Q(edition=1) | ~Q(reason=""), name="frozen_correction_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m} #{self.edition}"

    @property
    def cells(self) -> dict[Key, Tally]:
        """The figures as the board reads them."""
        return {
            Key(*(each[name] for name in Key._fields)): Tally(*(each[name] for name in FIGURES))
            for each in self.content["figures"]
        }


class BundleState(StrEnum):
    """`GONE`: made, and its file cleared away after a while."""

    QUEUED = "QUEUED"
    READY = "READY"
    FAILED = "FAILED"
    GONE = "GONE"


class Bundle(models.Model):
    """What an auditor takes home: one month, perhaps of one clause or department, as a ZIP.

    It holds what `by` may see, so nobody else may take it. `sha256` is that of the file.
    """

    first = models.DateField()
    clause = models.CharField(max_length=40, blank=True)
    department = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=10)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=BundleState.QUEUED.value)
    done_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    duties = models.PositiveIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["by", "-id"], name="bundle_of_person")]

    def __str__(self) -> str:
        return f"{self.first:%Y-%m} {self.clause} {self.department}".strip()

    @property
    def file_name(self) -> str:
        parts = [f"{self.first:%Y-%m}", self.clause, self.department, str(self.pk)]
        return f"bihuan-{'-'.join(each for each in parts if each)}.zip"


class PromiseLink(models.Model):
    """The address under which a customer sees its promises and proofs without signing in.

    The address is signed; it ends at `expires_at`, or when somebody revokes it. `in_minute` counts
    how often it was opened since `minute_at`.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    nonce = models.CharField(max_length=32)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    seen = models.PositiveIntegerField(default=0)
    seen_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    minute_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    in_minute = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["customer", "-id"], name="promise_link_of_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.made_at:%Y-%m-%d}"

    @property
    def last_on(self) -> date:
        """The last day on which it opens."""
        return timezone.localdate(self.expires_at - timedelta(microseconds=1))
