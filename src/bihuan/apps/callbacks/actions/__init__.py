"""Writes of calls and visits."""

from __future__ import annotations

from bihuan.apps.callbacks.actions.calls import Talk, record, take_back
from bihuan.apps.callbacks.actions.plans import (
    add_news,
    close_campaign,
    draw,
    finish_plan,
    finish_samples,
    month_of,
    prepare,
    score,
    shift,
    start_campaign,
)  # fmt: skip
from bihuan.apps.callbacks.actions.problems import (
    Found,
    Promised,
    asked_in_vain,
    confirm,
    feed_back,
    found_problem,
    handle,
    keep,
    made_promise,
    reopen,
    transfer,
)  # fmt: skip
from bihuan.apps.callbacks.actions.visits import (
    Report,
    agree,
    allow_gift,
    cancel,
    check_in_by_code,
    check_in_by_place,
    check_in_by_qr,
    finish,
    plan_visit,
    send_minutes,
)  # fmt: skip

__all__ = [
    "Found", "Promised", "Report", "Talk", "add_news", "agree", "allow_gift", "asked_in_vain", "cancel",
    "check_in_by_code", "check_in_by_place", "check_in_by_qr", "close_campaign", "confirm", "draw",
    "feed_back", "finish", "finish_plan", "finish_samples", "found_problem", "handle", "keep",
    "made_promise", "month_of", "plan_visit", "prepare", "record", "reopen", "score", "send_minutes", "shift",
    "start_campaign", "take_back", "transfer",
]  # fmt: skip
