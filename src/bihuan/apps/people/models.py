"""Who holds which post, in which team and region, by which working calendar."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.people.enums import Layer


class Region(models.Model):
    """A sales and service region."""

    code = models.CharField(_("代码"), max_length=20, primary_key=True)
    name = models.CharField(_("名称"), max_length=60)

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People who work together; their lead is the first step of most ladders."""

    code = models.CharField(_("代码"), max_length=20, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="leads",
    )
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)

    def __str__(self) -> str:
        return self.name


class HeldQuerySet(models.QuerySet["Post"]):
    def held(self, on: date) -> Self:
        """Posts held on a day (half-open periods)."""
        return self.filter(Q(to_on=None) | Q(to_on__gt=on), from_on__lte=on)


class Post(models.Model):
    """Somebody holds a role (packs/vocabulary/roles.yaml), for the company or for one region."""

    role = models.CharField(_("岗位"), max_length=40)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT)
    from_on = models.DateField(_("从"))
    to_on = models.DateField(_("到"), null=True, blank=True)
    acting = models.BooleanField(_("代理"), default=False)

    objects: ClassVar[models.Manager[Post]] = HeldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on=None) | Q(to_on__gt=F("from_on")), name="post_period_forward"
            ),
            models.UniqueConstraint(
                fields=["role", "user", "region"], condition=Q(to_on=None),
                nulls_distinct=False, name="post_held_once",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["role", "from_on"])]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id}"


class Skill(models.Model):
    """What somebody has learned; an expired proof does not count."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="skills"
    )
    code = models.CharField(_("技能"), max_length=40)
    level = models.PositiveSmallIntegerField(_("级别"), default=1)
    until = models.DateField(_("有效至"), null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code"], name="skill_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.level}"


class Leave(models.Model):
    """Somebody is away; the substitute answers for the duties of that time."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="leaves"
    )
    substitute = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="substitutes_for",
    )
    from_on = models.DateField(_("从"))
    to_on = models.DateField(_("到（不含）"))
    reason = models.CharField(_("事由"), max_length=80, blank=True)
    away_told_at = models.DateTimeField(null=True)
    back_told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__gt=F("from_on")), name="leave_period_forward"
            ),
            models.CheckConstraint(
                condition=Q(substitute=None) | ~Q(substitute=F("user")),
                name="leave_substitute_other",
            ),
        ]
        indexes = [models.Index(fields=["user", "to_on"])]

    def __str__(self) -> str:
        return f"{self.user_id} {self.from_on}"


class Capacity(models.Model):
    """How many duties get done in a full working week: by one person, by each member of a team, by
    each holder of a role, or (none of them named) by anybody. The nearest figure holds.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.OneToOneField(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    role = models.CharField(_("岗位"), max_length=40, blank=True)
    per_week = models.PositiveIntegerField(_("每周件数"))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user=None, team=None) | Q(team=None, role="") | Q(user=None, role=""),
                name="capacity_of_one",
            ),
            models.UniqueConstraint(
                fields=["role"], condition=Q(user=None, team=None), name="capacity_of_role_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id or self.team_id or self.role or '*'} {self.per_week}"


class WorkCalendar(models.Model):
    """One layer of working time; `data` is `lib.workcal.Calendar.to_data()` without its parent.

    A change makes the next version; what was computed keeps the version that it used.
    """

    code = models.CharField(_("代码"), max_length=60, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    layer = models.CharField(
        max_length=10, default=Layer.COMPANY, choices=[(each, each) for each in Layer]
    )
    ref = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT)
    version = models.PositiveIntegerField(default=1)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "ref"], name="calendar_layer_once", condition=~Q(ref="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class CalendarVersion(models.Model):
    """A calendar as it was in one version, with the notice that changed it."""

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    source = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "version"], name="calendar_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.version}"
