"""Samples: `monitoring_hot` (made in the migration, partitioned by day) and blocks of an hour."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from bihuan.apps.monitoring.models.devices import Device, Layout


class Block(models.Model):
    """An hour of a device: per point the lowest, highest, sum, number and last value, and all
    samples packed (`store.packing`).
    """

    pk = models.CompositePrimaryKey("device_id", "hour")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    hour = models.DateTimeField()
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="+", db_index=False)
    samples = models.IntegerField()
    low = ArrayField(models.FloatField(null=True))
    high = ArrayField(models.FloatField(null=True))
    total = ArrayField(models.FloatField())
    number = ArrayField(models.IntegerField())
    last = ArrayField(models.FloatField(null=True))
    payload = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.device_id} {self.hour}"


class Hour(models.Model):
    """An hour whose samples are all in blocks, but for what came later (`Late`)."""

    hour = models.DateTimeField(primary_key=True)
    packed_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.hour)


class Late(models.Model):
    """Samples of an hour that came when it might have been packed already: to be merged."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    hour = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["device", "hour"], name="late_once")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.hour}"
