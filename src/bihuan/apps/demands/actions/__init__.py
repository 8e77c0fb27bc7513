"""Every write of a demand."""

from __future__ import annotations

from bihuan.apps.demands.actions.archive import Wish, archive, register
from bihuan.apps.demands.actions.holding import transfer
from bihuan.apps.demands.actions.sorting import Review, assign, classify, conclude, review
from bihuan.apps.demands.actions.working import (
    answered,
    confirm_plan,
    deliver,
    mail,
    must_wait,
    propose,
    refuse_plan,
    tell_customer,
)

__all__ = [
    "Review", "Wish", "answered", "archive", "assign", "classify", "conclude", "confirm_plan", "deliver", "mail", "must_wait", "propose",
    "refuse_plan", "register", "review", "tell_customer", "transfer",
]  # fmt: skip
