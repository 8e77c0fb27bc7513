"""What is in a machine, and what was in it on any day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import words
from bihuan.apps.assets.models.asset import Asset
from bihuan.apps.assets.rules.life import Life, life


class PartQuerySet(models.QuerySet["Part"]):
    def inside(self) -> Self:
        return self.filter(removed_on=None)

    def on(self, day: date) -> Self:
        """What was in its position on a day: a part removed that day is out, one installed is in."""
        return self.filter(Q(removed_on=None) | Q(removed_on__gt=day), installed_on__lte=day)


class Part(models.Model):
    """A part in a position of a machine, from the day it was installed until it was removed.

    `cycles` are those it has run in its whole life; limits that are empty do not apply. Hours are
    those of the machine since `hours_at_install`, plus `hours_before`.
    """

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="parts")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.CharField(_("位置号"), max_length=60)
    part_no = models.CharField(_("料号"), max_length=60, blank=True)
    name = models.CharField(_("部件"), max_length=80)
    serial = models.CharField(_("部件序号"), max_length=60, blank=True)
    installed_on = models.DateField(_("装上日"))
    removed_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    why = models.CharField(max_length=10, blank=True, choices=words.choices(words.PART_WHY))
    cycles = models.PositiveIntegerField(_("已用循环"), default=0)
    cycle_limit = models.PositiveIntegerField(_("循环寿命"), null=True, blank=True)
    hours_before = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    hours_at_install = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    hour_limit = models.PositiveIntegerField(_("工时寿命"), null=True, blank=True)
    expires_on = models.DateField(_("有效期至"), null=True, blank=True)
    warned_at = models.DateTimeField(null=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Part]] = PartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "position"], condition=Q(removed_on=None), name="part_position_once"),
            models.UniqueConstraint(
                fields=["part_no", "serial"], condition=Q(removed_on=None) & ~Q(serial=""), name="part_serial_in_one_place"
            ),
            models.CheckConstraint(condition=Q(removed_on=None) | Q(removed_on__gte=F("installed_on")), name="part_forward"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["asset", "position", "-installed_on"], name="part_of")]

    def __str__(self) -> str:
        return f"{self.position} {self.name} {self.serial}"

    def life(self, day: date, hours: float | None = None) -> Life | None:
        """What is left on a day when the machine has run `hours` in total."""
        run = float(self.hours_before) + max(0.0, (hours or 0.0) - float(self.hours_at_install))
        return life(
            cycles=self.cycles, cycle_limit=self.cycle_limit, hours=run,
            hour_limit=self.hour_limit, installed_on=self.installed_on,
            expires_on=self.expires_on, day=day,
        )  # fmt: skip
