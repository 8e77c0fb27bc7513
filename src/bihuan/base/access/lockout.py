"""
Wrong passwords for one name close it for a while, longer each time; never for good.

They are counted by the place from which they come, so that nobody shuts a colleague out: a network,
or what strangers do not have, a browser in which this name has signed in before or a living session.
All strangers together have more tries, for guesses from many networks must stay hopeless, too. The
limits per address are allauth's (ACCOUNT_RATE_LIMITS); these hold over all processes.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from bihuan.base.access.models import LoginFailures

FREE_TRIES = 5  # 等保 2.0 asks for a lock-out; five is its usual reading
TRIES_OF_ALL = 20  # of strangers, from wherever
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Place:
    """From where a password is tried; `own` = where no stranger can be."""

    name: str = ""
    own: bool = False


ANYWHERE = Place("*")


def network(address: str) -> Place:
    """The network of an address, as far as one sender may have it whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return Place()
    found = getattr(found, "ipv4_mapped", None) or found
    return Place(str(ipaddress.ip_network((found, 24 if found.version == 4 else 64), strict=False)))


def own(kind: str, secret: str) -> Place:
    """A session, or a browser that is known, by what it shows for it."""
    return Place(f"{kind}:{hashlib.sha256(secret.encode()).hexdigest()[:24]}", own=True)


def _name(username: str) -> str:
    return hashlib.sha256(username.strip().casefold().encode()).hexdigest()[:24]


def _rows(username: str, place: Place) -> dict[str, int]:
    """What is counted of a try: its row and how many are free."""
    counted = {place: FREE_TRIES} | ({} if place.own else {ANYWHERE: TRIES_OF_ALL})
    return {f"{_name(username)}|{each.name}": free for each, free in counted.items()}


def pause(count: int, free: int = FREE_TRIES) -> timedelta:
    """How long a name is closed after this many wrong passwords in a row."""
    if count < free:
        return timedelta(0)
    times: int = 2 ** min(count - free, 8)
    return min(FIRST_PAUSE * times, LONGEST_PAUSE)


def closed_minutes(username: str, now: datetime, place: Place = Place()) -> int:
    """For how many minutes, rounded up, the name is still closed there; 0 = open."""
    rows = LoginFailures.objects.filter(pk__in=_rows(username, place), closed_until__gt=now)
    until = rows.aggregate(last=Max("closed_until"))["last"]
    return math.ceil((until - now) / timedelta(minutes=1)) if until else 0


def count_failure(username: str, now: datetime, place: Place = Place()) -> int:
    """Count one wrong password; the name need not exist, so that nobody learns which do. Returns
    how many came from this place.
    """
    if not username.strip():
        return 0
    with transaction.atomic():
        counts = [_count(row, free, now) for row, free in _rows(username, place).items()]
    return counts[0]


def _count(pk: str, free: int, now: datetime) -> int:
    row, _made = LoginFailures.objects.select_for_update().get_or_create(
        pk=pk, defaults={"last_at": now}
    )
    row.count = 1 if now - row.last_at > FORGOTTEN_AFTER else row.count + 1
    row.last_at = now
    length = pause(row.count, free)
    row.closed_until = now + length if length else None
    row.save(update_fields=["count", "last_at", "closed_until"])
    return row.count


def clear(username: str, place: Place | None = None) -> None:
    """Forget the wrong passwords: the right one was given there, or, without a place, the
    administrator reset it.
    """
    rows = LoginFailures.objects.filter(pk__startswith=f"{_name(username)}|")
    (rows if place is None else rows.filter(pk__in=_rows(username, place))).delete()


def clear_old(now: datetime) -> int:
    """A tick: rows that say nothing any more go away."""
    return LoginFailures.objects.filter(last_at__lt=now - FORGOTTEN_AFTER).delete()[0]
