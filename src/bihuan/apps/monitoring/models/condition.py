"""What machines did by the day, how they are, and what was measured of their parts."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from bihuan.apps.assets.models import Asset, Check

USER = settings.AUTH_USER_MODEL


class MachineDay(models.Model):
    """A day (of the house's time zone) of a machine, folded from its samples: briefs and fleet pages
    read this and no samples. Folded again it is the same.

    Times in seconds. `totals` are the counters at its end, `gained` their increase; `points` by code
    [seconds, mean, low, high, peak] at speed; `worn` the weighted use of each part; `used` what was
    consumed; `alarms` how many of each class were raised. `health` is the index as it was
    last assessed while this day was the newest.
    """

    pk = models.CompositePrimaryKey("asset_id", "day")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="days", db_index=False)
    day = models.DateField()
    template = models.CharField(max_length=40)
    samples = models.IntegerField()
    seen_s = models.FloatField()
    run_s = models.FloatField()
    starts = models.IntegerField()
    states = models.JSONField(default=dict)
    totals = models.JSONField(default=dict)
    gained = models.JSONField(default=dict)
    points = models.JSONField(default=dict)
    worn = models.JSONField(default=dict)
    used = models.JSONField(default=dict)
    alarms = models.JSONField(default=dict)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    health: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    folded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["day", "asset"], name="day_of_fleet")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.day}"


class DayDue(models.Model):
    """A day of a machine whose samples or alarms changed: to be folded (again)."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asset", "day"], name="day_due_once")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.day}"


class Condition(models.Model):
    """How a machine is now, as it was last assessed: what lists, maps and pages read.

    `index` 0 to 100 (empty: nothing is known), `confidence` 0 to 1; `why` the shares with their
    reasons, `lives` the parts with what is left, `services` what maintenance comes next by its
    counters; all as `actions.assessing` writes them. `told` are the occasions whose facts were told.
    `hours_a_day` is its own usage, by the calendar day. `tried_at`: then it was due and could not be
    assessed.
    """

    asset = models.OneToOneField(
        Asset, primary_key=True, on_delete=models.PROTECT, related_name="condition"
    )
    template = models.CharField(max_length=40)
    index: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    confidence = models.FloatField(default=0)
    grade = models.CharField(max_length=10, blank=True)
    why = models.JSONField(default=dict)
    lives = models.JSONField(default=list)
    services = models.JSONField(default=list)
    worst_wear: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    hours: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    hours_a_day = models.FloatField(default=0)
    open_alarms = models.PositiveIntegerField(default=0)
    open_class = models.CharField(max_length=8, blank=True)
    latitude: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    longitude: models.FloatField[float | None, float | None] = models.FloatField(null=True)
    last_day = models.DateField(null=True)
    at = models.DateTimeField()
    tried_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    class Meta:
        indexes = [
            models.Index(fields=["index", "asset"], name="condition_worst"),
            models.Index(
                fields=["latitude", "longitude"], name="condition_where", condition=Q(latitude__isnull=False)
            ),
            models.Index(fields=["at"], name="condition_oldest"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.asset_id} {self.index}"


class Wear(models.Model):
    """A wear (0 new, 1 used up) of a part that somebody measured at an inspection: it corrects what is
    estimated until the part is replaced.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="wears")
    part = models.CharField(max_length=40)
    at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    wear = models.FloatField()
    note = models.CharField(max_length=200, blank=True)
    check_row = models.ForeignKey(Check, null=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(wear__gte=0, wear__lte=1), name="wear_sane")
        ]
        indexes = [models.Index(fields=["asset", "part", "-at"], name="wear_of_part")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.part} {self.wear}"


class Report(models.Model):
    """A health report that somebody asked for: made in the background, kept as a file.

    `content` is what it says, as it was when it was asked for: the file is made of nothing else.
    `token` is what its QR holds.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="health_reports")
    number = models.CharField(max_length=24, unique=True)
    version = models.PositiveSmallIntegerField(default=1)
    token = models.CharField(max_length=40, unique=True)
    start = models.DateField()
    end = models.DateField()
    language = models.CharField(max_length=2)
    content = models.JSONField(default=dict)
    file = models.ForeignKey("evidence.File", null=True, on_delete=models.PROTECT, related_name="+")
    failed = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    made_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["asset", "-asked_at"], name="report_of_machine")]

    def __str__(self) -> str:
        return self.number
