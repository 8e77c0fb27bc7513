"""Trials as stored: what was asked, how far it is, what came out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.policy.models import PackVersion


class Trial(models.Model):
    """One span of recorded facts, judged by several versions side by side.

    `minutes` is what the asker takes a duty to cost a person: the load is told in people by it.
    """

    since = models.DateField()
    until = models.DateField()  # the last day, included
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(
        max_length=8, default=TrialState.WAITING, choices=[(s, s) for s in TrialState]
    )
    facts = models.PositiveIntegerField(default=0)
    judged = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=400, blank=True)  # why it failed

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="trial_newest")]

    def __str__(self) -> str:
        return f"trial {self.pk}"

    @property
    def percent(self) -> int:
        return min(100, 100 * self.judged // self.facts) if self.facts else 0


class TrialResult(models.Model):
    """What one version brought. The first of a trial is what the others are compared with."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="results")
    place = models.PositiveSmallIntegerField()
    version = models.ForeignKey(PackVersion, on_delete=models.CASCADE, related_name="+")
    # the content that was tried: a draft may have been changed since
    hash = models.CharField(max_length=64)
    result: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["trial", "place"], name="trial_result_place"),
            models.UniqueConstraint(fields=["trial", "version"], name="trial_result_version"),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id}:{self.place}"
