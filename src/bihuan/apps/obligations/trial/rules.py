"""The life of duties in a trial, without database and clock.

The same rules as for stored obligations decide (`obligations.rules`): which duty stands, which
fact settles it, and when. Only what a result needs is kept of a duty, so that a year of a large
company fits into memory customer by customer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from bihuan.apps.obligations.rules import ANY, Claim, Event, settled_by, superseded
from bihuan.lib.policy.cadence import opens_again
from bihuan.lib.policy.model import Rule
from bihuan.lib.workcal import Calendar, due
from bihuan.lib.workcal.duration import Duration
from bihuan.lib.workcal.words import Words

PAUSED = Words("暂停", "paused")
PauseSpan = tuple[datetime, datetime | None, Words]


class End(StrEnum):
    """How a duty of a trial stands at the end of the span."""

    ON_TIME = "on_time"
    LATE = "late"  # done after its limit, or not done though the limit has passed
    OPEN = "open"  # its limit lies beyond the span
    WAIVED = "waived"
    VOID = "void"


@dataclass(slots=True)
class Row:
    """One duty. `within` and `calendar` are None for a limit that is not counted; `agreed` is a
    limit that is not the rule's: of a contract or an exception. `opening` is the rule of a round
    whose beginning is counted on the calendar.
    """

    uid: UUID
    rule: str
    clause: str
    number: str
    subject_type: str
    subject_id: int
    occasion: str
    kind: str
    role: str
    region: str
    customer_id: int | None
    cause: str
    cause_kind: str
    cause_at: datetime
    told_at: datetime
    anchor: datetime
    due_at: datetime | None
    within: Duration | None
    calendar: Calendar | None
    window: tuple[datetime, datetime] | None
    match: Mapping[str, str]
    # the limit without pauses; what supersedes what is decided by it
    inner_due: datetime | None = None
    done_at: datetime | None = None
    state: str = "OPEN"
    by_hand: bool = False
    rejected: bool = False
    pauses: list[PauseSpan] = field(default_factory=list)
    waiting: Calendar | None = None  # corrected while the clock stood still
    moved: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)  # by a correction
    opening: Rule | None = None
    prepares: str = ""
    opens_at: datetime | None = None
    tiers: frozenset[str] = frozenset()
    rules: Collection[str] = ()  # of the version that made it
    tier_then: str = ""
    agreed: bool = False
    verifier: str = "NONE"


@dataclass(frozen=True, slots=True)
class Settled:
    """A fact that discharges duties of a rule (as `models.Settlement`)."""

    rule: str
    subject_type: str
    subject_id: int
    event: Event


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did about a duty: the fact `obligation.<verb>`."""

    uid: UUID
    verb: str
    tx: int
    at: datetime
    satisfied: bool = True
    why: Words = PAUSED
    calendar: Calendar | None = None


CORRECTED = "corrected"
"""The verb of a corrected calendar: it finds the duties that stand then, as a deed does."""
SPOKEN = "spoken"
"""The verb of the customer's yes or no to a matter: a word on what facts had settled by then."""


def told_again(one: Row, other: Row) -> Row:
    """One duty of two tellings: the first cause, the strictest limit."""
    first, second = sorted((one, other), key=lambda row: (row.cause_at, row.cause))
    first.told_at = min(one.told_at, other.told_at)
    if second.due_at is not None and (first.due_at is None or second.due_at < first.due_at):
        first.anchor, first.within, first.calendar = second.anchor, second.within, second.calendar
        first.due_at = first.inner_due = second.due_at
        first.agreed = second.agreed
    return first


def live(
    rows: Sequence[Row], settled: Mapping[str, Sequence[Settled]], deeds: Sequence[Deed]
) -> None:
    """Let the rows of some subjects live through everything that happened to them."""
    families: dict[tuple[str, int, str], list[Row]] = defaultdict(list)
    for row in rows:
        families[row.subject_type, row.subject_id, row.kind].append(row)
    of: dict[UUID, list[Deed]] = defaultdict(list)
    for deed in deeds:
        of[deed.uid].append(deed)
    for members in families.values():
        _from_the_start(members)
    named = {_round_of(row, row.rule): row for row in rows if row.window is not None}
    for row in sorted(rows, key=lambda row: bool(row.prepares)):
        row_deeds = sorted(of.get(row.uid, ()), key=lambda d: d.tx)
        prepared = named.get(_round_of(row, row.prepares)) if row.prepares else None
        _lived(row, _aimed(row, settled), row_deeds, prepared)
    for members in families.values():
        events = defaultdict(list)
        for row in members:
            events[row.cause_kind if row.window is None else ""].append(row)
        for group in events.values():
            _stand(group)


def _round_of(row: Row, rule: str) -> tuple[str, str, int, str]:
    return rule, row.subject_type, row.subject_id, row.occasion


def _from_the_start(members: Sequence[Row]) -> None:
    """A matter told again with another severity is measured from its first telling."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in members:
        if row.window is None:
            groups[row.occasion, row.cause_kind].append(row)
    for group in groups.values():
        if len({row.cause for row in group}) < 2:
            continue
        first = min(min(row.cause_at, row.anchor) for row in group)
        for row in group:
            if row.anchor == row.cause_at and row.anchor > first:
                row.anchor = first
                timed(row)


def open_again(row: Row, calendar: Calendar) -> None:
    """When a round opens on a corrected calendar."""
    if row.opening is not None and row.window is not None:
        begun = max(row.window[0], row.cause_at)
        row.opens_at = opens_again(row.opening, calendar, begun) or row.opens_at


def timed(row: Row) -> None:
    """Compute the limit again from anchor, calendar and pauses."""
    if row.within is None or row.calendar is None:
        return
    row.inner_due = due(row.calendar, row.anchor, row.within).due
    row.due_at = (
        due(row.calendar, row.anchor, row.within, row.pauses).due if row.pauses else row.inner_due
    )


def _aimed(row: Row, settled: Mapping[str, Sequence[Settled]]) -> list[Event]:
    return [
        each.event
        for each in settled.get(row.rule, ())
        if each.subject_id in (row.subject_id, ANY) and each.subject_type in (row.subject_type, "")
    ]


def _lived(row: Row, events: Sequence[Event], deeds: Sequence[Deed], prepared: Row | None) -> None:
    """The state that facts and deeds leave behind, in the order in which they were told."""
    reopened = 0
    event = _event(row, events, reopened)
    for deed in deeds:
        # within a transaction deeds come first: they were done on what there was before
        settled = event is not None and event.tx < deed.tx
        if deed.verb == SPOKEN and (row.by_hand or event is None or event.tx >= deed.tx):
            continue
        if deed.verb in ("verified", SPOKEN):
            done = row.by_hand and row.state == "DISCHARGED"
            if not done and (event is None or event.tx > deed.tx):
                continue
            if not row.by_hand and event is not None:
                _end_pause(row, event.at)
                row.done_at = event.at
            if deed.satisfied:
                row.state, row.by_hand = "VERIFIED", True
                continue
            row.state, row.by_hand, row.done_at, reopened = "OPEN", False, None, deed.tx
            event = _event(row, events, reopened)
        elif deed.verb == "discharged" and row.state == "OPEN":
            _end_pause(row, deed.at)
            row.state, row.by_hand, row.done_at = "DISCHARGED", True, deed.at
        elif deed.verb == "restored" and row.state == "VOID":
            row.state, row.by_hand = "OPEN", False
        elif row.state != "OPEN" or settled:
            continue
        elif deed.verb in ("waived", "void"):
            _end_pause(row, deed.at)
            row.state, row.by_hand = deed.verb.upper(), True
        elif deed.verb == "paused" and _running(row) and row.due_at is not None:
            row.pauses.append((deed.at, None, deed.why))
        elif deed.verb == "resumed":
            _end_pause(row, deed.at)
        elif deed.verb == CORRECTED:
            _corrected(row, deed, prepared)
    row.rejected = bool(reopened)
    if not row.by_hand and event is not None:
        _end_pause(row, event.at)
        row.state, row.done_at = "DISCHARGED", event.at
    if row.pauses:
        timed(row)


def _corrected(row: Row, deed: Deed, prepared: Row | None) -> None:
    """Count it on the corrected calendar; a clock that stands still is counted when it goes on."""
    if not _running(row):
        row.waiting = deed.calendar
        return
    if row.pauses:
        timed(row)
    was = row.due_at
    # a preparation counts back from the limit of what it prepares: it moves with it
    old, new = prepared.moved.get(deed.tx, (None, None)) if prepared is not None else (None, None)
    if new is not None and row.anchor == old:
        row.anchor = new
    row.calendar = deed.calendar
    timed(row)
    if was is not None and row.due_at is not None:
        row.moved[deed.tx] = was, row.due_at


def _event(row: Row, events: Iterable[Event], after_tx: int) -> Event | None:
    return settled_by(
        events, anchor=min(row.anchor, row.cause_at), window=row.window, match=row.match,
        after_tx=after_tx,
    )  # fmt: skip


def _running(row: Row) -> bool:
    return not row.pauses or row.pauses[-1][1] is not None


def _end_pause(row: Row, at: datetime) -> None:
    if not _running(row):
        begun, _, why = row.pauses[-1]
        row.pauses[-1] = (begun, max(at, begun), why)
        row.calendar, row.waiting = row.waiting or row.calendar, None


def _stand(group: Sequence[Row]) -> None:
    """Of duties that mean the same act, the one that stands."""
    if len(group) < 2:
        return
    claims = [
        Claim(
            uid=row.uid, rule=row.rule, occasion=row.occasion, cause=row.cause,
            cause_at=row.cause_at, due_at=row.inner_due, window=row.window,
            done_at=row.done_at, fixed=row.by_hand,
            rejected=row.rejected and row.done_at is None,
            tiers=row.tiers if row.window is not None else frozenset(), rules=row.rules,
        )
        for row in group
    ]  # fmt: skip
    by_uid = {row.uid: row for row in group}
    for uid, winner in superseded(claims).items():
        row = by_uid[uid]
        if winner is not None and not row.by_hand:
            row.state, row.done_at = "VOID", None


def end_of(row: Row, until: datetime) -> End:
    """How it stands when the span is over."""
    if row.state in ("VOID", "WAIVED"):
        return End.VOID if row.state == "VOID" else End.WAIVED
    if row.done_at is not None and row.done_at < until:
        return End.LATE if row.due_at is not None and row.done_at > row.due_at else End.ON_TIME
    return End.LATE if row.due_at is not None and row.due_at <= until else End.OPEN
