"""Letting a regulation judge the recorded facts of a span, in memory.

What judges is the engine's own `Judge` with `lib.policy.respond`; what decides on the duties is
`trial.rules`, on the same pure rules as the stored ones. Facts come customer by customer, so that
the duties of one are forgotten before the next is read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from bihuan.apps.obligations.acts import APPLY, PREFIX, is_act
from bihuan.apps.obligations.corrections import calendars_below
from bihuan.apps.obligations.duties import (
    Context,
    overlaid,
    period_of,
    region_of,
    subject_id_of,
    verifier_of,
)
from bihuan.apps.obligations.engine import Judge
from bihuan.apps.obligations.handlers import CORRECTED
from bihuan.apps.obligations.merges import who_stays
from bihuan.apps.obligations.midlife.rules import TIER
from bihuan.apps.obligations.rules import Event, subject_number, uid_of
from bihuan.apps.obligations.settling import concerns
from bihuan.apps.obligations.timing import PAUSE_WORDS
from bihuan.apps.obligations.trial.midlife import KINDS, deeds_of
from bihuan.apps.obligations.trial.reading import WHOLE, Part, Span, batches
from bihuan.apps.obligations.trial.rules import CORRECTED as CORRECTED_DEED
from bihuan.apps.obligations.trial.rules import (
    SPOKEN,
    Deed,
    Row,
    Settled,
    live,
    open_again,
    told_again,
)
from bihuan.apps.people.calendars import Calendars, History
from bihuan.apps.people.queries import Holders
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Duty, Pack, Response
from bihuan.lib.policy.apart import narrowed
from bihuan.lib.policy.cadence import place_of
from bihuan.lib.policy.index import index_of
from bihuan.lib.policy.model import Rule
from bihuan.lib.workcal import Calendar

BATCH = 2000
"""Facts that are judged together: what the judge reads once is read for so many."""
NOBODY = Holders({}, {}, {}, {})

Sink = Callable[[Row], None]


@dataclass(frozen=True)
class Correction:
    """Working time that was corrected: the calendars by name, and as they are from then on."""

    codes: frozenset[str]
    tx: int
    at: datetime
    known: Calendars

    def of(self, row: Row) -> Calendar | None:
        """The calendar of a duty from then on; None where it is not touched."""
        if row.calendar is None or row.calendar.name not in self.codes or row.told_at >= self.at:
            return None
        return self.known.for_(row.calendar.name, {})


@dataclass
class Progress:
    """How many facts were judged, and by which rules they could not be."""

    facts: int = 0
    failures: dict[str, int] = field(default_factory=dict)


class TrialJudge(Judge):
    """Judges under one version as if it had been in force all the time; nobody is assigned. Of
    its rules those of `narrow` are asked, where that is given.

    Without a version it judges as things were: under those that were in force.
    """

    def __init__(
        self, facts: Sequence[Fact], now: datetime, version: PackVersion | None, narrow: Pack | None
    ) -> None:
        super().__init__(facts, now)
        self.only, self.narrow = version, narrow

    def asked(self, pack: Pack) -> Pack:
        return self.narrow or pack

    def _version(self, at: datetime) -> PackVersion | None:
        return self.only or super()._version(at)

    def _holders(self, on: date) -> Holders:
        return NOBODY


def heard_by(narrow: Pack | None) -> frozenset[str] | None:
    """The kinds of facts that may change what these rules bring; None for all."""
    if narrow is None:
        return None
    return KINDS | APPLY.keys() | vocabulary().saying.keys() | index_of(narrow).kinds.keys()


def run(
    version: PackVersion | None, span: Span, sink: Sink, *, now: datetime, part: Part = WHOLE,
    rules: frozenset[str] | None = None, step: Callable[[Progress], None] = lambda _: None,
) -> Progress:  # fmt: skip
    """Judge the facts of a span and hand over every duty when its customer has been judged.

    Nothing is written. Of a version only these `rules` are asked, where they are given: all that
    may touch each other must be among them (`lib.policy.apart`).
    """
    progress = Progress()
    pack = pack_of(version) if version is not None else None
    narrow = narrowed(pack, rules) if pack is not None and rules is not None else None
    corrections = _corrections(span)
    loose: list[Settled] = []
    for facts in batches(narrow or pack, span, now, part, heard_by(narrow)):
        heard: dict[int, _Heard] = defaultdict(_Heard)
        elsewhere = facts.nobodys and part.number > 0  # heard by all shares, counted by the first
        for some in _cut(facts.of):
            judge = TrialJudge([fact for _, fact in some], now, version, narrow)
            _judge(judge, some, heard, corrections, Progress() if elsewhere else progress)
            progress.facts += 0 if elsewhere else len(some)
            step(progress)
        if facts.nobodys:  # may settle anybody's duties, so it comes before all others
            loose = [
                one for each in heard.values() for found in each.settled.values() for one in found
            ]
        for each in heard.values() if not elsewhere else ():
            for one in () if facts.nobodys else loose:
                each.settled[one.rule].append(one)
            _hand_over(each, corrections, sink)
    return progress


@dataclass
class _Heard:
    """What the facts of one customer, or of one family of customers, called for."""

    rows: dict[UUID, Row] = field(default_factory=dict)
    settled: dict[str, list[Settled]] = field(default_factory=lambda: defaultdict(list))
    deeds: list[Deed] = field(default_factory=list)
    fallen: set[UUID] = field(default_factory=set)
    matters: dict[str, set[UUID]] = field(default_factory=lambda: defaultdict(set))
    corrections: int = 0  # so many have moved the beginnings of its rounds


def _judge(
    judge: TrialJudge, facts: Sequence[tuple[int, Fact]],
    heard: dict[int, _Heard], corrections: Sequence[Correction], progress: Progress,
) -> None:  # fmt: skip
    for group, fact in facts:
        into = heard[group]
        if is_act(fact):
            into.deeds.append(_deed(fact))
        response, context = judge.response(fact)
        if context is not None:
            for duty in response.duties:
                row = _row(duty, fact, context)
                row.customer_id = who_stays(row.customer_id, judge.merges)
                before = into.rows.get(row.uid)
                into.rows[row.uid] = row if before is None else told_again(before, row)
                if row.window is None:
                    for matter in (row.occasion, *row.match.values()):
                        into.matters[str(matter)].add(row.uid)
        if fact.kind == TIER:  # what has not begun by then falls away
            _open_again(into, corrections, fact)
        into.deeds += deeds_of(fact, into.rows.values(), into.fallen)
        into.deeds += _spoken(fact, into)
        for each in _settled(fact, response):
            into.settled[each.rule].append(each)
        for failure in response.failures:
            progress.failures[failure.rule] = progress.failures.get(failure.rule, 0) + 1


def _spoken(fact: Fact, heard: _Heard) -> Iterator[Deed]:
    """The customer's yes or no by a fact; who had a hand in the matter is not known here, so that a
    no that somebody wrote down opens again what is owed again in any case.
    """
    said = vocabulary().saying.get(fact.kind)
    if said is None:
        return
    for uid in heard.matters.get(str(fact.own()[said.same]), ()):
        row = heard.rows[uid]
        meant = said.satisfied or fact.by_id is None or row.kind in said.again
        if meant and row.cause != str(fact.uid) and concerns(said, row.kind, row.verifier):
            yield Deed(uid, SPOKEN, fact.tx, fact.at, satisfied=said.satisfied)


def _open_again(heard: _Heard, corrections: Sequence[Correction], fact: Fact) -> None:
    while heard.corrections < len(corrections) and corrections[heard.corrections].tx < fact.tx:
        each = corrections[heard.corrections]
        for row in heard.rows.values():
            if row.opening is not None and (calendar := each.of(row)) is not None:
                open_again(row, calendar)
        heard.corrections += 1


def _hand_over(heard: _Heard, corrections: Sequence[Correction], sink: Sink) -> None:
    rows = list(heard.rows.values())
    corrected = [
        Deed(row.uid, CORRECTED_DEED, each.tx, each.at, calendar=calendar)
        for each in corrections
        for row in rows
        if (calendar := each.of(row)) is not None
    ]
    live(rows, heard.settled, [*heard.deeds, *corrected])
    for row in rows:
        sink(row)


def _corrections(span: Span) -> list[Correction]:
    """The corrections of working time within the span, the earliest first."""
    facts = list(Fact.objects.filter(kind=CORRECTED, told_at__gte=span.since).order_by("tx", "pk"))
    history = History() if facts else None
    return [
        Correction(
            frozenset(calendars_below(str(fact.own()["calendar"]))), fact.tx, fact.told_at,
            history.at(fact.told_at),
        )
        for fact in facts
        if history is not None
    ]  # fmt: skip


def _row(duty: Duty, fact: Fact, context: Context) -> Row:
    pack, rule = context.pack, context.pack.rules[duty.rule]
    found, source = overlaid(duty, context)
    subject_id = subject_number(duty.subject_type, duty.subject_id)
    due_at = found.due if found is not None else duty.due_at
    return Row(
        uid=uid_of(duty.rule, duty.subject_type, subject_id, duty.occasion),
        rule=duty.rule, clause=duty.clause, number=pack.clauses[duty.clause].number,
        subject_type=duty.subject_type, subject_id=subject_id, occasion=duty.occasion,
        kind=duty.must, role=duty.role, region=region_of(fact),
        customer_id=subject_id_of(fact, duty, "customer"), cause=str(fact.uid),
        cause_kind=fact.kind, cause_at=fact.at,
        anchor=found.start if found is not None else duty.anchor, due_at=due_at, inner_due=due_at,
        within=found.within if found is not None else None,
        calendar=found.calendar if found is not None else None,
        window=period_of(duty, pack) if rule.every or rule.prepares else None,
        told_at=fact.told_at, prepares=rule.prepares, opening=_opening(rule, fact),
        match=dict(duty.same), opens_at=duty.opens_at, tiers=frozenset(rule.tiers),
        rules=pack.rules,
        tier_then=str(fact.own().get("after") or "") if fact.kind == TIER else "",
        agreed=bool(source.get("kind")), verifier=verifier_of(duty),
    )  # fmt: skip


def _opening(rule: Rule, fact: Fact) -> Rule | None:
    """The rule, where its round opens when the calendar says."""
    counted = rule.every and rule.opens is not None and not rule.prepares
    return rule if counted and place_of(fact.own(), rule.id) is None else None


def _settled(fact: Fact, response: Response) -> Iterator[Settled]:
    for each in response.discharges:
        number = subject_number(each.subject_type, each.subject_id)
        event = Event(fact.pk, str(fact.uid), fact.tx, each.at, dict(each.same))
        for rule in each.rules:
            yield Settled(rule, each.subject_type, number, event)


def _deed(fact: Fact) -> Deed:
    own = fact.own()
    return Deed(
        UUID(own["obligation"]), fact.kind.removeprefix(PREFIX), fact.tx, fact.at,
        satisfied=own.get("satisfied", True),
        why=PAUSE_WORDS.get(own.get("reason", ""), PAUSE_WORDS["WAIT_CUSTOMER"]),
    )  # fmt: skip


def _cut(facts: Sequence[tuple[int, Fact]]) -> Iterator[Sequence[tuple[int, Fact]]]:
    for start in range(0, len(facts), BATCH):
        yield facts[start : start + BATCH]
