"""What a customer has agreed to, machine by machine."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.enums import Agreed, Told


class Consent(models.Model):
    """A customer agreed, or took it back: the row that is not `replaced_at` is what holds.

    `said_at` is when he said it and `person` who of his people, `told` by which way and `evidence`
    where that is kept (a contract's number, a mail's subject). `left_out_at`: of what was taken back,
    when the archive was rid of it.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="consents")
    what = models.CharField(max_length=8, choices=[(str(each), str(each)) for each in Agreed])
    given = models.BooleanField()
    person = models.CharField(max_length=80)
    told = models.CharField(max_length=8, choices=[(str(each), str(each)) for each in Told])
    evidence = models.CharField(max_length=200)
    said_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    replaced_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    left_out_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "what"], condition=models.Q(replaced_at=None), name="consent_once"
            )
        ]
        indexes = [models.Index(fields=["recorded_at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.what} {self.given}"
