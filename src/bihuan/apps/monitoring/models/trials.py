"""Rules that are not in use yet: tried on the past, or running without telling anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset

USER = settings.AUTH_USER_MODEL


class PastTest(models.Model):
    """A rule with another limit or duration, run over packed hours: when it would have fired.

    `value` and `lasting` (seconds) are what is tried; with `whole_model` on all machines of the model
    of `asset` that `by` sees. `found` are those by the tried limit, newest first: asset, since, at,
    over, value, peak, times, and the alarm of then with its verdict; `times` all of them, `now_times`
    how many by the limit that holds now. `problem` says why there is none.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    whole_model = models.BooleanField(default=False)
    rule = models.CharField(max_length=40)
    value = models.FloatField()
    lasting = models.FloatField()
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    machines = models.PositiveIntegerField(default=0)
    times = models.PositiveIntegerField(default=0)
    now_times = models.PositiveIntegerField(default=0)
    found: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["asset", "-asked_at"], name="past_test_of")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.rule} {self.value:g}"


class Trial(models.Model):
    """A person has said whether a rule of a template is on trial: recorded and told to nobody. Until
    then it is as the template has it.
    """

    template = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    observe = models.BooleanField()
    why = models.CharField(max_length=200)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["template", "rule"], condition=Q(ended_at=None), name="trial_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.rule} {self.observe}"
