"""Times in which a machine's alarms are expected."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.enums import Awaited
from bihuan.lib.machines.expected import Times

USER = settings.AUTH_USER_MODEL


class Expected(models.Model):
    """From `from_at` until `until_at` alarms of this machine are recorded and told to nobody: all the
    time, or on `days` of the week (1 is Monday) from `starts` until `ends`. `ended_at`: somebody
    ended it before its time.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="expected_alarms")
    reason = models.CharField(max_length=12, choices=[(str(each), str(each)) for each in Awaited])
    text = models.CharField(max_length=200)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    days: ArrayField[list[int], list[int]] = ArrayField(
        models.PositiveSmallIntegerField(), default=list
    )
    starts = models.TimeField(null=True)
    ends = models.TimeField(null=True)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ended_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at__gt=F("from_at")), name="expected_forward"),
            models.CheckConstraint(
                condition=Q(days=[]) | Q(starts__isnull=False, ends__isnull=False),
                name="expected_week_whole",
            ),
        ]
        indexes = [models.Index(fields=["asset", "until_at"], name="expected_of_machine")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.from_at} {self.until_at}"

    @property
    def times(self) -> Times:
        """As it holds: until it was ended, if somebody did."""
        end = self.until_at if self.ended_at is None else min(self.until_at, self.ended_at)
        return Times(self.from_at, end, frozenset(self.days), self.starts, self.ends)
