"""Remote commands: who may, what was asked for, and all that became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.enums import CommandState, YesBy
from bihuan.apps.monitoring.models.devices import Device

USER = settings.AUTH_USER_MODEL
S = CommandState
BEFORE_SENDING = (S.PROPOSED, S.CONSENTED, S.QUEUED)
"""Nothing has gone to the machine yet, and nothing will if it is stopped now."""
ON_ITS_WAY = (S.QUEUED, S.SENT, S.ACCEPTED, S.DONE, S.UNKNOWN)
AT_THE_MACHINE = (S.SENT, S.ACCEPTED, S.DONE, S.READ_BACK, S.UNKNOWN)
RUNNING = (S.PROPOSED, S.CONSENTED, *ON_ITS_WAY)


def _codes(of: type[Any]) -> list[tuple[str, str]]:
    return [(str(each), str(each)) for each in of]


def _moment() -> models.DateTimeField[datetime | None, datetime | None]:
    return models.DateTimeField(null=True)


class CommandSwitch(models.Model):
    """Whether the company changes anything from afar: the newest row says; without one it does not."""

    on = models.BooleanField()
    why = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.on} {self.at}"


class Permit(models.Model):
    """A customer lets us change things on this machine from afar: `given_by` is who said so there,
    `proof` how and where it is kept. Each change still asks for his consent.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="command_permits")
    given_by = models.CharField(max_length=60)
    proof = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = _moment()
    ended_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    why_ended = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=Q(ended_at=None), name="permit_of_machine_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.given_by}"


class Command(models.Model):
    """A value to be set on a machine from afar, or the return to the value before (`returns`).

    `setting` is the command of the machine's template, `before` the value that was read when it was
    proposed (of a return: the one that it replaces). `sequence` rises with each command that goes to
    a device and is never used twice; after `expires_at` it is never sent. `said` is what the customer
    answered. `return_due_at` is when the old value must be commanded back, `returned_at` when it was
    read back there. `device_at` is the device's own clock when it had done it, `told_value` what it
    then said stood there.
    """

    number = models.CharField(max_length=24, unique=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="commands")
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="commands")
    returns = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="returnings"
    )
    setting = models.CharField(max_length=40)
    title = models.JSONField()
    point = models.CharField(max_length=30)
    unit = models.CharField(max_length=20, blank=True)
    dangerous = models.BooleanField()
    before = models.FloatField()
    value = models.FloatField()
    keep_s = models.PositiveIntegerField()
    ticket_number = models.CharField(max_length=24)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=_codes(CommandState))
    why = models.CharField(max_length=300, blank=True)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = _moment()
    digest = models.CharField(max_length=64, null=True, unique=True)
    consent = models.CharField(max_length=8, blank=True, choices=_codes(YesBy))
    consented_at = _moment()
    consent_by = models.CharField(max_length=60, blank=True)
    consent_noted_by = models.ForeignKey(
        USER, null=True, on_delete=models.PROTECT, related_name="+"
    )
    said = models.CharField(max_length=500, blank=True)
    withdrawn_at = _moment()
    approved_at = _moment()
    approved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    sequence: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(null=True)
    expires_at = _moment()
    last_sent_at = _moment()
    done_at = _moment()
    device_at = _moment()
    told_value: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    read_value: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    return_due_at = _moment()
    returned_at = _moment()
    ended_at = _moment()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "sequence"], name="command_sequence_once"),
            models.UniqueConstraint(
                fields=["asset"], condition=Q(state__in=RUNNING, returns=None), name="command_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["returns"], condition=Q(state__in=ON_ITS_WAY), name="command_one_return_at_a_time"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["asset", "-id"], name="command_of_machine"),
            models.Index(fields=["state"], name="command_open", condition=Q(state__in=RUNNING)),
            models.Index(
                fields=["return_due_at"], name="command_to_return",
                condition=Q(return_due_at__isnull=False, returned_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class CommandStep(models.Model):
    """One line of a command's history; rows are only ever added."""

    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(max_length=10, choices=_codes(CommandState))
    at = models.DateTimeField()
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["command", "id"], name="command_history")]

    def __str__(self) -> str:
        return f"{self.command_id} {self.state}"
