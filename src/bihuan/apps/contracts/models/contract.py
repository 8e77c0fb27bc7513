"""The contract, what it covers, what it promises, and how it was changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts import words
from bihuan.apps.contracts.enums import Hours, Kind, State, Status
from bihuan.apps.contracts.rules.states import state_on
from bihuan.apps.customers.models import Customer
from bihuan.base import clock

# What `in_force` says, written out for the states that every fact reads: contract `c`, a day.
IN_FORCE = """
    c.status IN ('SIGNED', 'ENDED') AND c.start_on <= %(day)s
    AND (c.end_on IS NULL OR c.end_on >= %(day)s)
    AND (c.ended_on IS NULL OR c.ended_on >= %(day)s)
"""


class ContractQuerySet(models.QuerySet["Contract"]):
    def in_force(self, on: date | None = None) -> Self:
        """Signed contracts that run on a day (default: today by the house's clock)."""
        day = on or timezone.localtime(clock.now()).date()
        return self.filter(
            Q(end_on=None) | Q(end_on__gte=day), Q(ended_on=None) | Q(ended_on__gte=day),
            status__in=(Status.SIGNED, Status.ENDED), start_on__lte=day,
        )  # fmt: skip

    def expiring(self, on: date, days: int) -> Self:
        """Those in force whose end lies within so many days and that were not renewed."""
        return self.in_force(on).filter(end_on__lte=on + timedelta(days=days), ended_on=None)


class Contract(models.Model):
    """
    What was agreed with a customer. A draft is edited; a signed contract is only amended.

    `start_on` and `end_on` are both inside; without an end it runs until ended. `covers_all`:
    every machine that the customer operates is covered, else those of `ContractAsset`.
    `warranty_months` (sale) sets the warranty of its machines.
    """

    no = models.CharField(_("合同号"), max_length=60, unique=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("客户")
    )
    kind = models.CharField(
        _("种类"), max_length=20, choices=words.choices(words.KIND), default=Kind.SERVICE
    )
    title = models.CharField(_("名称"), max_length=120, blank=True)
    start_on = models.DateField(_("起始日"))
    end_on: models.DateField[date | None, date | None] = models.DateField(
        _("到期日"), null=True, blank=True
    )
    amount = models.DecimalField(_("金额（元，含税）"), max_digits=14, decimal_places=2, default=0)
    status = models.CharField(
        max_length=10, default=Status.DRAFT, choices=[(str(each), str(each)) for each in Status]
    )
    covers: models.Field[list[str], list[str]] = ArrayField(
        models.CharField(max_length=10), default=list, blank=True
    )
    hours = models.CharField(
        _("服务时间"), max_length=16, choices=words.choices(words.HOURS), default=Hours.WORKING
    )
    covers_all = models.BooleanField(_("覆盖客户的全部设备"), default=False)
    warranty_months = models.PositiveSmallIntegerField(_("约定保修月数"), null=True, blank=True)
    exclusions = models.CharField(_("不包括"), max_length=500, blank=True)
    duties = models.CharField(_("客户的义务"), max_length=500, blank=True)
    signed_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    ended_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    ended_reason = models.CharField(max_length=12, blank=True)
    ended_why = models.CharField(max_length=200, blank=True)
    renews = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="renewals"
    )
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    # what lists and pages say of it today
    state_title: str
    state_colour: str
    days_left: int | None

    objects: ClassVar[models.Manager[Contract]] = ContractQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end_on=None) | Q(end_on__gte=F("start_on")), name="contract_forward"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="contract_amount_sane"),
            models.CheckConstraint(
                condition=~Q(status__in=("SIGNED", "ENDED")) | Q(signed_on__isnull=False), name="contract_signed_day"
            ),
            models.CheckConstraint(condition=~Q(status="ENDED") | Q(ended_on__isnull=False), name="contract_ended_day"),
            models.UniqueConstraint(fields=["renews"], condition=~Q(renews=None), name="contract_renewed_once"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["customer", "-start_on"], name="contract_of_customer"),
            models.Index(fields=["status", "end_on"], name="contract_by_end"),
            models.Index(fields=["-start_on", "id"], name="contract_by_start"),
        ]

    def __str__(self) -> str:
        return self.no

    @property
    def called(self) -> str:
        """Its name, else its kind."""
        return self.title or words.title(words.KIND, self.kind)

    @property
    def kind_title(self) -> str:
        return words.title(words.KIND, self.kind)

    def state(self, day: date, lead_days: int = 0) -> State:
        """What it is on a day."""
        return state_on(
            day, status=Status(self.status), start_on=self.start_on, end_on=self.end_on, ended_on=self.ended_on,
            ended_reason=self.ended_reason, lead_days=lead_days,
        )  # fmt: skip


class ContractAsset(models.Model):
    """A machine is covered from a day until a day (both inside; empty = as long as the contract)."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="machines")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="cover_rows")
    from_on = models.DateField()
    to_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "asset"], condition=Q(to_on=None), name="contract_asset_once"
            ),
        ]
        indexes = [models.Index(fields=["asset", "from_on"], name="cover_of_asset")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.asset_id}"


class ResponseTerm(models.Model):
    """A limit that this contract sets for a kind of duty; lies over the regulation where stricter."""

    contract = models.ForeignKey(Contract, on_delete=models.CASCADE, related_name="terms")
    duty = models.CharField(_("事项"), max_length=60)
    within = models.CharField(_("期限"), max_length=20)
    calendar = models.CharField(_("日历"), max_length=60, blank=True)
    clause = models.CharField(_("合同条款"), max_length=20, blank=True)
    from_on = models.DateField()
    to_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "duty"], condition=Q(to_on=None), name="response_term_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.duty} {self.within}"


class Amendment(models.Model):
    """A signed change: `changes` holds field -> [before, after] and lists of machines and terms."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="amendments")
    number = models.PositiveSmallIntegerField()
    signed_on = models.DateField(_("签署日"))
    from_on = models.DateField(_("生效日"))
    why = models.CharField(_("原因"), max_length=200)
    changes: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="amendment_once")
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}-{self.number}"
