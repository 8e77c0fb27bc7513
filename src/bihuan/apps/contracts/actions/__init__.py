"""What may be done to contracts."""

from __future__ import annotations

from bihuan.apps.contracts.actions.amending import amend
from bihuan.apps.contracts.actions.contracts import add_contract, change_draft
from bihuan.apps.contracts.actions.entitlements import grant, undo, use
from bihuan.apps.contracts.actions.lifecycle import (
    approve,
    end,
    return_to_draft,
    send_to_review,
    sign,
)
from bihuan.apps.contracts.actions.plans import add_plan, do_visit, end_plan, suggest_plans

__all__ = [
    "add_contract", "add_plan", "amend", "approve", "change_draft", "do_visit", "end", "end_plan", "grant",
    "return_to_draft", "send_to_review", "sign", "suggest_plans", "undo", "use",
]  # fmt: skip
