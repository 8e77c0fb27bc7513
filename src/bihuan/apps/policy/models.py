"""A company's pack, one row per version."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.signing_models import PackSignature
from bihuan.apps.policy.writing_models import Writing, WritingClause
from bihuan.base.texts import in_language

__all__ = ["PackQuerySet", "PackSignature", "PackVersion", "Writing", "WritingClause"]


class Period(models.Func):
    """The half-open range of two instants."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class PackQuerySet(models.QuerySet["PackVersion"]):
    def published(self) -> Self:
        return self.filter(status=Status.PUBLISHED).order_by("in_force_from")

    def in_force(self, at: datetime) -> Self:
        """The version in force at an instant (one at most; held by a constraint)."""
        return self.filter(
            Q(in_force_to=None) | Q(in_force_to__gt=at),
            status=Status.PUBLISHED,
            in_force_from__lte=at,
        )


class PackVersion(models.Model):
    """The exact files of one version of the regulation; unchangeable once published."""

    code = models.CharField(_("制度包"), max_length=40)
    version = models.CharField(_("版本"), max_length=20)
    title: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()
    files: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()
    hash = models.CharField(max_length=64)
    status = models.CharField(max_length=10, default=Status.DRAFT, choices=[(s, s) for s in Status])
    in_force_from = models.DateTimeField(_("生效"), null=True)
    in_force_to = models.DateTimeField(_("失效"), null=True)
    made_at = models.DateTimeField()
    # what a draft was written from, and how often it has been changed since
    base = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    # ids of everybody whose words are in it since the last version in force; none of them approves
    authors: models.JSONField[list[int], list[int]] = models.JSONField(default=list)
    # while it waits for approval: {by, at, from_on, note, trial}
    submission: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[models.Manager[PackVersion]] = PackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="pack_version_once"),
            models.CheckConstraint(
                condition=~Q(status=Status.PUBLISHED) | Q(in_force_from__isnull=False),
                name="pack_published_from",
            ),
            models.CheckConstraint(
                condition=Q(in_force_to=None) | Q(in_force_to__gt=F("in_force_from")),
                name="pack_period_forward",
            ),
            # exactly one version is in force at an instant
            ExclusionConstraint(
                name="pack_one_in_force",
                expressions=[
                    (
                        Period("in_force_from", "in_force_to", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    )
                ],
                condition=Q(status=Status.PUBLISHED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"

    @property
    def pack_title(self) -> str:
        return in_language(self.title)

    def named(self, language: str | None = None) -> str:
        """As people call it: the title of its pack (default: in the page's language), the version."""
        return f"{in_language(self.title, language)} {self.version}"

    def in_force_at(self, moment: datetime) -> bool:
        """Whether it is the version in force at an instant."""
        begun = self.in_force_from is not None and self.in_force_from <= moment
        ended = self.in_force_to is not None and self.in_force_to <= moment
        return self.status == Status.PUBLISHED and begun and not ended
