"""What will happen to the open duties, before it is done.

The change is really made, heard by the engine and taken back within one transaction: what is
shown is what is then done. Only working calendars and versions of the regulation, which touch
everybody, are worked out beside it, by the same functions that do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from bihuan.apps.obligations.corrections import on_calendar, retimed
from bihuan.apps.obligations.enums import DONE, LIVE, State, Verb
from bihuan.apps.obligations.handlers import on_facts
from bihuan.apps.obligations.midlife.effects import withdrawn
from bihuan.apps.obligations.models import Act, Obligation
from bihuan.apps.people.models import WorkCalendar
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import CURRENT_TX, Fact

SEE = "obligations.see"
MOST = 20_000
"""Deadlines that a preview of a calendar works out; those beyond are named as not looked at."""


class What(StrEnum):
    """What becomes of a duty."""

    CLOSED = "closed"
    MOVES = "moves"
    JOINS = "joins"
    DUE = "due"
    ARISES = "arises"
    DONE = "done"
    STAYS = "stays"


@dataclass(frozen=True)
class Outcome:
    """One duty as it will be. `old_due` is its limit as it is now; `seen` says whether whoever
    asks may see the duty.
    """

    row: Obligation
    what: What
    old_due: datetime | None
    seen: bool

    @property
    def detail(self) -> str:
        """To whom or to which customer it goes, or why it is closed."""
        if self.what is What.MOVES:
            return str(self.row.assignee_id or "")
        if self.what is What.JOINS:
            return str(self.row.customer_id or "")
        return self.row.closed_reason if self.what is What.CLOSED else ""


@dataclass(frozen=True)
class Foretold:
    """All outcomes; `stay` more are left as they are, and `more` were not worked out."""

    outcomes: Sequence[Outcome]
    more: int = 0
    stay: int = 0


def foretell(
    scope: QuerySet[Obligation], deed: Callable[[], object], *, by: User, now: datetime
) -> Foretold:
    """What a deed will do to the live duties of `scope`, and which arise by it. Raises what the
    deed raises.
    """
    with transaction.atomic():
        before = {row.pk: row for row in scope.filter(state__in=LIVE)}
        seen = set(_seen(before, by))
        last = Fact.objects.aggregate(last=Max("pk"))["last"] or 0
        deed()
        facts = list(Fact.objects.filter(tx=CURRENT_TX, pk__gt=last).order_by("pk"))
        on_facts(facts, now)
        after = _with_people(Obligation.objects.filter(pk__in=before))
        outcomes = [_outcome(before[row.pk], row, row.pk in seen) for row in after]
        fresh = list(_with_people(_arisen(facts, before)))
        new = set(_seen([row.pk for row in fresh], by))
        outcomes += [Outcome(row, What.ARISES, None, row.pk in new) for row in fresh]
        transaction.set_rollback(True)
    return Foretold(outcomes)


def _seen(ids: Iterable[int], by: User) -> Iterable[int]:
    return visible(Obligation.objects.filter(pk__in=list(ids)), by, SEE).values_list(
        "pk", flat=True
    )


def _with_people(rows: QuerySet[Obligation]) -> QuerySet[Obligation]:
    return rows.select_related("customer", "assignee").order_by("due_at", "pk")


def _arisen(facts: Sequence[Fact], before: Iterable[int]) -> QuerySet[Obligation]:
    """What the facts called for, or had restored, and is owed now."""
    again = Act.objects.filter(fact__in=facts, verb=Verb.RESTORED).values("obligation")
    found = Obligation.objects.filter(Q(cause__in=facts) | Q(pk__in=again), state__in=LIVE)
    return found.exclude(pk__in=list(before))


def _outcome(before: Obligation, after: Obligation, seen: bool) -> Outcome:  # noqa: FBT001
    if after.state in (State.VOID, State.WAIVED):
        what = What.CLOSED
    elif after.state in DONE:
        what = What.DONE
    elif after.due_at != before.due_at:
        what = What.DUE
    elif after.assignee_id != before.assignee_id:
        what = What.MOVES
    elif after.customer_id != before.customer_id:
        what = What.JOINS
    else:
        what = What.STAYS
    return Outcome(after, what, before.due_at, seen)


def of_calendar(calendar: WorkCalendar, deed: Callable[[], object], *, by: User) -> Foretold:
    """The deadlines that a correction of working time moves; the first that fall due, if there
    are too many. Raises what the deed raises.
    """
    with transaction.atomic():
        last = Fact.objects.aggregate(last=Max("pk"))["last"] or 0
        deed()
        fact = Fact.objects.filter(tx=CURRENT_TX, pk__gt=last, kind="calendar.corrected").get()
        total = on_calendar(calendar.code).count()
        found = list(retimed(fact, now=fact.told_at, lock=False, most=MOST))
        moved = [(row, old.due) for row, old in found if old.moved(row)]
        transaction.set_rollback(True)
    seen = set(_seen([row.pk for row, _ in moved], by))
    outcomes = [Outcome(row, What.DUE, old, row.pk in seen) for row, old in moved]
    return Foretold(outcomes, more=total - len(found), stay=len(found) - len(moved))


def of_version(version: PackVersion, from_at: datetime, *, by: User) -> Foretold:
    """What a version that takes force closes, of the duties as they are now: those of rules it no
    longer has that will not have begun. All others stay under the version they arose by.
    """
    rows = list(_with_people(withdrawn(version, from_at))[:MOST])
    seen = set(_seen([row.pk for row in rows], by))
    for row in rows:
        row.closed_reason = "RULE_WITHDRAWN"
    outcomes = [Outcome(row, What.CLOSED, row.due_at, row.pk in seen) for row in rows]
    total = Obligation.objects.live().count()
    closed = len(rows) if len(rows) < MOST else withdrawn(version, from_at).count()
    return Foretold(outcomes, more=closed - len(rows), stay=total - closed)


def rules_gone(version: PackVersion, before: PackVersion | None) -> list[str]:
    """The rules of the version before that a version no longer has."""
    if before is None:
        return []
    kept = pack_of(version).rules
    return [rule for rule in pack_of(before).rules if rule not in kept]
