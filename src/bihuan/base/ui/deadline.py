"""
The deadline chip: how much of a limit is left, in words that always carry their unit.

Pure: the moment is given, nothing is asked of a database or a clock. Minutes alone mean clock
time; business minutes say so; days are working days or calendar days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from bihuan.lib.workcal import Calendar, elapsed, working_days

CLOCK, WORK, WORK_DAYS, DAYS = "minutes", "work_minutes", "work_days", "days"
UNITS = (CLOCK, WORK, WORK_DAYS, DAYS)
SOON = 0.75
"""Share of the time used from which a limit is drawn orange (house style, not a business rule)."""
CLOCK_UP_TO = timedelta(hours=48)
"""Clock time longer than this is said in calendar days."""

OPEN, DONE, GONE = ("scheduled", "open"), ("discharged", "verified"), ("waived", "void")
ICONS = {
    "far": "clock",
    "running": "clock",
    "soon": "hourglass",
    "late": "alert-circle",
    "paused": "player-pause",
    "met": "check",
    "met-late": "alert-circle",
    "void": "circle-minus",
}


@dataclass(frozen=True)
class Chip:
    """
    What a chip shows: kind (its look), words, icon, share of the time used (0 to 1) or None,
    and whether the browser may count it on (clock time only).
    """

    kind: str
    text: str
    share: float | None = None
    ticks: bool = False

    @property
    def icon(self) -> str:
        return ICONS[self.kind]

    @property
    def width(self) -> str:
        """The base line's length in percent."""
        return f"{100 * (self.share or 0):.0f}"


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a chip is drawn of, but for the second at which it is: equal ones look the same."""

    kind: str
    text: str
    icon: str
    width: str | None
    due_at: datetime | None
    counts_from: str | None
    """When the limit opened, in the browser's seconds, "" where it did not; None where it does not count
    on.
    """
    explain_url: str


@dataclass(frozen=True)
class Left:
    """An amount of time in a unit of `UNITS`: minutes or days, never negative."""

    amount: int
    unit: str = CLOCK

    def words(self) -> str:
        """2 小时 58 分 / 28 分（工作时间） / 6 工作日 / 3 自然日."""
        if self.unit == WORK_DAYS:
            return ngettext("%(n)d 工作日", "%(n)d 工作日", self.amount) % {"n": self.amount}
        if self.unit == DAYS:
            return ngettext("%(n)d 自然日", "%(n)d 自然日", self.amount) % {"n": self.amount}
        text = minutes_words(self.amount)
        return _("%(time)s（工作时间）") % {"time": text} if self.unit == WORK else text


def minutes_words(minutes: int) -> str:
    """12 分 / 3 小时 / 3 小时 12 分."""
    hours, rest = divmod(max(0, minutes), 60)
    if not hours:
        return _("%(m)d 分") % {"m": rest}
    if not rest:
        return _("%(h)d 小时") % {"h": hours}
    return _("%(h)d 小时 %(m)d 分") % {"h": hours, "m": rest}


def clock_left(span: timedelta) -> Left:
    """
    A span as clock minutes, from two days on as calendar days; the sign is dropped.

    A rest of a minute is dropped too, so that 3 h 12 min 40 s left reads 3 h 12 min.
    """
    span = abs(span)
    if span >= CLOCK_UP_TO:
        return Left(span.days, DAYS)
    return Left(int(span.total_seconds() // 60), CLOCK)


def share_used(opened_at: datetime | None, due_at: datetime | None, now: datetime) -> float | None:
    """Share of the time between opening and due that is used, 0 to 1; None without both."""
    if opened_at is None or due_at is None or due_at <= opened_at:
        return None
    return min(1.0, max(0.0, (now - opened_at) / (due_at - opened_at)))


def chip(
    *,
    due_at: datetime | None,
    opened_at: datetime | None,
    state: str,
    now: datetime,
    done_at: datetime | None = None,
    paused_at: datetime | None = None,
    pause_reason: str = "",
    left: int | None = None,
    left_unit: str = CLOCK,
    used: float | None = None,
) -> Chip:
    """
    The chip of a limit at `now`.

    `state` is scheduled, open, discharged, verified, waived or void, in any case. `left` with
    `left_unit` (see `UNITS`) is what the calendar says is left, or is over when late; without it
    the clock is read. `used` (0 to 1) likewise replaces the plain share of the time.
    """
    state = str(state).lower()
    if state in GONE:
        return Chip("void", _("已豁免，不计") if state == "waived" else _("已作废，不计"))
    if state in DONE:
        return _done(due_at, done_at)
    if paused_at is not None:
        return _paused(now - paused_at, pause_reason, left, left_unit)
    if state == "scheduled" and opened_at is not None and opened_at > now:
        opens = clock_left(opened_at - now).words()
        return Chip("far", _("%(time)s后开始") % {"time": opens})
    if due_at is None:
        return Chip("far", _("不限期"))
    amount = clock_left(due_at - now) if left is None else Left(abs(left), left_unit)
    ticks = left is None and amount.unit == CLOCK
    if now > due_at:
        if not amount.amount:  # past it by less than one of its days, as on a weekend
            amount = clock_left(now - due_at)
        return Chip("late", _("超 %(time)s") % {"time": amount.words()}, 1.0, ticks)
    share = share_used(opened_at, due_at, now) if used is None else min(1.0, max(0.0, used))
    text = _("剩 %(time)s") % {"time": amount.words()}
    return Chip(_look(share, amount), text, share, ticks)


def _look(share: float | None, amount: Left) -> str:
    if share is not None and share >= SOON:
        return "soon"
    return "far" if amount.unit in (DAYS, WORK_DAYS) and amount.amount > 0 else "running"


def _done(due_at: datetime | None, done_at: datetime | None) -> Chip:
    if due_at is None or done_at is None:
        return Chip("met", _("已完成"))
    amount = clock_left(due_at - done_at)
    if done_at > due_at:
        return Chip("met-late", _("迟 %(time)s完成") % {"time": amount.words()})
    if not amount.amount:
        return Chip("met", _("按时完成"))
    return Chip("met", _("提前 %(time)s完成") % {"time": amount.words()})


def _paused(since: timedelta, reason: str, left: int | None, unit: str) -> Chip:
    said = reason or pgettext("why a limit is paused", "等客户")
    amount = clock_left(since) if left is None else Left(abs(left), unit)
    if not amount.amount:
        return Chip("paused", _("停表·%(reason)s") % {"reason": said})
    return Chip("paused", _("停表·%(reason)s %(time)s") % {"reason": said, "time": amount.words()})


def chip_of(thing: Any, now: datetime) -> Chip:
    """
    The chip of anything that has the fields by name: attributes or keys, absent means none.

    Reads `due_at`, `opened_at` (else `opens_at`, else `anchor_at`), `state`, `done_at` (else
    `discharged_at`), `paused_at`, `pause_reason`, `left`, `left_unit`, `used`.
    """
    left = value(thing, "left")
    return chip(
        due_at=value(thing, "due_at"),
        opened_at=value(thing, "opened_at", "opens_at", "anchor_at"),
        state=value(thing, "state") or "open",
        now=now,
        done_at=value(thing, "done_at", "discharged_at"),
        paused_at=value(thing, "paused_at"),
        pause_reason=value(thing, "pause_reason") or "",
        left=left,
        left_unit=value(thing, "left_unit") or CLOCK,
        used=value(thing, "used"),
    )


def shown(thing: Any, now: datetime, explain_url: str = "") -> Shown:
    """What the chip of `chip_of` is drawn of; `explain_url` before the thing's own."""
    found, due_at = chip_of(thing, now), value(thing, "due_at")
    counts_from = None
    if found.ticks and due_at is not None:
        opened_at = value(thing, "opened_at", "opens_at", "anchor_at")
        counts_from = str(int(opened_at.timestamp())) if opened_at else ""
    return Shown(
        found.kind, found.text, found.icon, found.width if found.share is not None else None, due_at,
        counts_from, explain_url or value(thing, "explain_url") or "",
    )  # fmt: skip


def value(thing: Any, *names: str) -> Any:
    """The first of the named attributes or keys that is there and not None."""
    for name in names:
        found = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
        if found is not None:
            return found
    return None


def working_left(calendar: Calendar, due_at: datetime, now: datetime, unit: str) -> int:
    """
    What the calendar says is left (or over) between now and due, in minutes or days.

    Give the result as `left` with the same unit. Working days are counted without today when
    there is time left, and without the day of the limit when it is over.
    """
    earlier, later = min(now, due_at), max(now, due_at)
    if unit == WORK:
        return int(elapsed(calendar, earlier, later).total_seconds() // 60)
    first = earlier.astimezone(calendar.tz).date() + timedelta(days=1)
    last = later.astimezone(calendar.tz).date()
    if unit == WORK_DAYS:
        return working_days(calendar, first, last) if first <= last else 0
    return max(0, (last - first).days + 1)
