"""The engine: facts in, obligations out. Order inside a transaction time does not matter, and
hearing a fact twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from bihuan.apps.customers.models import ClauseException
from bihuan.apps.obligations.carrying import again
from bihuan.apps.obligations.duties import Context, local_day, region_of, row_of
from bihuan.apps.obligations.enums import Verb
from bihuan.apps.obligations.fold import by_hand, fold
from bihuan.apps.obligations.merges import Merged, also_settles, any_merged, customer_of, merges_of
from bihuan.apps.obligations.models import Obligation, RuleFailure, Settlement, Spoken, Untaken
from bihuan.apps.obligations.rules import subject_number
from bihuan.apps.obligations.settling import said_by
from bihuan.apps.obligations.timing import next_step
from bihuan.apps.people.calendars import Calendars, History
from bihuan.apps.people.queries import Holders, Own, holders, own_holders
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of, versions_between
from bihuan.base import bulk, registry, sql
from bihuan.base.facts.actions import Telling as FactTelling
from bihuan.base.facts.actions import tell_all
from bihuan.base.facts.models import CARRIED, OPENING, Fact
from bihuan.base.registry import Asked, Term
from bihuan.lib.policy import Duty, Failure, Override, Pack, Response, Telling, respond
from bihuan.lib.workcal import Calendar

NO_PACK = "pack.none"


def hear(facts: Sequence[Fact], now: datetime) -> None:
    """Let a batch of facts take effect (within the caller's transaction)."""
    if not facts:
        return
    judge = Judge(facts, now)
    arising: list[Obligation] = []
    settlements: list[Settlement] = []
    failures: list[RuleFailure] = []
    untaken: list[Untaken] = []
    spoken = said_by(facts)
    for fact in facts:
        response, context = judge.response(fact)
        if context is not None:
            arising += [judge.row(duty, fact, context) for duty in response.duties]
        settlements += _settlements(fact, response, judge.joined)
        failures += [failed(fact, failure) for failure in response.failures]
        took = response.duties or response.discharges
        if not took and not fact.kind.startswith("obligation."):
            untaken.append(Untaken(fact=fact, kind=fact.kind, at=fact.at))
    fresh, changed = arise(arising)
    Settlement.objects.bulk_create(settlements, ignore_conflicts=True)
    RuleFailure.objects.bulk_create(failures, ignore_conflicts=True)
    Untaken.objects.bulk_create(untaken, ignore_conflicts=True)
    Spoken.objects.bulk_create(spoken, ignore_conflicts=True)
    fold(fresh, changed, settlements, now, spoken)
    tell_arisen(fresh, now)


class Judge:
    """Reads once, for a batch, everything that its facts are judged with."""

    def __init__(self, facts: Sequence[Fact], now: datetime) -> None:
        self.now = now
        times = [moment for fact in facts for moment in (fact.at, owed_from(fact))]
        self.versions = versions_between(min(times), max(times))
        self.history = History()
        self.customers = {f.customer_id for f in facts if f.customer_id is not None}
        merged = any_merged(self.customers)
        self.merges = merges_of(self.customers) if merged else {}
        self.joined = also_settles(self.customers) if merged else {}
        self.terms = terms_of(
            [Asked(f.pk, f.at, f.customer_id, f.asset_id, f.contract_id) for f in facts]
        )
        self.exceptions = exceptions_of(self.customers)
        self.own: Own | None = None
        self.known: dict[date, Holders] = {}
        self.first: datetime | None = None

    def response(self, fact: Fact) -> tuple[Response, Context | None]:
        moment = owed_from(fact)
        version = self._version(moment)
        if version is None:
            # what happened before there was any regulation is history that nothing was owed for
            failures = () if self._is_history(moment) else (Failure(NO_PACK, "", "", ""),)
            return Response((), (), failures, taken=False), None
        pack = pack_of(version)
        overrides, cited = self._overrides(pack, fact)
        telling = Telling(
            uid=str(fact.uid), kind=fact.kind, at=moment, data=fact.data,
            subjects={name: str(pk) for name, pk in fact.subjects.items()},
        )  # fmt: skip
        # As they were when it was told: a later correction is a fact of its own.
        known = ForFact(self.history.at(fact.told_at), fact)
        found = respond(self.asked(pack), telling, known, overrides)
        if fact.source == OPENING:
            found = replace(found, duties=())
        if not found.duties:
            return found, None
        return found, Context(
            pack=pack, version=version, calendars=known,
            holders=self._holders(local_day(moment, pack)), terms=self.terms.get(fact.pk, ()),
            exceptions=cited, now=self.now,
        )  # fmt: skip

    def asked(self, pack: Pack) -> Pack:
        """The regulation whose rules are asked."""
        return pack

    def row(self, duty: Duty, fact: Fact, context: Context) -> Obligation:
        """The obligation of a duty, owed to the customer who stays where two became one."""
        row = row_of(duty, fact, context)
        row.customer_id = customer_of(row.customer_id, fact.tx, self.merges)
        return row

    def _is_history(self, at: datetime) -> bool:
        if self.first is None:
            rows = PackVersion.objects.published().order_by("in_force_from")
            self.first = rows.values_list("in_force_from", flat=True).first()
        return self.first is not None and at < self.first

    def _version(self, at: datetime) -> PackVersion | None:
        for version in self.versions:
            ended = version.in_force_to is not None and version.in_force_to <= at
            if version.in_force_from is not None and version.in_force_from <= at and not ended:
                return version
        return None

    def _holders(self, on: date) -> Holders:
        if self.own is None:
            self.own = own_holders(self.customers)
        if on not in self.known:
            self.known[on] = holders(on=on, own=self.own, teams=False)
        return self.known[on]

    def _overrides(self, pack: Pack, fact: Fact) -> tuple[list[Override], dict[str, str]]:
        found: list[Override] = []
        cited: dict[str, str] = {}
        for exception in self.exceptions.get(fact.customer_id or 0, ()):
            if exception.from_at > fact.at or (exception.to_at and exception.to_at <= fact.at):
                continue
            for rule in _rules_meant(pack, exception):
                found.append(_override(rule, exception))
                cited[rule] = f"E{exception.pk}"
        return found, cited


def owed_from(fact: Fact) -> datetime:
    """From when the duties of a fact count: a matter carried over counts from its telling."""
    return fact.told_at if fact.source == CARRIED else fact.at


class ForFact:
    """The calendars as the subjects of one fact have them: the customer's, else the region's."""

    def __init__(self, known: Calendars, fact: Fact) -> None:
        self.known = known
        self.values = {"customer_id": fact.customer_id, "region": region_of(fact)}

    def for_(self, name: str, _sections: Mapping[str, Any]) -> Calendar:
        """The calendar of this name. Raises KeyError."""
        return self.known.for_(name, self.values)


def _rules_meant(pack: Pack, exception: ClauseException) -> list[str]:
    if exception.target == "RULE":
        return [exception.code]
    return [rule.id for rule in pack.rules_of(exception.code)]


def _override(rule: str, exception: ClauseException) -> Override:
    change, value = exception.change, exception.value
    return Override(
        rule=rule, source=f"E{exception.pk}", never=change == "WAIVE",
        within=value if change == "WITHIN" else "", calendar=value if change == "CALENDAR" else "",
        by=value if change == "BY" else "",
    )  # fmt: skip


GRANTED = """
    SELECT * FROM customers_clauseexception
    WHERE customer_id = ANY(%s) AND approver_id IS NOT NULL ORDER BY granted_at, id
"""


def exceptions_of(customer_ids: Iterable[int]) -> dict[int, list[ClauseException]]:
    """The approved exceptions of these customers, in the order in which they were granted."""
    found: dict[int, list[ClauseException]] = defaultdict(list)
    for row in ClauseException.objects.raw(GRANTED, [list(customer_ids)]):
        found[row.customer_id].append(row)
    return found


def terms_of(asked: Iterable[Asked]) -> dict[int, list[Term]]:
    """What lies over the regulation for the subjects of facts."""
    those = [each for each in asked if each.customer_id or each.asset_id or each.contract_id]
    found: dict[int, list[Term]] = defaultdict(list)
    if those:
        for _, _, function in registry.named("overlays"):
            for key, terms in function(those).items():
                found[key] += terms
    return found


def _settlements(
    fact: Fact, response: Response, joined: Mapping[int, list[tuple[int, Merged]]]
) -> list[Settlement]:
    return [
        Settlement(
            fact=fact, tx=fact.tx, rule=rule, subject_type=each.subject_type, subject_id=number,
            match=dict(each.same), at=each.at,
        )
        for each in response.discharges
        for number in _numbers(fact, each.subject_type, each.subject_id, joined)
        for rule in each.rules
    ]  # fmt: skip


def _numbers(
    fact: Fact, subject_type: str, subject_id: str, joined: Mapping[int, list[tuple[int, Merged]]]
) -> list[int]:
    """The subject, and for a customer those that had become one with it by then."""
    number = subject_number(subject_type, subject_id)
    if subject_type != "customer":
        return [number]
    found, last = [number], [number]
    while last:
        last = [
            pk
            for into in last
            for pk, merged in joined.get(into, ())
            if customer_of(pk, fact.tx, {pk: merged}) == into and pk not in found
        ]
        found += last
    return found


def failed(fact: Fact, failure: Failure) -> RuleFailure:
    """A rule that could not be judged for a fact."""
    reason: dict[str, Any] = {"where": failure.where, "detail": failure.detail}
    return RuleFailure(fact=fact, rule=failure.rule, reason=reason, at=fact.at)


ARISEN = "SELECT uid FROM obligations_obligation WHERE uid = ANY(%s)"


def arise(rows: Sequence[Obligation]) -> tuple[list[Obligation], list[Obligation]]:
    """Insert what is new; what is told again is merged: first cause, strictest due time.
    Returns the new rows and those that merging changed.
    """
    if not rows:
        return [], []
    wanted: dict[UUID, Obligation] = {}
    for row in rows:
        first = wanted.get(row.uid)
        wanted[row.uid] = row if first is None else merged(first, row)
    told = {uid for (uid,) in sql.rows(ARISEN, [list(wanted)])}  # seldom any
    stored = Obligation.objects.filter(uid__among=told).locked("cause") if told else ()
    known = {row.uid: row for row in stored}
    fresh = [row for uid, row in wanted.items() if uid not in told]
    bulk.add(fresh, ignore_conflicts=True)
    changed = [row for uid, row in known.items() if _merge_into(row, wanted[uid])]
    return fresh, changed


def merged(one: Obligation, other: Obligation) -> Obligation:
    """One obligation of two tellings, the same whichever was heard first."""
    first, second = sorted((one, other), key=lambda row: (row.cause_at, str(row.cause.uid)))
    # as told, pauses left out: who stood still has no laxer promise
    later, sooner = first.internal_due_at, second.internal_due_at
    stricter = sooner is not None and (later is None or sooner < later)
    if stricter:
        for name in STRICTER:
            setattr(first, name, getattr(second, name))
    return first


STRICTER = (
    "anchor_at", "within", "calendar", "calendar_version", "due_at", "internal_due_at",
    "provisional", "ladder", "next_step_at", "source", "planned_at",
)  # fmt: skip
FROM_CAUSE = (
    *STRICTER, "clause", "clause_number", "pack_version", "customer", "asset_id", "contract_id",
    "region", "kind", "title", "role", "assignee", "stands_in_for", "asked_by", "window_from", "window_to",
    "opens_at", "severity", "care", "proof", "verified_by_rule", "needs", "match", "cause",
    "cause_at", "cause_kind",
)  # fmt: skip


def _merge_into(row: Obligation, heard: Obligation) -> bool:
    """Merge a second telling into a stored row; False when it changes nothing. What a person has
    decided stays as it is.
    """
    if row.cause_id == heard.cause_id or by_hand(row):
        return False
    # Columns, not the objects behind them: comparing must not fetch customers and people.
    columns = [
        field.attname for field in Obligation._meta.concrete_fields if field.name in FROM_CAUSE
    ]
    before = [getattr(row, column) for column in columns]
    best = merged(heard, row)
    row.cause = best.cause
    owes = best if not _by_hand_assigned(row) else row
    assigned, absent = owes.assignee_id, owes.stands_in_for_id
    for column in columns:
        setattr(row, column, getattr(best, column))
    row.assignee_id, row.stands_in_for_id = assigned, absent
    row.next_step_at = next_step(row.ladder, row.steps_done)  # steps taken stay taken
    if row.pauses.exists():
        again(row)
    if [getattr(row, column) for column in columns] == before:
        return False
    row.save(update_fields=list(FROM_CAUSE))
    return True


def _by_hand_assigned(row: Obligation) -> bool:
    return row.acts.filter(verb=Verb.ASSIGNED).exists()


def tell_arisen(rows: Sequence[Obligation], now: datetime) -> None:
    """Every new obligation is told once, whatever is replayed."""
    if not rows:
        return
    from bihuan.apps.obligations.actions import subjects_of

    tell_all(
        [
            FactTelling(
                kind="obligation.arose", at=row.cause_at, subjects=subjects_of(row),
                key=f"arose:{row.uid}", states=row.cause.data,
                data=arose(row),
            )
            for row in rows
        ],
        now=now, by=None, source="engine",
    )  # fmt: skip


def arose(row: Obligation) -> dict[str, Any]:
    """What `obligation.arose` says."""
    return {
        "obligation": str(row.uid), "rule": row.rule, "clause": row.clause,
        "role": row.role, "severity": row.severity,
        "due_at": row.due_at.isoformat() if row.due_at else None,
    }  # fmt: skip
