"""Duties that come round: when a period begins, and when a subject enters in its middle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from bihuan.lib.policy.index import index_of
from bihuan.lib.policy.limits import (
    PERIOD_WORDS,
    Limit,
    Span,
    Turn,
    local_moment,
    span_by_key,
    span_of,
)
from bihuan.lib.policy.making import (
    Asked,
    Scene,
    Stop,
    build,
    calendar_of,
    count,
    limit_of,
    meant,
)  # fmt: skip
from bihuan.lib.policy.model import PERIOD_FACT, Pack, Rule
from bihuan.lib.policy.telling import Calendars, Duty, Failure, Override, Telling
from bihuan.lib.workcal import Answer, Calendar, WorkcalError, before, due, window
from bihuan.lib.workcal.duration import PERIODIC, Duration, Period, Unit


def cadence_duties(
    pack: Pack,
    fact: Telling,
    calendars: Calendars,
    over: Mapping[str, Override],
    duties: list[Duty],
    failures: list[Failure],
) -> None:
    """Add what the cadences of the fact's subject call for."""
    kind = pack.vocabulary.facts[fact.kind]
    of = fact.nearest if kind.code == PERIOD_FACT else kind.subject
    found = index_of(pack).cadences.get(of)
    if found is None:
        return
    day = fact.at.astimezone(pack.zone).date()
    entered = kind.code != PERIOD_FACT
    turned = {turn: turn.span(day) for turn in found.turns}
    if not entered:
        turned = {t: span for t, span in turned.items() if _begins(fact, t, span, day)}
    if not turned:
        return
    asked = Asked(found.terms, found.names, fact.sections, fact.at)
    scene = Scene(pack, fact, calendars, over, asked)
    for rule in found.rules:
        span = turned.get(rule.turn)
        if span is None:
            continue
        try:
            # Where a regulation takes force within a period, it is entered in its middle, too.
            duties += _for_period(scene, rule, span, entered=entered or span.first < day)
        except Stop as stop:
            failures.append(Failure(rule.id, rule.clause, stop.where, stop.detail))


def _begins(fact: Telling, turn: Turn, span: Span, day: date) -> bool:
    own = fact.sections["fact"]
    said = own.get(f"{turn.every}_begins")
    if said is None or (said and turn.step > 1 and not _opens_all(own, day)):
        return span.first == day
    return bool(said)


def _opens_all(own: Mapping[str, Any], day: date) -> bool:
    """Whether a regulation takes force here: then a period begins wherever in it the day lies."""
    return any(own.get(f"{e}_begins") and span_of(e, day).first != day for e in PERIOD_WORDS)


def _for_period(scene: Scene, rule: Rule, span: Span, *, entered: bool) -> list[Duty]:
    if not meant(scene, rule):
        return []
    zone, at = scene.pack.zone, scene.fact.at
    begins = span.begins(zone)
    if entered and not _still_now(rule, at, begins, span.ends(zone)):
        return []
    calendar = calendar_of(scene, rule)
    anchor = max(begins, at) if entered else begins
    opens, due_at, answer, gap = _times(scene, rule, span, calendar[1], anchor)
    week, planned = place_of(scene.fact.sections["fact"], rule.id), None
    if week is not None and due_at is not None and movable(rule, _own_limit(scene, rule)):
        opens = max(at, week.begins(zone))
        planned = planned_again(calendar[1], opens, due_at)
    if entered and due_at is not None and due_at <= at:
        return []
    duty = build(
        scene, rule, subject_type=rule.of, occasion=span.key, anchor=anchor, opens_at=opens,
        due_at=due_at, answer=answer, calendar=calendar, window=gap, planned_at=planned,
    )  # fmt: skip
    ready = scene.pack.rules.get(f"{rule.id}.prepare") if rule.prepare else None
    if ready is None or rule.prepare is None or due_at is None:
        return [duty]
    lead = before(calendar[1], due_at, rule.prepare.lead)
    if week is not None and lead.due is not None and lead.due <= at:
        return [duty]  # nothing is owed for the time before
    early = before(calendar[1], planned, rule.prepare.lead).due if planned is not None else None
    meant_by = early if early is not None and early > at else None
    return [
        duty,
        build(
            scene, ready, subject_type=rule.of, occasion=span.key, anchor=anchor,
            opens_at=min(anchor, lead.due or anchor), due_at=lead.due, answer=lead,
            calendar=calendar, planned_at=meant_by,
        ),
    ]  # fmt: skip


WEEK_END = Duration(1, Unit.END, Period.WEEK)


def _own_limit(scene: Scene, rule: Rule) -> Limit | None:
    return limit_of(scene, rule) if _has_limit(scene, rule) else None


def movable(rule: Rule, limit: Limit | None) -> bool:
    """Whether a duty of this cadence may be done at any time of its period."""
    if rule.window is not None:
        return False
    if limit is None:
        return True
    found = limit.duration
    return (
        found is not None
        and not limit.field
        and found.unit is Unit.END
        and found.period == rule.every
        and (rule.run is None or limit.of_period)
    )


def place_of(own: Mapping[str, Any], rule: str) -> Span | None:
    """The week in which a duty of the first period was placed (``places`` of the fact's own)."""
    for each in own.get("places") or ():
        name, _, week = str(each).rpartition("=")
        if name == rule:
            try:
                kind, span = span_by_key(week)
            except ValueError:
                return None
            return span if kind == "week" else None
    return None


def spreads(rule: Rule, limit: Limit) -> bool:
    """Whether a duty that arises with the arrival of its subject may begin in a later week, its
    limit with it: what counts from a date of the fact, or opens by itself, stays where it is.
    """
    length = limit.duration
    plain = rule.anchor == "at" and rule.opens is None and not limit.field
    return bool(rule.when) and plain and length is not None and not length.before


def owed_on_entry(pack: Pack, rule: Rule, at: datetime) -> bool:
    """Whether somebody who enters at this moment owes the period that is running."""
    span = rule.turn.span(at.astimezone(pack.zone).date())
    begins, ends = span.begins(pack.zone), span.ends(pack.zone)
    return at <= begins or _still_now(rule, at, begins, ends)


def _still_now(rule: Rule, at: datetime, begins: datetime, ends: datetime) -> bool:
    if rule.mid_period:
        return rule.mid_period == "now"
    return ends - at >= (ends - begins) / 2


def _times(
    scene: Scene, rule: Rule, span: Span, calendar: Any, anchor: datetime
) -> tuple[datetime, datetime | None, Answer | None, tuple[datetime, datetime] | None]:
    """(opens, due, answer, window) of a cadence in one period."""
    opens = anchor
    if rule.window is not None:
        first = span.first if rule.window.unit is Unit.FIRST_WEEK else span.last
        try:
            gap = window(calendar, rule.window, local_moment(first, scene.pack.zone))
        except WorkcalError as error:
            raise Stop("in", error.words.en) from error
        opens = max(gap.start, anchor)
        if not _has_limit(scene, rule):
            # counted like any other limit, so that it can be explained and counted again
            return opens, gap.end, due(calendar, gap.start, rule.window), (gap.start, gap.end)
        due_at, answer = count(scene, limit_of(scene, rule), calendar, opens, "within")
        return opens, due_at, answer, (gap.start, gap.end)
    if rule.opens is not None:
        opens = count(scene, rule.opens, calendar, anchor, "opens")[0] or anchor
    if not _has_limit(scene, rule):
        limit = Limit("end of period", Duration(1, Unit.END, Period(rule.every)))
    else:
        limit = limit_of(scene, rule)
    # The end of a period is the same whenever one enters it.
    if limit.duration is not None and limit.duration.unit in PERIODIC:
        ending = span_of(rule.every, span.last) if limit.of_period else span
        anchor = ending.begins(scene.pack.zone)
    due_at, answer = count(scene, limit, calendar, anchor, "within")
    return opens, due_at, answer, None


def opens_again(rule: Rule, calendar: Calendar, anchor: datetime) -> datetime | None:
    """When a duty of this cadence opens on a calendar, begun at ``anchor``; None where no calendar
    has a say in it.
    """
    limit = rule.opens
    if rule.window is not None or limit is None or limit.duration is None or limit.field:
        return None
    return due(calendar, anchor, limit.duration).due


def planned_again(calendar: Calendar, opens: datetime, due_at: datetime | None) -> datetime | None:
    """By when a duty placed in the week of ``opens`` is meant to be done, before its limit."""
    found = due(calendar, opens, WEEK_END).due
    return found if found is not None and due_at is not None and found < due_at else None


def _has_limit(scene: Scene, rule: Rule) -> bool:
    over = scene.over.get(rule.id)
    return rule.limit is not None or bool(rule.limits) or bool(over and over.within)


def prepare_due(
    pack: Pack,
    rule: str,
    planned_at: datetime,
    calendars: Calendars,
    sections: Mapping[str, Mapping[str, Any]] | None = None,
) -> Answer | None:
    """When the preparation of this cadence is due once its day is planned; None without one.

    ``rule`` is the cadence or its ``.prepare``. Raises ``KeyError`` for a rule that the pack
    does not have.
    """
    found = pack.rules[rule.removesuffix(".prepare")]
    if found.prepare is None:
        return None
    names = found.calendar.values
    plain = found.calendar.plain or names[-1]
    return before(calendars.for_(plain, sections or {}), planned_at, found.prepare.lead)


@dataclass(frozen=True)
class PlannedDuty:
    """A duty that a cadence will bring, not made yet."""

    rule: str
    clause: str
    occasion: str
    must: str
    role: str
    opens_at: datetime
    due_at: datetime | None
    channel: tuple[str, ...]
    window: tuple[datetime, datetime] | None


def plan(
    pack: Pack,
    values: Mapping[str, Mapping[str, Any]],
    year: int,
    calendars: Calendars,
    of: str = "customer",
    since: date = date.min,
) -> list[PlannedDuty]:
    """What a subject's cadences bring over a year, were its state to stay as it is.

    ``values`` holds the state by subject type. Periods that ended before ``since`` are left
    out. In order of due time.
    """
    duties: dict[tuple[str, str], Duty] = {}
    found = index_of(pack).cadences.get(of)
    for day in _starts(year, frozenset(found.turns), since) if found is not None else ():
        at = local_moment(day, pack.zone)
        fact = Telling(f"plan-{day}", PERIOD_FACT, at, {"fact": {"of": of}, **values}, {of: "plan"})
        made: list[Duty] = []
        cadence_duties(pack, fact, calendars, {}, made, [])
        for duty in made:
            duties.setdefault((duty.rule, duty.occasion), duty)
    planned = [
        PlannedDuty(
            d.rule, d.clause, d.occasion, d.must, d.role, d.opens_at, d.due_at, d.channel, d.window
        )
        for d in duties.values()
    ]
    return sorted(planned, key=lambda p: (p.due_at or p.opens_at, p.rule))


def plan_key(
    pack: Pack, values: Mapping[str, Mapping[str, Any]], of: str = "customer"
) -> tuple[str, ...]:
    """Subjects of one key have one plan: the values that tell the cadences who is meant."""
    found = index_of(pack).cadences.get(of)
    asked = {*found.names, "customer.tier"} if found is not None else set()
    parts = [(name, *name.split(".", 1)) for name in sorted(asked)]
    return tuple(
        f"{name}={values.get(kind, {}).get(field.removeprefix('has_'))!r}"
        for name, kind, field in parts
    )


@lru_cache(maxsize=64)
def _starts(year: int, turns: frozenset[Turn], since: date) -> tuple[date, ...]:
    """The days of a year on which a period begins that has not ended before ``since``."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    return tuple(d for d in days if d.year == year and _begins_one(turns, d, since))


def _begins_one(turns: frozenset[Turn], day: date, since: date) -> bool:
    spans = (turn.span(day) for turn in turns)
    return any(span.first == day and span.last >= since for span in spans)
