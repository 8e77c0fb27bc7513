"""Tables of the customers."""

from __future__ import annotations

from bihuan.apps.customers.models.care import (
    ClauseException,
    DayDone,
    HandOver,
    KeyDate,
    Merge,
    Verification,
)
from bihuan.apps.customers.models.contact import Consent, Contact
from bihuan.apps.customers.models.customer import Customer, CustomerQuerySet
from bihuan.apps.customers.models.purchase import Purchase, PurchaseDay
from bihuan.apps.customers.models.tier import TierChange, TierReview

__all__ = [
    "ClauseException", "Consent", "Contact", "Customer", "CustomerQuerySet", "DayDone", "HandOver", "KeyDate",
    "Merge", "Purchase", "PurchaseDay", "TierChange", "TierReview", "Verification",
]  # fmt: skip
