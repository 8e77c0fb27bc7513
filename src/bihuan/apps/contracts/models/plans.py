"""Planned maintenance by calendar, of a model or of a contract."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.contracts import words
from bihuan.apps.contracts.enums import CountedFrom
from bihuan.apps.contracts.models.contract import Contract


class MaintenancePlan(models.Model):
    """One kind of maintenance, `every` so long (3mo, 2w, 1y): for every machine of a model, or for
    the machines of a contract. A contract's plan takes the place of the model's for that kind.
    """

    model = models.ForeignKey(
        Model, null=True, on_delete=models.PROTECT, related_name="plans", verbose_name=_("型号")
    )
    contract = models.ForeignKey(
        Contract, null=True, on_delete=models.PROTECT, related_name="plans", verbose_name=_("合同")
    )
    kind = models.CharField(_("种类"), max_length=10, choices=words.choices(words.CARE))
    every = models.CharField(_("每隔"), max_length=8)
    counted = models.CharField(
        _("怎么算下一次"),
        max_length=8,
        choices=words.choices(words.COUNTED),
        default=CountedFrom.PLANNED,
    )
    note = models.CharField(_("内容"), max_length=200, blank=True)
    from_on = models.DateField(_("起"))
    ended_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(model=None, contract__isnull=False)
                | Q(model__isnull=False, contract=None),
                name="plan_of_one",
            ),
            models.UniqueConstraint(
                fields=["model", "kind"], condition=Q(ended_on=None), name="plan_once_a_model"
            ),
            models.UniqueConstraint(
                fields=["contract", "kind"], condition=Q(ended_on=None), name="plan_once_a_contract"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.every}"


class PlanVisit(models.Model):
    """One planned maintenance of one machine: told ahead of its day, then done or not."""

    plan = models.ForeignKey(MaintenancePlan, on_delete=models.PROTECT, related_name="visits")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="plan_visits")
    kind = models.CharField(max_length=10, choices=words.choices(words.CARE))
    on_date = models.DateField()
    told_at = models.DateTimeField()
    done_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    note = models.CharField(max_length=200, blank=True)

    objects: ClassVar[models.Manager[PlanVisit]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset", "kind", "on_date"], name="plan_visit_once")
        ]
        indexes = [
            models.Index(fields=["asset", "-on_date"], name="plan_visit_of"),
            models.Index(fields=["on_date"], condition=Q(done_on=None), name="plan_visit_open"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.kind} {self.on_date}"

    @property
    def kind_title(self) -> str:
        return words.title(words.CARE, self.kind)

    @property
    def key(self) -> str:
        """How facts name it."""
        return f"PM-{self.pk}"
