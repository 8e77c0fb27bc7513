"""What customers bought."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import words
from bihuan.apps.customers.models.customer import Customer


class Purchase(models.Model):
    """One order with its tax-inclusive amount in CNY; a mistake is voided, never deleted."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="purchases")
    order_no = models.CharField(_("订单号"), max_length=60)
    made_on = models.DateField(_("日期"))
    amount = models.DecimalField(_("金额（元，含税）"), max_digits=14, decimal_places=2)
    category = models.CharField(_("类别"), max_length=12, choices=words.choices(words.CATEGORY))
    note = models.CharField(_("说明"), max_length=200, blank=True)
    repeat = models.BooleanField(default=False)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order_no"], condition=Q(voided_at=None), name="purchase_order_once"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="purchase_amount_positive"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-made_on"], name="purchase_of", include=["amount", "voided_at"]
            )
        ]

    def __str__(self) -> str:
        return self.order_no


class PurchaseDay(models.Model):
    """What all customers together bought on a day: the base of a customer's share, so that no
    fact has to add up every order of the company.
    """

    day = models.DateField(primary_key=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)

    def __str__(self) -> str:
        return f"{self.day}"
