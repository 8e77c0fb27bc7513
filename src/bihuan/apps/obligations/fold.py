"""Settling and superseding: what facts say of obligations, whatever order they were heard in.

For every touched family (one subject, one kind of act, one occasion or overlapping periods) the
state is worked out again from all that is known, so that it does not depend on the way there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from bihuan.apps.obligations.acts import retime
from bihuan.apps.obligations.carrying import again, carry_pauses
from bihuan.apps.obligations.enums import DONE, LIVE, Change, State, Verb, VoidReason
from bihuan.apps.obligations.models import (
    Act,
    DueChange,
    Evidence,
    Obligation,
    Pause,
    Settlement,
    Spoken,
    Waiver,
)  # fmt: skip
from bihuan.apps.obligations.rules import (
    ANY,
    SYSTEM_EVENT,
    Claim,
    superseded,
)  # fmt: skip
from bihuan.apps.obligations.settling import Settling, spoken_of
from bihuan.apps.obligations.timing import calendar_of, calendar_then
from bihuan.apps.obligations.verifiers import choose
from bihuan.apps.people.calendars import History
from bihuan.apps.people.queries import holders
from bihuan.base import bulk, sql
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary

BY_SYSTEM = Q(state=State.DISCHARGED, settled_by__isnull=False)
UNDONE = (Verb.WAIVED, Verb.VOID, Verb.PAUSED, Verb.RESUMED)
Family = tuple[str, int, str]


def fold(
    fresh: Sequence[Obligation], merged: Sequence[Obligation], heard: Sequence[Settlement],
    now: datetime, spoken: Sequence[Spoken] = (),
) -> None:  # fmt: skip
    """Work out the state of everything that new rows, merged rows, settlements and what the
    customer said touch.
    """
    touched = _aimed_at(heard) | _family([*fresh, *merged])
    if spoken:
        touched |= _marks(spoken_of(spoken).filter(BY_SYSTEM))
    if not touched:
        return
    rows = _as_made(fresh, touched)
    deeds: dict[int, list[Act]] = {}
    if not rows:
        new = {row.uid for row in fresh}
        if any(mark.uid not in new for mark in touched.values()):  # new ones stand for nothing yet
            touched |= _marks(_stood_for(touched))
        # locked before they are read: what people do meanwhile waits, what they have done is seen
        found = Obligation.objects.filter(pk__among=touched)  # of a cause only which it is is read
        rows = list(found.locked(Prefetch("cause", Fact.objects.only("uid")), "settled_by"))
        deeds = _undoable(rows)
    settling = Settling(rows)
    families: dict[Family, list[Obligation]] = defaultdict(list)
    for row in rows:
        families[row.subject_type, row.subject_id, row.kind].append(row)
    changed: list[Obligation] = []
    for members in families.values():
        changed += _settle(members, settling, deeds, now)
    _save(changed, now)
    settling.keep(changed)


class Mark(NamedTuple):
    """What is known of a row before it is locked: its name, what supersedes it, its cause."""

    uid: UUID
    winner: int | None
    cause: int


Marks = dict[int, Mark]


def _marks(rows: QuerySet[Obligation]) -> Marks:
    found = rows.values_list("pk", "uid", "superseded_by_id", "cause_id")
    return {pk: Mark(uid, winner, cause) for pk, uid, winner, cause in found}


def _as_made(fresh: Sequence[Obligation], touched: Marks) -> list[Obligation]:
    """The new rows as they were just written, where they are all that is touched: nobody else has
    seen them, so that they need neither lock nor another look. Empty where there is more to see.
    """
    made = {(row.uid, row.cause_id): row for row in fresh}
    rows = []
    for pk, mark in sorted(touched.items()):
        row = made.get((mark.uid, mark.cause))
        if row is None:
            return []
        row = copy(row)  # what is told of the new ones is what they were made as
        row.pk = pk
        rows.append(row)
    return rows


def _aimed_at(heard: Sequence[Settlement]) -> Marks:
    """Rows that new settlements may discharge."""
    if not heard:
        return {}
    aims = Q()
    exact = [each for each in heard if each.subject_id != ANY]
    if exact:
        aims |= Q(
            rule__in={each.rule for each in exact},
            subject_id__in={each.subject_id for each in exact},
        )
    for each in heard:
        if each.subject_id == ANY:
            aims |= Q(rule=each.rule, match__contains=each.match)
    rows = Obligation.objects.filter(aims)
    return _marks(rows.filter(Q(state__in=[*LIVE, State.WAIVED, State.VOID]) | BY_SYSTEM))


FAMILY = """
    SELECT id, uid, superseded_by_id, cause_id FROM obligations_obligation
    WHERE uid = ANY(%(uids)s) OR
          {rival} AND subject_type = ANY(%(types)s) AND subject_id = ANY(%(subjects)s) AND kind = ANY(%(kinds)s)
"""
OF_EVENTS = FAMILY.format(rival="window_from IS NULL AND occasion = ANY(%(occasions)s)")
OF_ROUNDS = FAMILY.format(rival="window_from < %(to)s AND window_to > %(from)s")


def _family(fresh: Sequence[Obligation]) -> Marks:
    """New rows with their rivals: the same act for the same subject on the same occasion, or in
    an overlapping period.
    """
    found: list[tuple[Any, ...]] = []
    if events := [row for row in fresh if row.window_from is None]:
        occasions = list({row.occasion for row in events})
        found += sql.rows(OF_EVENTS, {**_named(events), "occasions": occasions})
    if rounds := [row for row in fresh if row.window_from is not None]:
        start = min(row.window_from for row in rounds if row.window_from)
        end = max(row.window_to for row in rounds if row.window_to)
        found += sql.rows(OF_ROUNDS, {**_named(rounds), "from": start, "to": end})
    return {pk: Mark(*mark) for pk, *mark in found}


def _named(rows: Sequence[Obligation]) -> dict[str, Any]:
    return {
        "uids": [row.uid for row in rows],
        "types": list({row.subject_type for row in rows}),
        "subjects": list({row.subject_id for row in rows}),
        "kinds": list({row.kind for row in rows}),
    }


def _stood_for(touched: Marks) -> QuerySet[Obligation]:
    """Rows that touched rows supersede, and those that supersede touched rows."""
    winners = {mark.winner for mark in touched.values() if mark.winner is not None}
    return Obligation.objects.filter(Q(superseded_by__in=list(touched)) | Q(pk__in=winners))


def _undoable(rows: Sequence[Obligation]) -> dict[int, list[Act]]:
    """The deeds on these rows that a fact told before them takes back, by row."""
    found: dict[int, list[Act]] = defaultdict(list)
    acts = Act.objects.filter(obligation__in=[row.pk for row in rows], verb__in=UNDONE)
    for act in acts.select_related("fact").order_by("pk"):
        found[act.obligation_id].append(act)
    return found


def _event_before_deeds(
    row: Obligation, settling: Settling, deeds: dict[int, list[Act]]
) -> Settlement | None:
    """What discharges the row. A fact told before a waiver or a pause, but heard after it, goes
    first, as it does when the log is heard again.
    """
    if by_hand(row) and row.state not in (State.WAIVED, State.VOID):
        return None
    event = settling.of(row)
    if event is not None:
        later = [act for act in deeds.get(row.pk, ()) if act.fact.tx > event.tx]
        if later:
            _undo(row, later)
    return None if by_hand(row) else event


def _undo(row: Obligation, later: Sequence[Act]) -> None:
    """Take back deeds that came after the matter was done already."""
    verbs = {act.verb for act in later}
    if verbs & {Verb.WAIVED, Verb.VOID} and row.state in (State.WAIVED, State.VOID):
        row.state, row.closed_reason = State.OPEN, ""
        Waiver.objects.filter(obligation=row).delete()
    if verbs & {Verb.PAUSED, Verb.RESUMED}:
        paused = [act.at for act in later if act.verb == Verb.PAUSED]
        row.pauses.filter(from_at__in=paused).delete()
        row.paused_at = None
        retime(row, calendar_then(row))
    DueChange.objects.filter(obligation=row, fact__in=[act.fact_id for act in later]).delete()


def by_hand(row: Obligation) -> bool:
    """Whether a person's deed decides the state: it stays as it is."""
    if row.state == State.DISCHARGED:
        return row.settled_by_id is None
    if row.state == State.VOID:
        return row.closed_reason != VoidReason.SUPERSEDED
    return row.state in (State.VERIFIED, State.WAIVED)


def _settle(
    members: list[Obligation], settling: Settling, deeds: dict[int, list[Act]], now: datetime
) -> list[Obligation]:
    before = {row.pk: _facts_of(row) for row in members}
    _from_the_start(members, now)
    found = {row.pk: _event_before_deeds(row, settling, deeds) for row in members}
    for kind in {row.cause_kind for row in members if row.window_from is None}:
        group = [r for r in members if r.window_from is None and r.cause_kind == kind]
        _decide(group, found, now)
    _decide([row for row in members if row.window_from is not None], found, now)
    for row in members:
        _heed(row, settling)
    changed = [row for row in members if _facts_of(row) != before[row.pk]]
    for row in changed:
        _end_pause(row, before[row.pk])
    return changed


def _end_pause(row: Obligation, before: tuple[object, ...]) -> None:
    """A paused clock stands until the matter is done, whichever fact turns out to have done it."""
    if row.state not in DONE or row.settled_by is None or row.discharged_at is None:
        return
    ended = before[_DISCHARGED_AT]
    assert ended is None or isinstance(ended, datetime)
    if row.paused_at is None and ended is None:
        return
    pause = row.pauses.filter(to_at=None if row.paused_at is not None else ended).first()
    if pause is None:
        return
    _ends(pause, row, row.discharged_at, row.settled_by)


def _ends(pause: Pause, row: Obligation, at: datetime, fact: Fact) -> None:
    pause.to_at = max(at, pause.from_at)
    pause.save(update_fields=["to_at"])
    row.paused_at = None
    retime(row, calendar_of(row, History().at(fact.told_at)))


def _heed(row: Obligation, settling: Settling) -> None:
    """What the customer said of it: his yes verifies it; what his no opened again had been done,
    which ended its pause.
    """
    if (yes := settling.yes.get(row.pk)) is not None and row.state == State.DISCHARGED:
        row.state, row.verified_at, row.verified_by = State.VERIFIED, yes.at, yes.by
    if row.paused_at is not None and row.reopened_tx:
        begun = row.acts.filter(verb=Verb.PAUSED, at=row.paused_at).select_related("fact").last()
        event = settling.first(row, begun.fact.tx, row.reopened_tx) if begun is not None else None
        pause = row.pauses.filter(to_at=None).first()
        if event is not None and pause is not None:
            _ends(pause, row, event.at, event.fact)


def _decide(members: list[Obligation], found: dict[int, Settlement | None], now: datetime) -> None:
    by_uid = {row.uid: row for row in members}
    for uid, winner in superseded([_claim(row, found[row.pk]) for row in members]).items():
        row, event = by_uid[uid], found[by_uid[uid].pk]
        if by_hand(row):
            continue
        if winner is not None:
            row.state, row.closed_reason = State.VOID, VoidReason.SUPERSEDED
            row.superseded_by = by_uid[winner]
            if row.window_from is None:
                carry_pauses(row, by_uid[winner])
            row.discharged_at, row.settled_by = None, None
        else:
            row.superseded_by = None
            row.closed_reason = ""
            _stand(row, event, now)


def _stand(row: Obligation, event: Settlement | None, now: datetime) -> None:
    if event is not None:
        row.state, row.discharged_at, row.settled_by = State.DISCHARGED, event.at, event.fact
    elif row.state not in LIVE:
        waits = row.opens_at is not None and row.opens_at > now
        row.state = State.SCHEDULED if waits else State.OPEN
        row.discharged_at, row.settled_by = None, None


def _claim(row: Obligation, event: Settlement | None) -> Claim:
    done = row.discharged_at if by_hand(row) else event.at if event is not None else None
    return Claim(
        uid=row.uid, rule=row.rule, occasion=row.occasion, cause=str(row.cause.uid),
        cause_at=row.cause_at, due_at=row.internal_due_at,
        window=(row.window_from, row.window_to) if row.window_from and row.window_to else None,
        done_at=done, fixed=by_hand(row), rejected=bool(row.reopened_tx and done is None),
        tiers=tiers_of(row) if row.window_from else frozenset(),
        rules=row.pack.rules if row.window_from else (),
    )  # fmt: skip


def tiers_of(row: Obligation) -> frozenset[str]:
    """The tiers that the rule of an obligation is for; empty for all."""
    rule = row.pack.rules.get(row.rule)
    return frozenset(rule.tiers) if rule is not None else frozenset()


_DISCHARGED_AT = 3


def _facts_of(row: Obligation) -> tuple[object, ...]:
    return (
        row.state, row.closed_reason, row.superseded_by_id, row.discharged_at, row.settled_by_id,
        row.due_at, row.anchor_at, row.reopened_tx, row.paused_at,
    )  # fmt: skip


def _from_the_start(members: list[Obligation], now: datetime) -> None:
    """A matter told again with another severity is measured from its first telling."""
    groups: dict[tuple[str, str], list[Obligation]] = defaultdict(list)
    for row in members:
        if row.window_from is None:
            groups[row.occasion, row.cause_kind].append(row)
    for group in groups.values():
        if len({row.cause_id for row in group}) < 2:
            continue
        first = min(min(row.cause_at, row.anchor_at) for row in group)
        for row in group:
            # a limit that counts from a date of the fact itself is not moved
            if row.anchor_at == row.cause_at and row.anchor_at > first and not by_hand(row):
                _move(row, first, now)


def _move(row: Obligation, anchor: datetime, now: datetime) -> None:
    old = row.due_at
    row.anchor_at = anchor
    again(row)
    if row.due_at == old:
        return
    DueChange.objects.get_or_create(
        obligation=row, fact=row.cause, why=Change.RECLASSIFIED,
        defaults={"old": old, "new": row.due_at, "at": row.cause_at},
    )  # fmt: skip


SAVED = (
    "state", "closed_reason", "superseded_by", "discharged_at", "settled_by", "due_at",
    "internal_due_at", "anchor_at", "ladder", "next_step_at", "paused_at",
    "provisional", "calendar_version", "reopened_tx", "verified_at", "verified_by",
)  # fmt: skip


def _save(rows: Sequence[Obligation], now: datetime) -> None:
    if not rows:
        return
    bulk.write(rows, SAVED)
    done = [row for row in rows if row.state in DONE and row.settled_by is not None]
    _prove(done)
    asking = [row for row in done if row.verified_by_rule != "NONE"]
    if asking:
        known = holders(
            on=timezone.localdate(now),
            customer_ids=[row.customer_id for row in asking if row.customer_id],
        )
        bulk.write(choose(asking, known), ["verifier"])


def _prove(rows: Sequence[Obligation]) -> None:
    """A fact of the system is the evidence; one that is no longer the reason goes."""
    Evidence.objects.filter(obligation__in=rows, kind=SYSTEM_EVENT, by=None).delete()
    strength = vocabulary().evidence[SYSTEM_EVENT].strength
    Evidence.objects.bulk_create(
        [
            Evidence(
                obligation=row, kind=SYSTEM_EVENT, strength=strength, at=fact.at, fact=fact,
                act=fact.uid, text=fact.kind,
            )
            for row in rows
            if (fact := row.settled_by) is not None
        ]
    )  # fmt: skip
