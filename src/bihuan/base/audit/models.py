"""The log of deeds and its seals."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bihuan.base.facts.models import CURRENT_TX


class Entry(models.Model):
    """
    Who did what to what, when; written once, never changed (the database refuses it).

    `thing` is named by model label and id, as text, so that an entry outlives its thing.
    `tx` orders the log by transaction: a seal never passes over a late committer.
    """

    tx = models.BigIntegerField(db_default=CURRENT_TX, editable=False)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acting_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    request_id = models.CharField(max_length=36, blank=True)
    verb = models.CharField(max_length=60)
    thing_label = models.CharField(max_length=60, blank=True)
    thing_id = models.CharField(max_length=60, blank=True)
    before: models.JSONField[Any, Any] = models.JSONField(null=True)
    after: models.JSONField[Any, Any] = models.JSONField(null=True)
    pack_version = models.CharField(max_length=60, blank=True)
    ip = models.GenericIPAddressField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tx", "id"], name="audit_reading_order"),
            models.Index(fields=["thing_label", "thing_id", "-id"], name="audit_of_thing"),
            models.Index(fields=["by", "-id"], name="audit_of_person"),
            models.Index(fields=["verb", "-id"], name="audit_of_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.thing_label} {self.thing_id}".strip()


class Seal(models.Model):
    """
    A signed batch of entries: changing, removing or inserting one beneath it is found.

    Covers the entries with `(from_tx, from_id) < (tx, id) <= (to_tx, to_id)`. `leaves` are their
    hashes, 32 bytes each: the root covers them, they name the row that is not as it was. Root,
    key and Ed25519 signature are hexadecimal.
    """

    n = models.BigIntegerField(primary_key=True)
    prev_root = models.CharField(max_length=64, blank=True)
    from_tx = models.BigIntegerField()
    from_id = models.BigIntegerField()
    to_tx = models.BigIntegerField()
    to_id = models.BigIntegerField()
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=64)
    leaves = models.BinaryField(default=b"")
    sealed_at = models.DateTimeField()
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.n} {self.root[:12]}"
