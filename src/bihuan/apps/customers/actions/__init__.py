"""Everything that changes customers."""

from __future__ import annotations

from bihuan.apps.customers.actions.contacts import (
    add_contact,
    change_contact,
    contact_left,
    set_consent,
    touched,
    unmask,
)
from bihuan.apps.customers.actions.customers import add_customer, change_customer, verify_facts
from bihuan.apps.customers.actions.exceptions import (
    ask_exception,
    end_exception,
    grant_exception,
    refuse_exception,
)
from bihuan.apps.customers.actions.handing import close_account, hand_over
from bihuan.apps.customers.actions.key_dates import add_key_date, end_key_date
from bihuan.apps.customers.actions.merging import decide_merge, merge, propose_merge, unmerge
from bihuan.apps.customers.actions.purchases import record_purchase, void_purchase
from bihuan.apps.customers.actions.reviews import review_tiers
from bihuan.apps.customers.actions.tiers import (
    decide_tier,
    propose_tier,
    withdraw_tier,
)

__all__ = [
    "add_contact",
    "add_customer",
    "add_key_date",
    "ask_exception",
    "change_contact",
    "change_customer",
    "close_account",
    "contact_left",
    "decide_merge",
    "decide_tier",
    "end_exception",
    "end_key_date",
    "grant_exception",
    "hand_over",
    "merge",
    "propose_merge",
    "propose_tier",
    "record_purchase",
    "refuse_exception",
    "review_tiers",
    "set_consent",
    "touched",
    "unmask",
    "unmerge",
    "verify_facts",
    "void_purchase",
    "withdraw_tier",
]  # fmt: skip
