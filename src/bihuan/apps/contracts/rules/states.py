"""What a contract is on a day, from its signatures and dates."""

from __future__ import annotations

from datetime import date, timedelta

from bihuan.apps.contracts.enums import EndReason, State, Status


def state_on(
    day: date, *, status: Status, start_on: date, end_on: date | None, ended_on: date | None = None,
    ended_reason: str = "", lead_days: int = 0,
) -> State:  # fmt: skip
    """The last day is inside. `lead_days` before the end it is expiring."""
    if status not in (Status.SIGNED, Status.ENDED):
        return State(status)
    if ended_on is not None and day > ended_on:
        return State(ended_reason or EndReason.EXPIRED)
    if day < start_on:
        return State.COMING
    if end_on is not None and day > end_on:
        return State.EXPIRED
    if end_on is not None and day >= end_on - timedelta(days=lead_days):
        return State.EXPIRING
    return State.ACTIVE
