"""The machine, the stages of its life, whose it was when, and what was agreed of its warranty."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.assets import words
from bihuan.apps.assets.enums import AT_CUSTOMER, LIVING, Status
from bihuan.apps.assets.models.catalogue import Model
from bihuan.apps.assets.models.places import MachineSet, Place
from bihuan.apps.customers.models import Customer

TOKEN_BYTES = 16


def new_token() -> str:
    """What a QR label holds: random, says nothing, is never computed from the row."""
    return secrets.token_urlsafe(TOKEN_BYTES)


class AssetQuerySet(models.QuerySet["Asset"]):
    def living(self) -> Self:
        """All that are not scrapped."""
        return self.filter(status__in=LIVING)

    def at_customers(self) -> Self:
        """Machines that have reached a customer and are not scrapped."""
        return self.filter(status__in=AT_CUSTOMER)


class Asset(models.Model):
    """A machine with a serial number (unique per maker and model).

    Four parties: `customer` operates it, `owner` owns it, `sold_to` bought it, `serviced_by` is the
    dealer that serves it (empty: we do). `parent` is the machine it is built into. `warranty_from`
    and `warranty_to` (last day, inside) are computed by `rules.warranty` whenever what they depend
    on changes. `hours` is the total over all meters. `token` is what the QR label holds.
    """

    model = models.ForeignKey(
        Model, on_delete=models.PROTECT, related_name="assets", verbose_name=_("型号")
    )
    serial = models.CharField(_("出厂编号"), max_length=60)
    token = models.CharField(max_length=40, unique=True, default=new_token)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="assets", verbose_name=_("使用方")
    )
    owner = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="owned_assets", verbose_name=_("所有方")
    )
    sold_to = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bought_assets",
        verbose_name=_("购买方"),
    )
    serviced_by = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="serviced_assets",
        verbose_name=_("服务方"),
    )
    place = models.ForeignKey(
        Place,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assets",
        verbose_name=_("位置"),
    )
    parent = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="children",
        verbose_name=_("上级设备"),
    )
    machine_set = models.ForeignKey(
        MachineSet,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="members",
        verbose_name=_("成套"),
    )
    spare = models.BooleanField(_("备用机"), default=False)
    status = models.CharField(
        _("状态"), max_length=16, choices=words.choices(words.STATUS), default=Status.PRODUCED
    )
    critical = models.BooleanField(_("关键设备"), default=False)
    connected = models.BooleanField(_("已接入远程监控"), default=False)
    firmware = models.CharField(_("固件"), max_length=40, blank=True)
    order_no = models.CharField(_("订单号"), max_length=60, blank=True)
    nickname = models.CharField(_("客户叫法"), max_length=60, blank=True)
    delivered_on: models.DateField[date | None, date | None] = models.DateField(
        _("交付日"), null=True, blank=True
    )
    commissioned_on: models.DateField[date | None, date | None] = models.DateField(
        _("验收日"), null=True, blank=True
    )
    warranty_ended_on: models.DateField[date | None, date | None] = models.DateField(
        null=True, blank=True
    )
    warranty_from: models.DateField[date | None, date | None] = models.DateField(null=True)
    warranty_to: models.DateField[date | None, date | None] = models.DateField(null=True)
    hours = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    hours_at = models.DateTimeField(null=True)
    added_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[models.Manager[Asset]] = AssetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["model", "serial"], name="asset_serial_once"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="asset_parent_other"),
            models.CheckConstraint(
                condition=Q(warranty_to=None) | Q(warranty_to__gte=F("warranty_from")), name="asset_warranty_forward"
            ),
            models.CheckConstraint(
                condition=Q(commissioned_on=None) | Q(delivered_on=None) | Q(commissioned_on__gte=F("delivered_on")),
                name="asset_commissioned_after_delivery",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["customer", "status"], name="asset_of_customer"),
            models.Index(fields=["serviced_by", "status"], name="asset_of_dealer"),
            models.Index(fields=["owner"], name="asset_of_owner"),
            models.Index(fields=["status", "serial"], name="asset_by_status"),
            models.Index(fields=["warranty_to"], name="asset_by_warranty"),
            models.Index(fields=["serial"], name="asset_by_serial"),
            # What the tabs of the list count, without a look at every row.
            models.Index(
                fields=["id"],
                name="asset_critical",
                condition=Q(critical=True) & ~Q(status=Status.SCRAPPED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model.code} {self.serial}"

    @property
    def status_title(self) -> str:
        return words.title(words.STATUS, self.status)

    @property
    def status_colour(self) -> str:
        return words.STATUS_COLOUR[Status(self.status)]

    def in_warranty(self, day: date) -> bool:
        """Whether the warranty holds on this day."""
        return (
            self.warranty_from is not None and self.warranty_to is not None
            and self.warranty_from <= day <= self.warranty_to
        )  # fmt: skip


class StageChange(models.Model):
    """One stage of a machine's life began."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="stages")
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16, choices=words.choices(words.STATUS))
    at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    told_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["asset", "-at"], name="stage_of")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.after}"


class Stay(models.Model):
    """Who had the machine and where it stood, from a moment until the next move."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="stays")
    from_at = models.DateTimeField()
    to_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    serviced_by = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(Place, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, blank=True, choices=words.choices(words.MOVE))
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=Q(to_at=None), name="stay_open_once"
            ),
            models.CheckConstraint(
                condition=Q(to_at=None) | Q(to_at__gte=F("from_at")), name="stay_forward"
            ),
        ]
        indexes = [models.Index(fields=["asset", "-from_at"], name="stay_of")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.customer_id}"


class WarrantyTerm(models.Model):
    """What a contract says of this machine's warranty: other months, or cover until a day."""

    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="warranty_terms")
    source = models.CharField(max_length=80)
    months = models.PositiveSmallIntegerField(null=True)
    until = models.DateField(null=True)
    added_at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(months=None, until__isnull=False) | Q(months__isnull=False, until=None), name="warranty_term_one"
            ),
            models.UniqueConstraint(fields=["asset", "source"], condition=Q(withdrawn_at=None), name="warranty_term_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.asset_id} {self.source}"
