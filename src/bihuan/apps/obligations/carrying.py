"""A duty that takes the place of another goes on where that one stood: it stood still as long."""

from __future__ import annotations

from bihuan.apps.obligations.acts import retime
from bihuan.apps.obligations.models import Obligation, Pause
from bihuan.apps.obligations.timing import calendar_then


def carry_pauses(old: Obligation, new: Obligation) -> None:
    """Let the pauses of a duty hold for the one that takes its place on the same occasion; one
    that is open still goes on there. `new` is not saved, its pauses are.
    """
    stood = list(old.pauses.all())
    if not stood or not new.within:
        return
    had = {pause.from_at for pause in new.pauses.all()}
    more = [pause for pause in stood if pause.from_at not in had]
    if not more:
        return
    Pause.objects.bulk_create(
        Pause(
            obligation=new, reason=each.reason, from_at=each.from_at, to_at=each.to_at,
            told_customer_at=each.told_customer_at, evidence=each.evidence,
            due_before=new.due_at or each.due_before, by=each.by,
        )
        for each in more
    )  # fmt: skip
    open_ = next((each for each in more if each.to_at is None), None)
    if open_ is not None and new.paused_at is None:
        new.paused_at = open_.from_at
    again(new)


def again(row: Obligation) -> None:
    """Compute a duty again that was measured without its pauses; not saved."""
    retime(row, calendar_then(row))
