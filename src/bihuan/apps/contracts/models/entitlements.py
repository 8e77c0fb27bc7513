"""What a customer may still use: a counter moved by ledger rows only."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.contracts import profile, words
from bihuan.apps.contracts.models.contract import Contract


class Entitlement(models.Model):
    """`granted` and `used` are the sums of the rows; the database refuses used > granted."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="entitlements")
    kind = models.CharField(_("权益"), max_length=30)
    clause = models.CharField(_("合同条款"), max_length=20, blank=True)
    granted = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    used = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    from_on = models.DateField()
    to_on: models.DateField[date | None, date | None] = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "kind", "from_on"], name="entitlement_once"
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("granted")),
                name="entitlement_never_below_zero",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.kind}"

    @property
    def title(self) -> str:
        return profile.entitlement_title(self.kind)

    @property
    def unit(self) -> str:
        return profile.unit_of(self.kind)

    @property
    def left(self) -> Decimal:
        return self.granted - self.used

    def is_open(self, day: date) -> bool:
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


class EntitlementRow(models.Model):
    """One movement: never changed, never deleted; a use is taken back by an UNDO that names it."""

    entitlement = models.ForeignKey(Entitlement, on_delete=models.PROTECT, related_name="rows")
    kind = models.CharField(max_length=6, choices=words.choices(words.ROW))
    quantity = models.DecimalField(max_digits=12, decimal_places=2)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ref = models.CharField(_("单号"), max_length=60, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    undoes = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="undone_by"
    )

    objects: ClassVar[models.Manager[EntitlementRow]] = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="entitlement_row_positive"),
            models.CheckConstraint(
                condition=Q(kind="UNDO", undoes__isnull=False) | ~Q(kind="UNDO") & Q(undoes=None),
                name="entitlement_row_undoes",
            ),
        ]
        indexes = [
            models.Index(fields=["entitlement", "-at"], name="entitlement_row_of"),
            models.Index(fields=["entitlement", "ref"], name="entitlement_row_by_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.entitlement_id} {self.kind} {self.quantity}"

    @property
    def kind_title(self) -> str:
        return words.title(words.ROW, self.kind)

    @property
    def is_undone(self) -> bool:
        return hasattr(self, "undone_by")
