"""
Wrong passwords for one name close it for a while, longer each time; never for good.

The limits per address are allauth's (ACCOUNT_RATE_LIMITS); this one holds over all processes.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from django.db import transaction

from bihuan.base.access.models import LoginFailures

FREE_TRIES = 5  # 等保 2.0 asks for a lock-out; five is its usual reading
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


def _name(username: str) -> str:
    return username.strip().casefold()[:60]


def pause(count: int) -> timedelta:
    """How long a name is closed after this many wrong passwords in a row."""
    if count < FREE_TRIES:
        return timedelta(0)
    times: int = 2 ** min(count - FREE_TRIES, 8)
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)


def closed_minutes(username: str, now: datetime) -> int:
    """For how many minutes, rounded up, the name is still closed; 0 = open."""
    row = LoginFailures.objects.filter(pk=_name(username)).first()
    if row is None or row.closed_until is None or row.closed_until <= now:
        return 0
    return math.ceil((row.closed_until - now) / timedelta(minutes=1))


def count_failure(username: str, now: datetime) -> int:
    """Count one wrong password; the name need not exist, so that nobody learns which do."""
    name = _name(username)
    if not name:
        return 0
    with transaction.atomic():
        row, _made = LoginFailures.objects.select_for_update().get_or_create(
            pk=name, defaults={"last_at": now}
        )
        row.count = 1 if now - row.last_at > FORGOTTEN_AFTER else row.count + 1
        row.last_at = now
        length = pause(row.count)
        row.closed_until = now + length if length else None
        row.save(update_fields=["count", "last_at", "closed_until"])
    return row.count


def clear(username: str) -> None:
    """Forget the wrong passwords: the right one was given, or the administrator reset it."""
    LoginFailures.objects.filter(pk=_name(username)).delete()


def clear_old(now: datetime) -> int:
    """A tick: rows that say nothing any more go away."""
    return LoginFailures.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()[0]
