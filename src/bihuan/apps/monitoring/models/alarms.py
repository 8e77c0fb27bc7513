"""Alarms, and limits that hold for one machine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring.enums import AlarmState, Hushed, Klass, Verdict
from bihuan.apps.monitoring.models.devices import Device, Layout

USER = settings.AUTH_USER_MODEL


def _codes(of: type[Any]) -> list[tuple[str, str]]:
    return [(str(each), str(each)) for each in of]


class Alarm(models.Model):
    """One thing that is wrong with a machine by one rule of its template: at most one that is not
    over for each rule.

    `since` is when the value first stood beyond the limit and `raised_at` when that had lasted long
    enough, both by the machine's clock; `told_at` is when we knew, or when it was told of after all,
    having stood until nothing hushed it any more (`woken_at`). `times` counts how often it was
    raised until it stayed over (last `again_at`; nobody has seen that yet then); `peak` is the worst value. `snapshot` holds all values then, in the
    order of `layout`. `hushed`: why nobody is told of it. `merged` into the graver alarm of the
    same cause. `diagnosis` is the first opinion as it was told. `evidence` are the points by which a
    watch raised it, the farthest first.
    """

    number = models.CharField(max_length=24, unique=True)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="alarms")
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="alarms")
    rule = models.CharField(max_length=40)
    kind = models.CharField(max_length=16)
    klass = models.CharField(max_length=8, choices=_codes(Klass))
    title = models.JSONField()
    point = models.CharField(max_length=30, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    limit = models.FloatField(null=True)
    value = models.FloatField(null=True)
    peak = models.FloatField(null=True)
    machine_state = models.CharField(max_length=20, blank=True)
    layout = models.ForeignKey(Layout, null=True, on_delete=models.PROTECT, related_name="+")
    snapshot = ArrayField(models.FloatField(null=True), default=list)
    since = models.DateTimeField()
    raised_at = models.DateTimeField()
    told_at = models.DateTimeField()
    woken_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    times = models.PositiveIntegerField(default=1)
    again_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    cleared_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    acknowledged_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    acknowledged_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    shelved_until: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    shelved_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    why_shelved = models.CharField(max_length=200, blank=True)
    verdict = models.CharField(max_length=8, blank=True, choices=_codes(Verdict))
    note = models.CharField(max_length=500, blank=True)
    merged = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="held")
    hushed = models.CharField(max_length=8, blank=True, choices=_codes(Hushed))
    diagnosis = models.JSONField(default=dict)
    evidence: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    customer_told_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    ticket_number = models.CharField(max_length=24, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "rule"], condition=Q(cleared_at=None), name="alarm_once"
            )
        ]
        indexes = [
            models.Index(fields=["asset", "-raised_at"], name="alarm_of_machine"),
            models.Index(fields=["-raised_at", "-id"], name="alarm_newest"),
            models.Index(
                fields=["klass", "-raised_at"], name="alarm_open",
                condition=Q(cleared_at=None) | Q(acknowledged_at=None),
            ),
            models.Index(
                fields=["told_at"], name="alarm_unanswered", condition=Q(acknowledged_at=None, hushed="")
            ),
            models.Index(
                fields=["ticket_number"], name="alarm_of_ticket", condition=~Q(ticket_number="")
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> AlarmState:
        if self.cleared_at is None:
            return AlarmState.ACTIVE_ACK if self.acknowledged_at else AlarmState.ACTIVE_UNACK
        return AlarmState.CLEARED if self.acknowledged_at else AlarmState.RTN_UNACK


class Limits(models.QuerySet["Limit"]):
    def edges(self) -> Limits:
        """What holds now of limits: None for a rule that is off. Where the duration alone is the machine's own there
        is no row, for the limit is the template's.
        """
        return self.filter(ended_at=None).exclude(value=None, lasting__isnull=False)

    def durations(self) -> dict[int, float]:
        """Of one rule: the seconds of the machines that have a duration of their own now."""
        rows = self.filter(ended_at=None).values_list("asset_id", "lasting")
        return {asset: lasting for asset, lasting in rows if lasting is not None}


class Limit(models.Model):
    """What holds for one machine alone of a rule, with the reason: its limit (`value`), how long it must stand beyond
    it (`lasting`, seconds), or both; the other is the template's. With neither the rule is off for this machine.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="alarm_limits")
    rule = models.CharField(max_length=40)
    value: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    lasting: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    why = models.CharField(max_length=200)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = Limits.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset", "rule"], condition=Q(ended_at=None), name="limit_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.rule}"

    @property
    def off(self) -> bool:
        return self.value is None and self.lasting is None
