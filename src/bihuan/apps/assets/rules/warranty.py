"""How long the warranty of one machine runs, and why: each step can be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from bihuan.apps.assets.enums import WarrantyStart


@dataclass(frozen=True)
class Terms:
    """What the model gives: `months` from `start`, at the latest `latest_months` after delivery
    (0 = without such an end); `transfers`: it goes with the machine when that is resold.
    """

    months: int
    start: WarrantyStart = WarrantyStart.COMMISSIONED
    latest_months: int = 0
    transfers: bool = True


@dataclass(frozen=True)
class Agreed:
    """What a contract gives on top: other `months`, or cover `until` a day."""

    source: str
    months: int | None = None
    until: date | None = None


@dataclass(frozen=True)
class Step:
    """One step of the computation: `code` of words.WARRANTY_STEP with its values."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Warranty:
    """First and last day (both inside); None while it has not begun."""

    from_on: date | None
    to_on: date | None
    steps: tuple[Step, ...]

    def holds(self, day: date) -> bool:
        return (
            self.from_on is not None
            and self.to_on is not None
            and self.from_on <= day <= self.to_on
        )


def add_months(day: date, months: int) -> date:
    """The same day so many months on; a day that the month lacks is its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for short in range(4):
        try:
            return date(year, month + 1, day.day - short)
        except ValueError:
            continue
    raise AssertionError(day)  # every month has a 28th


def warranty(
    terms: Terms, *, delivered_on: date | None, commissioned_on: date | None,
    agreed: Sequence[Agreed] = (), ended_on: date | None = None,
) -> Warranty:  # fmt: skip
    """
    Counted from commissioning (or delivery, as the model says), capped by the model's latest day
    after delivery; months agreed in a contract replace the model's and its cap; cover agreed until
    a day prolongs; `ended_on` (a resale to which the warranty does not go along) cuts it off.
    """
    start = commissioned_on if terms.start == WarrantyStart.COMMISSIONED else delivered_on
    steps: list[Step] = []
    other = max(
        (each for each in agreed if each.months is not None),
        key=lambda each: each.months or 0,
        default=None,
    )
    months = terms.months if other is None else other.months or 0
    latest = None
    if delivered_on is not None and terms.latest_months and other is None:
        latest = add_months(delivered_on, terms.latest_months)
    if start is None and (latest is None or delivered_on is None):
        return Warranty(None, None, (Step("NOT_BEGUN", {"start": terms.start}),))
    if start is None:
        assert delivered_on is not None
        assert latest is not None
        from_on, to_on = delivered_on, latest
        steps.append(
            Step("AWAITS", {"day": delivered_on, "months": terms.latest_months, "to": latest})
        )
    else:
        from_on, to_on = start, add_months(start, months)
        steps.append(Step(f"FROM_{terms.start}", {"day": start}))
        steps.append(
            Step("AGREED_MONTHS", {"months": months, "source": other.source, "to": to_on}) if other is not None
            else Step("MODEL_MONTHS", {"months": months, "to": to_on})
        )  # fmt: skip
        if latest is not None and latest < to_on:
            to_on = latest
            steps.append(
                Step("LATEST", {"months": terms.latest_months, "day": delivered_on, "to": latest})
            )
    for each in sorted(
        (a for a in agreed if a.until is not None), key=lambda a: a.until or date.min
    ):
        assert each.until is not None
        if each.until > to_on:
            to_on = each.until
            steps.append(Step("PROLONGED", {"source": each.source, "to": each.until}))
    if ended_on is not None and ended_on < to_on:
        to_on = max(ended_on, from_on)
        steps.append(Step("RESOLD", {"to": to_on}))
    return Warranty(from_on, to_on, tuple(steps))
