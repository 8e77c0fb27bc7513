"""Tiers: what was assessed, what was decided, and from when until when it held."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.enums import TierState
from bihuan.apps.customers.models.customer import Customer


class TierReview(models.Model):
    """One assessment of one customer in one review (its `key`, e.g. 2026-H2); never changed.

    `assessed` is the tier that the values alone give, `tier` what hysteresis makes of it; `parts`
    are the criteria with value, score and weight; `why` the reasons in both languages.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tier_reviews")
    key = models.CharField(_("评审期"), max_length=40)
    on = models.DateField(_("评审日"))
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    assessed = models.CharField(max_length=30)
    tier = models.CharField(max_length=30)
    held = models.BooleanField(default=False)
    parts: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    flags: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    why: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField(default=dict)
    pack_version = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "key"], name="tier_review_once")]
        indexes = [models.Index(fields=["customer", "-on"], name="tier_review_of")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.key} {self.tier}"


class TierChange(models.Model):
    """A change of tier: proposed, decided, and in effect from a day until the next one."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tier_changes")
    review = models.ForeignKey(
        TierReview, null=True, on_delete=models.PROTECT, related_name="changes"
    )
    before = models.CharField(max_length=30, blank=True)
    after = models.CharField(max_length=30)
    up = models.BooleanField(default=False)
    score = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    reason = models.CharField(max_length=12, choices=words.choices(words.TIER_REASON))
    why = models.CharField(_("理由"), max_length=400, blank=True)
    state = models.CharField(
        max_length=12, choices=words.choices(words.TIER_STATE), default=TierState.PROPOSED
    )
    needs_role = models.CharField(max_length=40, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    decided_note = models.CharField(max_length=400, blank=True)
    from_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    to_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], condition=Q(state=TierState.PROPOSED), name="tier_change_open_once"),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(state=TierState.APPLIED, to_on=None), name="tier_in_effect_once"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["customer", "-proposed_at"], name="tier_change_of"),
            models.Index(
                fields=["-proposed_at"],
                condition=Q(state=TierState.PROPOSED),
                name="tier_change_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.before}->{self.after}"
