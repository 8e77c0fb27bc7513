"""What the engine keeps of its own work, and rehearsals."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.base.facts.models import Fact

Json = dict[str, Any]


class RuleFailure(models.Model):
    """A condition that could not be judged for a fact: counted, never taken for false."""

    fact = models.ForeignKey(Fact, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=120)
    reason: models.JSONField[Json, Json] = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fact", "rule"], name="rule_failure_once")]

    def __str__(self) -> str:
        return f"{self.rule} {self.fact_id}"


class Untaken(models.Model):
    """A fact that no rule took: counted by kind."""

    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, primary_key=True, related_name="+")
    kind = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["kind", "at"], name="untaken_by_kind")]

    def __str__(self) -> str:
        return self.kind


class Spoken(models.Model):
    """The customer's yes or no to a matter (`says` of its kind of fact), kept so that it also holds
    for a duty that the engine hears of after it.
    """

    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, primary_key=True, related_name="+")
    tx = models.BigIntegerField()
    matter = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["matter"], name="spoken_of_matter")]

    def __str__(self) -> str:
        return f"{self.matter} {self.fact_id}"


class TookEffect(models.Model):
    """A change in mid-life whose effect on open duties is done: heard again it does nothing."""

    fact = models.OneToOneField(Fact, on_delete=models.PROTECT, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.pk)


class Rehearsed(models.Model):
    """A rehearsal of the first weeks that somebody asked for, and its figures
    (`rehearsal.Rehearsal` as JSON).
    """

    state = models.CharField(
        max_length=8, default=TrialState.WAITING, choices=[(s, s) for s in TrialState]
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    found: models.JSONField[Json, Json] = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    why = models.CharField(max_length=400, blank=True)  # why there are no figures

    def __str__(self) -> str:
        return f"rehearsal {self.pk}"


class Recount(models.Model):
    """The night's count of all running clocks from their log: how far it came, what differs."""

    day = models.DateField(unique=True)
    upto = models.BigIntegerField(default=0)
    counted = models.PositiveIntegerField(default=0)
    differing: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.counted}"
