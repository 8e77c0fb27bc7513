"""A table of a machine's history, on its way into the pipe."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.enums import HistoryState
from bihuan.apps.monitoring.models.devices import Device


class History(models.Model):
    """`plan` is `history.columns.Plan`; `wrong` the first rows that are not taken (row, cause,
    heading, what stood there) and `causes` the number of each; `handed` rows are committed; `why`
    says what stopped it.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="histories")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="histories")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    sheet = models.CharField(max_length=100, blank=True)
    head_at = models.IntegerField()
    plan = models.JSONField()
    state = models.CharField(max_length=10, default=HistoryState.UPLOADED)
    rows = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    left_out = models.IntegerField(default=0)
    causes = models.JSONField(default=dict)
    wrong = models.JSONField(default=list)
    first_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    last_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    handed = models.IntegerField(default=0)
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [models.Index(fields=["asset", "-at"], name="history_of_machine")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.file_name}"

    @property
    def refused(self) -> int:
        return self.rows - self.good


class HistoryPart(models.Model):
    """A piece of the file, kept until it is taken in or given up."""

    history = models.ForeignKey(History, on_delete=models.CASCADE, related_name="parts")
    number = models.IntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["history", "number"], name="history_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.history_id} {self.number}"
