"""How a customer is told of an alarm without anybody's hand: each try, and that none reached him."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from bihuan.apps.monitoring.models.alarms import Alarm
from bihuan.base.notify.models import Delivery


class Telling(models.Model):
    """A message on its way to the customer by `way`. He counts as told once it was sent.

    With an empty `way` it says that no way was left, and a person has to tell him: `why` names each
    way, in the order in which they were tried, and why not (`Unreached`).
    """

    alarm = models.ForeignKey(Alarm, on_delete=models.PROTECT, related_name="tellings")
    way = models.CharField(max_length=8, blank=True)
    text = models.TextField()
    delivery = models.OneToOneField(
        Delivery, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    why: models.JSONField[list[Any], list[Any]] = models.JSONField(default=list)
    at = models.DateTimeField()
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["at"], name="telling_on_its_way", condition=Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.way}"
