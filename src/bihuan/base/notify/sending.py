"""
Sending one delivery: taken by a conditional UPDATE, finished only by who still holds the fence.

planned -> sending -> sent | unknown | planned again (later) | failed
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db.models import F, Q

from bihuan.base.notify.channels import Ambiguous, Refused, Temporary, port
from bihuan.base.notify.models import Channel, Delivery, Sending

LEASE = timedelta(minutes=2)
CUT_OFF = "cut_off"
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=2)
STILL_NEWS = timedelta(days=3)
"""What waited longer for a way to be set up stays in the outbox: nobody wants a year of mail."""


def send(pk: int, now: datetime) -> str:
    """Try once; returns the state afterwards, or "" when somebody else has it or it is not due."""
    delivery = _take(pk, now)
    if delivery is None:
        return ""
    way = port(delivery.channel)
    if not way.is_ready():
        return _finish(
            delivery, Sending.PLANNED, waits_for=delivery.channel, attempts=F("attempts") - 1
        )
    if delivery.state == Sending.SENDING and not way.knows_doubles:
        # an earlier try was cut off in the middle: a person decides
        return _finish(delivery, Sending.UNKNOWN, error=CUT_OFF)
    try:
        way.send(delivery)
    except Temporary as error:
        return _later(delivery, str(error), now)
    except Ambiguous as error:
        if way.knows_doubles:
            return _later(delivery, str(error), now)
        return _finish(delivery, Sending.UNKNOWN, error=str(error)[:200])
    except Refused as error:
        return _finish(delivery, Sending.FAILED, error=str(error)[:200])
    return _finish(delivery, Sending.SENT, sent_at=now, error="") or _after_all(delivery, now)


def _take(pk: int, now: datetime) -> Delivery | None:
    """The delivery with the state it had before, if this call now holds it."""
    before = Delivery.objects.select_related("notice__to", "webhook").filter(pk=pk).first()
    if before is None:
        return None
    taken = (
        Delivery.objects.filter(pk=pk, due_at__lte=now, fence=before.fence)
        .filter(Q(state=Sending.PLANNED) | Q(state=Sending.SENDING, lease_until__lt=now))
        .update(
            state=Sending.SENDING,
            fence=before.fence + 1,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    if not taken:
        return None
    before.fence += 1
    before.attempts += 1
    return before


def _later(delivery: Delivery, error: str, now: datetime) -> str:
    if delivery.attempts >= MOST_ATTEMPTS:
        return _finish(delivery, Sending.FAILED, error=error[:200])
    most = min(FIRST_WAIT * 2 ** (delivery.attempts - 1), LONGEST_WAIT)
    wait = most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, hides nothing
    return _finish(delivery, Sending.PLANNED, error=error[:200], due_at=now + wait)


def _finish(delivery: Delivery, state: Sending, **values: object) -> str:
    done = Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence).update(
        state=state, lease_until=None, **values
    )
    return state if done else ""


def _after_all(delivery: Delivery, now: datetime) -> str:
    """Sent so slowly that it was taken for cut off meanwhile: nobody needs to decide."""
    slow = Delivery.objects.filter(
        pk=delivery.pk, fence=delivery.fence + 1, state=Sending.UNKNOWN, error=CUT_OFF
    )
    return Sending.SENT if slow.update(state=Sending.SENT, sent_at=now, error="") else ""


def wake_waiting(now: datetime) -> int:
    """A tick: a way that has been set up meanwhile takes what waited for it, but no old news."""
    ready = [channel for channel in Channel if port(channel).is_ready()]
    return Delivery.objects.filter(
        state=Sending.PLANNED,
        due_at__range=(now - STILL_NEWS, now),
        waits_for__in=[str(each) for each in ready],
    ).update(waits_for="")


def again(pk: int, *, now: datetime) -> bool:
    """A person decides: send what failed or is unknown once more."""
    return bool(
        Delivery.objects.filter(pk=pk, state__in=[Sending.FAILED, Sending.UNKNOWN]).update(
            state=Sending.PLANNED, due_at=now, attempts=0, error=""
        )
    )
