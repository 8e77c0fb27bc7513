"""What reports for a machine, and what it said last."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
CODE = 12


def new_code() -> str:
    """What a device calls itself: letters that nobody confuses."""
    return "".join(secrets.choice(_LETTERS) for _ in range(CODE))


class Layout(models.Model):
    """The points in the order in which rows of values hold them; never changed, a template that
    measures something else gets a new one.
    """

    id = models.SmallAutoField(primary_key=True)
    template = models.CharField(max_length=40)
    points = ArrayField(models.CharField(max_length=30))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "points"], name="layout_once")]

    def __str__(self) -> str:
        return f"{self.template} {self.pk}"


class Device(models.Model):
    """Credentials by which a machine reports: `code` is its name, of its key only a hash is kept.

    One that was revoked stays, with what it has sent. `server` and `client` name its connection
    now, so that a revocation can end it.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="devices")
    key_hash = models.CharField(max_length=64)
    template = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    why_revoked = models.CharField(max_length=200, blank=True)
    signed_in_at = models.DateTimeField(null=True)
    server = models.CharField(max_length=80, blank=True)
    client = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=Q(revoked_at=None), name="device_of_machine_once"
            )
        ]

    def __str__(self) -> str:
        return self.code


class Latest(models.Model):
    """The last sample of a device and what the worker remembers of it; written with each batch, in
    the transaction that stores the samples.

    `boot` and `acked` are the device's own numbering up to which everything is committed; `state`
    is that of the template; `memory` is `lib.machines.Memory`. `heard` is false while only files of
    its history told of it: then `received_at` is `at`, and its silence is no news.
    """

    device = models.OneToOneField(
        Device, primary_key=True, on_delete=models.PROTECT, related_name="latest"
    )
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    values = ArrayField(models.FloatField(null=True))
    state = models.CharField(max_length=20, blank=True)
    memory = models.JSONField(default=dict)
    boot = models.CharField(max_length=16, blank=True)
    acked = models.BigIntegerField(default=0)
    heard = models.BooleanField(default=True, db_default=True)

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"
