"""Calendar periods: the days of a month, quarter or half-year, and their first and last weeks."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from bihuan.lib.workcal.duration import Duration, Period, Unit

_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.HALF: 6, Period.YEAR: 12}


def add_months(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, monthrange(year, month0 + 1)[1]))


def shifted(day: date, within: Duration, sign: int) -> date:
    """The day that calendar days, weeks, months or years lie ahead (1) or back (-1)."""
    amount = within.amount * sign
    if within.unit in (Unit.MONTH, Unit.YEAR):
        return add_months(day, amount * (12 if within.unit is Unit.YEAR else 1))
    return day + timedelta(days=amount * (7 if within.unit is Unit.WEEK else 1))


def period_bounds(day: date, period: Period) -> tuple[date, date]:
    """The first and the last day of the period that holds this day."""
    if period is Period.DAY:
        return day, day
    if period is Period.WEEK:
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    months = _MONTHS[period]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - timedelta(days=1)


def window_days(day: date, within: Duration) -> tuple[date, date]:
    """The first and the last day that a periodic limit leaves, seen from this day."""
    assert within.period is not None
    first, last = period_bounds(day, within.period)
    if within.unit is Unit.FIRST_WEEK:
        return first, first + timedelta(days=6)
    if within.unit is Unit.LAST_WEEK:
        return last - timedelta(days=6), last
    return first, last
