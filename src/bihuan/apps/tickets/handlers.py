"""What tickets hear: of their duties, and of customers that changed hands. The engine writes duties
a moment after what brought them, minutes after while an import runs: what was done to the ticket in
between is done to them as they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bihuan.apps.customers.search import HEARD, changed
from bihuan.apps.obligations import actions as obligations
from bihuan.apps.obligations.enums import LIVE, State, VoidReason
from bihuan.apps.obligations.models import CADENCE, Obligation
from bihuan.apps.tickets.actions.telling import TAKEN, receipt
from bihuan.apps.tickets.enums import Event, Status
from bihuan.apps.tickets.models import Entry, Ticket
from bihuan.apps.tickets.search import put_of
from bihuan.base.errors import Refusal
from bihuan.base.facts.listeners import hears
from bihuan.base.facts.models import Fact

AROSE = "obligation.arose"
PROOF = "call_log"
GONE = (Status.CANCELLED, Status.DUPLICATE)


@hears(AROSE, *HEARD)
def on_facts(facts: Sequence[Fact], now: datetime) -> None:
    """Heard twice, it is done once."""
    if arose := [each.own()["obligation"] for each in facts if each.kind == AROSE]:
        _acknowledge(arose, now)
        _drop(arose, now)
    if ids := changed(facts):
        put_of(ids)


def _acknowledge(uids: Sequence[str], now: datetime) -> None:
    """Who takes the call, or the report into hand, has acknowledged it: the duty arises after that was
    written down, and is discharged as of then.
    """
    duties = Obligation.objects.filter(uid__in=uids, kind="response.acknowledge", state=State.OPEN)
    by_number = {duty.occasion: duty for duty in duties}
    if not by_number:
        return
    tickets = Ticket.objects.filter(number__in=by_number)
    for ticket in tickets.select_related("recorded_by", "owner"):
        duty = by_number[ticket.number]
        deeds = ((ticket.contacted_at, PROOF), (ticket.accepted_at, TAKEN))
        found = [
            (at, proofs) for at, kind in deeds
            if at is not None and at <= now and (proofs := receipt(duty, ticket, kind, ticket.number))
        ]  # fmt: skip
        if not found:
            continue
        at, proofs = min(found, key=lambda each: each[0])
        try:
            obligations.discharge(
                obligation_ids=[duty.pk], by=ticket.owner or ticket.recorded_by, now=now, at=at,
                evidence=proofs,
            )  # fmt: skip
        except Refusal:
            continue


def _drop(uids: Sequence[str], now: datetime) -> None:
    """A ticket that was taken back or merged meanwhile has no clocks."""
    rows = Obligation.objects.filter(uid__in=uids, state__in=LIVE).exclude(cause_kind=CADENCE)
    of = _by_ticket(rows)
    ends = Entry.objects.filter(
        ticket__number__in=of, ticket__status__in=GONE, code__in=(Event.CANCEL, Event.MERGE)
    ).select_related("ticket")
    for end in ends:
        for row in of[end.ticket.number]:
            # what came of the end itself stands, and what fell due before stays broken
            if row.cause_at < end.at and (row.due_at is None or row.due_at > end.at):
                obligations.void(
                    obligation_id=row.pk, by=None, now=now, reason=VoidReason.SUBJECT_GONE,
                    note=end.text.strip() or end.data.get("into") or end.ticket.number, with_matter=True,
                )  # fmt: skip


def _by_ticket(rows: Iterable[Obligation]) -> dict[str, list[Obligation]]:
    """Duties by the number that they are known by, be it a ticket's or not."""
    found: dict[str, list[Obligation]] = {}
    for row in rows:
        number = row.match.get("ticket") or row.occasion.partition("!")[0].partition("#")[0]
        found.setdefault(number, []).append(row)
    return found
