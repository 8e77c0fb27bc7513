"""What the clock makes true of people."""

from __future__ import annotations

from datetime import datetime

from bihuan.apps.people import actions


def follow_posts(now: datetime) -> int:
    """Rights come and go with the days of posts."""
    return actions.follow_posts(now)


def tell_leaves(now: datetime) -> int:
    """Absences begin and end with their days."""
    return actions.tell_leaves(now)
