"""What holds for obligations, without database and clock."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from bihuan.apps.obligations.enums import DONE, LIVE, State, Verb, Verifier

NAMESPACE = uuid.UUID("6f1b1f1e-6a3c-5a8e-9c40-0b1d5f3a7e21")
SYSTEM_EVENT = "system_event"
HANDED_OVER = "hand-over"  # the note of a duty that a leaver's heir was given
FIXED = (State.VERIFIED, State.WAIVED)


def uid_of(rule: str, subject_type: str, subject_id: int, occasion: str) -> uuid.UUID:
    """The name of an obligation: the same in every replay."""
    return uuid.uuid5(NAMESPACE, f"{rule}|{subject_type}|{subject_id}|{occasion}")


COMPANY = 1
ANY = 0


def subject_number(subject_type: str, subject_id: str) -> int:
    """The stored id of a subject: this company is always 1, `ANY` stands for every subject."""
    if subject_type == "company":
        return COMPANY
    return int(subject_id) if subject_id else ANY


def missing(proof: Mapping[str, Any], given: Iterable[str]) -> list[str]:
    """Kinds of evidence still needed; for `any` all kinds that would do, when none is given."""
    have = set(given)
    needed = [kind for kind in proof.get("all", ()) if kind not in have]
    wanted = list(proof.get("any", ()))
    if wanted and not have.intersection(wanted):
        needed += wanted
    return list(dict.fromkeys(needed))


@dataclass(frozen=True)
class Claim:
    """One obligation as the family sees it: same subject, same kind of act.

    `window` is set for a cadence (its period) and None for an event. `done_at` only when it was
    really discharged. `fixed` when a person decided on it (waived, verified): it stays as it is.
    `rejected` when who was asked said that it was not done, and it has not been since. `tiers` are those that the rule of a cadence is for; empty for all. `rules` are all those of
    the version that made it.
    """

    uid: uuid.UUID
    rule: str
    occasion: str
    cause: str
    cause_at: datetime
    due_at: datetime | None
    window: tuple[datetime, datetime] | None = None
    done_at: datetime | None = None
    fixed: bool = False
    rejected: bool = False
    tiers: frozenset[str] = frozenset()
    rules: Collection[str] = ()


def superseded(claims: Sequence[Claim]) -> dict[uuid.UUID, uuid.UUID | None]:
    """Which obligation stands in for which: uid -> uid of the one that wins, or None.

    Events of one occasion (a fault reported again with another severity): the strictest wins;
    one that is done already covers the rest, until its doing is denied: then both are owed. Cadences of one promise (`_one_promise`): what was
    started stays, and no second one arises beside it while it is open; only what a new tier
    promises sooner takes the place of the old tier's.
    """
    found: dict[uuid.UUID, uuid.UUID | None] = {}
    events = sorted((c for c in claims if c.window is None), key=lambda c: c.occasion)
    for _, group in groupby(events, key=lambda c: c.occasion):
        found |= _strictest(list(group))
    found |= _started_first([c for c in claims if c.window is not None])
    return found


def _strictness(claim: Claim) -> tuple[bool, bool, float, datetime, str]:
    due = claim.due_at
    return (
        claim.done_at is None and not claim.fixed,
        due is None,
        due.timestamp() if due else 0.0,
        claim.cause_at,
        str(claim.uid),
    )


def _strictest(group: list[Claim]) -> dict[uuid.UUID, uuid.UUID | None]:
    winner = min(group, key=_strictness)
    return {
        claim.uid: None
        # two rules that answer to the same fact are both meant (the pack settled that)
        if claim.uid == winner.uid or claim.cause == winner.cause or _stays(claim)
        else winner.uid
        for claim in group
    }


def _stays(claim: Claim) -> bool:
    """Whether no other takes its place: it is done, somebody has decided, or who was asked has
    said that it was not done. Such a no does not vanish behind what is said to be done.
    """
    return claim.fixed or claim.rejected or claim.done_at is not None


def _started_first(claims: list[Claim]) -> dict[uuid.UUID, uuid.UUID | None]:
    found: dict[uuid.UUID, uuid.UUID | None] = {}
    standing: list[Claim] = []
    for claim in sorted(claims, key=lambda c: (c.cause_at, str(c.uid))):
        rival = next((other for other in standing if _doubles(claim, other)), None)
        if rival is None or _stays(claim):
            standing.append(claim)
            found[claim.uid] = None
        elif _sooner_by_tier(claim, rival):
            standing = [other for other in standing if other.uid != rival.uid] + [claim]
            found[claim.uid] = None
            found |= {uid: claim.uid for uid, winner in found.items() if winner == rival.uid}
            found[rival.uid] = claim.uid
        else:
            found[claim.uid] = rival.uid
    return found


def _sooner_by_tier(later: Claim, earlier: Claim) -> bool:
    """Whether a cadence of another tier promises the same act before the open one does."""
    if earlier.done_at or earlier.fixed or later.due_at is None:
        return False
    other_tier = later.tiers and earlier.tiers and not later.tiers & earlier.tiers
    return bool(other_tier) and (earlier.due_at is None or later.due_at < earlier.due_at)


def _doubles(later: Claim, earlier: Claim) -> bool:
    assert later.window
    assert earlier.window
    if not _one_promise(later, earlier):
        return False
    if later.cause == earlier.cause or not overlap(later.window, earlier.window):
        return False
    return earlier.done_at is None or earlier.done_at > later.cause_at


def _one_promise(later: Claim, earlier: Claim) -> bool:
    """Whether two cadences are one promise: of one rule, of the rules of two tiers (a customer
    has one of them), or of a rule and the one that took its place in a later version. A monthly
    and a yearly report of one regulation are both owed.
    """
    if later.rule == earlier.rule or earlier.rule not in later.rules:
        return True
    return bool(later.tiers and earlier.tiers and not later.tiers & earlier.tiers)


def overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> bool:
    """Whether two half-open spans share time."""
    return a[0] < b[1] and b[0] < a[1]


@dataclass(frozen=True)
class Event:
    """A fact that discharges (see models.Settlement).

    `opening` when it was brought in from the time before the company went live.
    """

    fact_id: int
    uid: str
    tx: int
    at: datetime
    match: Mapping[str, Any] = field(default_factory=dict)
    opening: bool = False


def settled_by(
    events: Iterable[Event],
    *,
    anchor: datetime,
    window: tuple[datetime, datetime] | None,
    match: Mapping[str, Any],
    after_tx: int = 0,
) -> Event | None:
    """The earliest fact that discharges an obligation, whatever the order they were heard in.

    Not before the anchor; for a cadence only within its period, so that one call does not also
    discharge the periods that were missed; after a rejection only what was told since. What was
    brought in when the company went live counts for the whole period in which it lies.
    """
    fitting = [
        event
        for event in events
        if (event.at >= anchor or (event.opening and window is not None))
        and (window is None or window[0] <= event.at < window[1])
        and event.tx > after_tx
        and all(match.get(name) == value for name, value in event.match.items())
    ]
    return min(fitting, key=lambda event: (event.at, event.uid), default=None)


ENDS_A_PAUSE = (Verb.RESUMED, Verb.DISCHARGED, Verb.WAIVED, Verb.VOID)


def stood(deeds: Iterable[tuple[datetime, str]]) -> list[tuple[datetime, datetime | None]]:
    """The times in which a clock stood still, by its log: (moment, deed) in any order. One that
    still stands has no end.
    """
    found: list[tuple[datetime, datetime | None]] = []
    since: datetime | None = None
    for at, verb in sorted(deeds, key=lambda deed: deed[0]):
        if verb == Verb.PAUSED and since is None:
            since = at
        elif verb in ENDS_A_PAUSE and since is not None:
            found.append((since, at))
            since = None
    return [*found, (since, None)] if since is not None else found


def may_verify(
    *, rule: str, how: str, person: int, hands: Collection[int], same_team: bool,
    needs: Sequence[str],
) -> bool:  # fmt: skip
    """Whether somebody may confirm: nobody who had a hand in it; not the doer's team where the
    rule says so; the customer's word is needed where the rule asks for the customer.
    """
    if person in hands:
        return False
    if "other_team" in needs and same_team:
        return False
    return not (rule == Verifier.CUSTOMER and how != Verifier.CUSTOMER)


def stage(state: str, verifier: str) -> str:
    """Where the loop stands: fact, obligation, evidence, verification, closed."""
    if state == State.SCHEDULED:
        return "obligation"
    if state == State.OPEN:
        return "evidence"
    if state == State.DISCHARGED:
        return "closed" if verifier == Verifier.NONE else "verification"
    return "closed"


def look(state: str, due: datetime | None, *, soon: bool, paused: bool, now: datetime) -> str:
    """The state word of the ring: current, soon, late, paused, closed, void."""
    if state in (State.VOID, State.WAIVED):
        return "void"
    if state in DONE:
        return "closed" if state == State.VERIFIED else "current"
    if paused:
        return "paused"
    if state in LIVE and due is not None and due < now:
        return "late"
    return "soon" if soon else "current"
