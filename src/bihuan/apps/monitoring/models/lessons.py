"""What an alarm turned out to be: by it later first opinions are better."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from bihuan.apps.monitoring.models.alarms import Alarm


class Lesson(models.Model):
    """Of one alarm: what its first opinion had and what a person found afterwards.

    `shown` are the symptoms that were known then, there or not, and `named` the cause that came
    first. `cause` is the true one, a code of the causes of this template or OTHER; empty while
    nobody has said it, and again when its ticket is reopened. `hint` is the class of cause that the
    ticket was solved with, `solved` whether it is solved now, `heard` the newest fact that said so.
    `times` counts how often the cause was said or taken back.
    """

    alarm = models.OneToOneField(Alarm, on_delete=models.PROTECT, related_name="lesson")
    template = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    shown: models.JSONField[dict[str, bool], dict[str, bool]] = models.JSONField(default=dict)
    named = models.CharField(max_length=40, blank=True)
    solved = models.BooleanField(default=False)
    hint = models.CharField(max_length=20, blank=True)
    heard = models.BigIntegerField(default=0)
    cause = models.CharField(max_length=40, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    said_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    times = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(
                fields=["template", "-said_at"], name="lesson_newest", condition=~models.Q(cause="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.cause}"
