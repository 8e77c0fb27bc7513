"""Whom an alarm called, one after the other, until somebody answered."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.monitoring.models.alarms import Alarm

USER = settings.AUTH_USER_MODEL


class Calling(models.Model):
    """People are called about an alarm: `step` is the next of the desk's, `next_at` when. `opens_at`:
    until the desk opens then, whoever is on call is called. Over when somebody acknowledged it
    (`answered_by`), or when it had called long enough.
    """

    alarm = models.OneToOneField(Alarm, on_delete=models.PROTECT, related_name="calling")
    step = models.PositiveIntegerField(default=0)
    begun_at = models.DateTimeField()
    next_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    opens_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    over_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    answered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="calling_running", condition=Q(over_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.step}"


class Call(models.Model):
    """One call: the desk's step of a `role`, or (`on_call`) a step of the roster's ladder, `ref` its name
    there. `person` none: there was nobody to call.
    """

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="calls")
    on_call = models.BooleanField(default=False)
    role = models.CharField(max_length=40, blank=True)
    person = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=8)
    at = models.DateTimeField()
    ref = models.CharField(max_length=40, blank=True)
    answer = models.CharField(max_length=10, blank=True)
    answered_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alarm", "ref"], condition=~Q(ref=""), name="alarm_call_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.at}"
