"""What was brought in from files, and how headings were matched."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import models


class State(StrEnum):
    UPLOADED = "UPLOADED"
    CHECKING = "CHECKING"
    CHECKED = "CHECKED"
    QUEUED = "QUEUED"
    DONE = "DONE"
    REFUSED = "REFUSED"


class Import(models.Model):
    """One file on its way in. `mapping` is column name -> heading; counts are of rows."""

    ledger = models.CharField(max_length=60)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    sheet = models.CharField(max_length=100, blank=True)
    mapping: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default=State.UPLOADED.value)
    only_good = models.BooleanField(default=False)
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    wrong = models.PositiveIntegerField(default=0)
    done_rows = models.PositiveIntegerField(default=0)
    errors: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()
    done_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [models.Index(fields=["ledger", "-at"], name="import_of_ledger")]

    def __str__(self) -> str:
        return f"{self.ledger} {self.file_name}"


class Heading(models.Model):
    """The heading that this company's files use for a column; remembered from the last import."""

    ledger = models.CharField(max_length=60)
    heading = models.CharField(max_length=200)
    column = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ledger", "heading"], name="heading_once")]

    def __str__(self) -> str:
        return f"{self.heading} = {self.column}"
