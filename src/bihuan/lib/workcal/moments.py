"""Moments as whole microseconds since 1970 (UTC), and the wall clock of a zone.

A wall-clock limit of a day stands for the first instant at which the clock of that zone shows
this time or later: a time that a clock change leaves out is the instant of the change, a time
that comes twice is its first coming. So neighbouring slots always meet without gap or overlap.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from bihuan.lib.workcal.errors import BadCalendar, BadMoment

MINUTE = 60_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_ORDINAL = _EPOCH.toordinal()
FIRST_YEAR, LAST_YEAR = 1900, 2200


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name; ``BadCalendar`` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadCalendar(
            f"没有时区“{name}”；请写成 Asia/Shanghai 这样的名称",
            f'there is no time zone "{name}"; write a name such as Asia/Shanghai',
        ) from None


def to_micros(moment: datetime) -> int:
    """Refuses a moment without a time zone (``BadMoment``)."""
    if moment.tzinfo is None:
        raise BadMoment(
            f"{moment:%Y-%m-%d %H:%M} 没有时区；请写成 2026-09-30T10:00+08:00",
            f"{moment:%Y-%m-%d %H:%M} has no time zone; write 2026-09-30T10:00+08:00",
        )
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadMoment(
            f"{moment.year} 年不在 1900 至 2200 年之内",
            f"the year {moment.year} is not within 1900 to 2200",
        )
    gap = moment - _EPOCH
    return (gap.days * 86_400 + gap.seconds) * 1_000_000 + gap.microseconds


def from_micros(micros: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=micros)).astimezone(zone)


def utc_offset(micros: int, zone: ZoneInfo) -> int:
    """The offset of the zone from UTC at this instant, in microseconds."""
    return _micros(from_micros(micros, zone).utcoffset())


def _micros(offset: timedelta | None) -> int:
    assert offset is not None
    return (offset.days * 86_400 + offset.seconds) * 1_000_000 + offset.microseconds


def wall_instant(ordinal: int, minutes: int, zone: ZoneInfo) -> int:
    """The first instant at which the day's clock shows ``minutes`` after midnight or later."""
    wall = ((ordinal - _EPOCH_ORDINAL) * 1440 + minutes) * MINUTE
    clock = datetime.fromordinal(ordinal).replace(tzinfo=zone) + timedelta(minutes=minutes)
    offset = _micros(clock.utcoffset())
    if offset == _micros(clock.replace(fold=1).utcoffset()):
        return wall - offset
    return _changing_instant(wall, zone)


def _changing_instant(wall: int, zone: ZoneInfo) -> int:
    """The same for a time that a clock change leaves out or brings twice."""
    offsets = {utc_offset(wall + hours * 60 * MINUTE, zone) for hours in (-36, 0, 36)}
    exact = [wall - offset for offset in offsets if utc_offset(wall - offset, zone) == offset]
    if exact:
        return min(exact)
    # The clock jumps over this time. Look for the jump between the two readings of it.
    low, high = wall - max(offsets), wall - min(offsets)
    while high - low > 1:
        middle = (low + high) // 2
        if middle + utc_offset(middle, zone) < wall:
            low = middle
        else:
            high = middle
    return high


def day_start(day: date, zone: ZoneInfo) -> int:
    return wall_instant(day.toordinal(), 0, zone)


def plain_offset(ordinal: int, zone: ZoneInfo) -> int | None:
    """The zone's offset around this day when the clock does not change near it, else None."""
    middle = (ordinal - _EPOCH_ORDINAL) * 1440 * MINUTE
    first = utc_offset(middle - 36 * 60 * MINUTE, zone)
    return first if utc_offset(middle + 60 * 60 * MINUTE, zone) == first else None


def plain_instant(ordinal: int, minutes: int, offset: int) -> int:
    return ((ordinal - _EPOCH_ORDINAL) * 1440 + minutes) * MINUTE - offset
