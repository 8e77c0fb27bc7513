"""Writes of tickets."""

from __future__ import annotations

from bihuan.apps.tickets.actions.around import (
    chase,
    link,
    merge,
    move_reported_at,
    pause,
    resume,
    split,
)  # fmt: skip
from bihuan.apps.tickets.actions.ending import (
    cancel,
    close,
    confirm,
    deny,
    give_up,
    missing_to_close,
    reopen,
    try_confirm,
)  # fmt: skip
from bihuan.apps.tickets.actions.opening import (
    Received,
    Report,
    double_of,
    identify,
    open_ticket,
    receive,
)  # fmt: skip
from bihuan.apps.tickets.actions.working import (
    Handing,
    Solution,
    Verified,
    accept,
    arrived,
    assign,
    contacted,
    dispatch,
    feed_back,
    go_on,
    hand_over,
    note,
    reply,
    solve,
    take_over,
    verify,
    wait,
)  # fmt: skip

__all__ = [
    "Handing", "Received", "Report", "Solution", "Verified", "accept", "arrived", "assign", "cancel", "chase",
    "close", "confirm", "contacted", "deny", "dispatch", "double_of", "feed_back", "give_up", "go_on",
    "hand_over", "identify", "link", "merge", "missing_to_close", "move_reported_at", "note", "open_ticket",
    "pause", "receive", "reopen", "reply", "resume", "solve", "split", "take_over", "try_confirm", "verify",
    "wait",
]  # fmt: skip
