"""The models that the company makes or serves."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import profile
from bihuan.apps.assets.rules.warranty import Terms


class Model(models.Model):
    """A model of machine. Warranty months that are empty are those of its family; `limits` holds
    upper limits of measuring points that differ from the house's: point -> {warn, alarm}.
    """

    code = models.CharField(_("型号"), max_length=60)
    maker = models.CharField(_("制造商"), max_length=80, blank=True)
    name = models.CharField(_("名称"), max_length=120)
    pinyin = models.CharField(max_length=240)
    initials = models.CharField(max_length=60)
    family = models.CharField(_("产品系列"), max_length=30, default=profile.OTHER)
    warranty_months = models.PositiveSmallIntegerField(_("保修月数"), null=True, blank=True)
    warranty_latest_months = models.PositiveSmallIntegerField(
        _("交付后最迟月数"), null=True, blank=True
    )
    limits: models.JSONField[dict[str, dict[str, Any]], dict[str, dict[str, Any]]] = (
        models.JSONField(default=dict, blank=True)
    )
    note = models.CharField(_("说明"), max_length=300, blank=True)
    retired_on = models.DateField(_("停产日"), null=True, blank=True)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["maker", "code"], name="model_once")]
        ordering = ("code", "id")

    def __str__(self) -> str:
        return f"{self.code} {self.name}" if self.name != self.code else self.code

    @property
    def called(self) -> str:
        """Code and name, without saying the same twice."""
        return self.name if self.code in self.name else f"{self.code} {self.name}"

    @property
    def family_title(self) -> str:
        return profile.family_title(self.family)

    @property
    def terms(self) -> Terms:
        return profile.family_terms(
            self.family, months=self.warranty_months, latest_months=self.warranty_latest_months
        )


class ServiceLine(models.Model):
    """The number that a customer calls, for all machines or for one family."""

    family = models.CharField(_("产品系列"), max_length=30, blank=True, unique=True)
    phone = models.CharField(_("报修电话"), max_length=30)
    hours = models.CharField(_("接听时间"), max_length=80, blank=True)

    def __str__(self) -> str:
        return self.phone
