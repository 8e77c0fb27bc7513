"""Samples: `monitoring_hot` (made in the migration, partitioned by day) and blocks of an hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from bihuan.apps.monitoring.models.devices import Device, Layout

if TYPE_CHECKING:
    _Float = models.FloatField[float | None, float | None]
else:
    _Float = models.FloatField


class Real(_Float):
    """Half as many bytes as a float, and seven digits: enough for whatever is drawn."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "real"


class Block(models.Model):
    """An hour of a device: per point the lowest, highest and mean value and how many there were, to
    seven digits (nothing but the number where there was none), and all samples packed, exactly
    (`store.packing`). One array: each one has a head of its own.
    """

    pk = models.CompositePrimaryKey("device_id", "hour")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+", db_index=False)
    hour = models.DateTimeField()
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="+", db_index=False)
    samples = models.IntegerField()
    summary = ArrayField(ArrayField(Real(null=True), size=4))
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
