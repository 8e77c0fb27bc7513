"""The log of what happened, its readers' places, and what they could not digest."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

import bihuan.base.bulk  # noqa: F401 - the lookup `among`

OPENING = "opening"
"""Source of a fact of the time before the company went live: it settles, nothing is owed for it."""
CARRIED = "carried"
"""Source of a matter that was open when the company went live: it is owed from its telling on."""
CURRENT_TX = Cast(
    Cast(models.Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField()
)


class FactQuerySet(models.QuerySet["Fact"]):
    def of(self, subject: str, pk: int) -> Self:
        """Facts of one subject, newest first."""
        column = f"{subject}_id"
        if column in Fact.COLUMNS:
            return self.filter(**{column: pk}).order_by("-at", "-id")
        return self.filter(subjects__contains={subject: pk}).order_by("-at", "-id")


class Fact(models.Model):
    """
    Something that happened: never changed, never deleted.

    `data` holds `{"fact": own fields, "customer": state as it was, ...}` (names of
    packs/vocabulary/facts.yaml) and no personal data; `subjects` are ids.
    `tx` orders the log by transaction, so that a reader never passes over a late committer.
    """

    COLUMNS: ClassVar[frozenset[str]] = frozenset({"customer_id", "asset_id", "contract_id"})

    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    tx = models.BigIntegerField(db_default=CURRENT_TX, editable=False)
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    source = models.CharField(max_length=12, default="screen")
    key = models.CharField(max_length=200, null=True)
    customer_id = models.BigIntegerField(null=True)
    asset_id = models.BigIntegerField(null=True)
    contract_id = models.BigIntegerField(null=True)
    subjects: models.JSONField[dict[str, int], dict[str, int]] = models.JSONField(default=dict)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[Fact]] = FactQuerySet.as_manager()

    class Meta:
        # `unique=True` would also keep an index for searching by the first letters
        constraints = [models.UniqueConstraint(fields=["key"], name="fact_key_once")]
        indexes = [
            models.Index(fields=["tx", "id"], name="fact_reading_order"),
            models.Index(fields=["customer_id", "-at"], name="fact_of_customer"),
            models.Index(fields=["asset_id", "-at"], name="fact_of_asset"),
            models.Index(fields=["contract_id", "-at"], name="fact_of_contract"),
            models.Index(fields=["kind", "-at"], name="fact_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    def own(self) -> dict[str, Any]:
        """The fact's own fields."""
        fields: dict[str, Any] = self.data.get("fact", {})
        return fields


class Cursor(models.Model):
    """How far one listener has read; locked while it works."""

    name = models.CharField(max_length=80, primary_key=True)
    tx = models.BigIntegerField(default=0)
    fact_id = models.BigIntegerField(default=0)
    heard = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class DeadLetter(models.Model):
    """A fact that a listener could not digest, until somebody replays or sets it aside."""

    listener = models.CharField(max_length=80)
    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="dead_letters")
    error = models.TextField()
    at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=1)
    settled_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    settled_how = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["listener", "fact"], name="dead_letter_once")
        ]

    def __str__(self) -> str:
        return f"{self.listener} {self.fact_id}"
