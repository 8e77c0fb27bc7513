"""When somebody wants to be told outside the program."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bihuan.base.notify.models import Preference
from bihuan.base.system.company import zone


def next_moment(wish: Preference, now: datetime) -> datetime:
    """
    The first moment from `now` on at which a message may leave: the digest's hour if there is
    one, and never within quiet hours.
    """
    if wish.digest_at is None and wish.quiet_from is None:
        return now
    place = zone()
    moment = now
    if wish.digest_at is not None:
        moment = _next_time(wish.digest_at, now, place)
    if wish.quiet_from is None or wish.quiet_to is None:
        return moment
    return _after_quiet(moment, wish.quiet_from, wish.quiet_to, place)


def _next_time(at: time, now: datetime, place: ZoneInfo) -> datetime:
    local = now.astimezone(place)
    today = datetime.combine(local.date(), at, place)
    return (
        today if today >= local else datetime.combine(local.date() + timedelta(days=1), at, place)
    )


def _after_quiet(moment: datetime, start: time, end: time, place: ZoneInfo) -> datetime:
    clock = moment.astimezone(place).time()
    quiet = start <= clock < end if start <= end else clock >= start or clock < end
    return _next_time(end, moment, place) if quiet else moment
