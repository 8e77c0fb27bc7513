"""From a fact to duties and discharges. No state: the same telling gives the same response."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from bihuan.lib.policy.cadence import cadence_duties, place_of, planned_again, spreads
from bihuan.lib.policy.index import KindIndex, index_of
from bihuan.lib.policy.making import (
    Asked,
    Scene,
    Stop,
    build,
    calendar_of,
    count,
    dated,
    limit_of,
    local_of,
    meant,
)  # fmt: skip
from bihuan.lib.policy.model import Done, Pack, Rule
from bihuan.lib.policy.telling import (
    Beaten,
    Calendars,
    Discharge,
    Duty,
    Failure,
    Override,
    Response,
    Telling,
)  # fmt: skip


def respond(
    pack: Pack,
    fact: Telling,
    calendars: Calendars,
    overrides: Sequence[Override] = (),
) -> Response:
    """The duties a fact creates, those it discharges, and the rules that nobody could judge.

    A failing condition stops its rule alone and is counted. Duties come in the order in which
    the rules are written, those of cadences behind.
    """
    found = index_of(pack).kinds.get(fact.kind)
    if found is None:
        return Response((), (), (), taken=False)
    over = {override.rule: override for override in overrides}
    local = local_of(pack, calendars, fact.sections)
    asked = Asked(found.terms, found.names, fact.sections, fact.at, local)
    scene = Scene(pack, fact, calendars, over, asked)
    duties: list[Duty] = []
    failures: list[Failure] = []
    loose = found.kind.loose and not fact.subjects.get(found.kind.subject)
    for rule in found.rules:
        if loose and not rule.of:
            continue
        try:
            if meant(scene, rule):
                duties.append(_from_event(scene, rule, found))
        except Stop as stop:
            failures.append(Failure(rule.id, rule.clause, stop.where, stop.detail))
    if found.turns:
        cadence_duties(pack, fact, calendars, over, duties, failures)
    if len(duties) > 1 and pack.settlements:
        duties = settle(pack, duties)
    discharges = tuple(_discharges(scene, found, failures))
    return Response(tuple(duties), discharges, tuple(failures))


def _from_event(scene: Scene, rule: Rule, found: KindIndex) -> Duty:
    fact = scene.fact
    calendar, limit = calendar_of(scene, rule), limit_of(scene, rule)
    anchor = dated(scene, rule.anchor, "from")
    week = place_of(fact.sections["fact"], rule.id) if spreads(rule, limit) else None
    if week is not None:
        anchor = max(anchor, week.begins(scene.pack.zone))
    due_at, answer = count(scene, limit, calendar[1], anchor, "within")
    opens: datetime | None = anchor if week is not None else fact.at
    if rule.opens is not None:
        opens, _ = count(scene, rule.opens, calendar[1], fact.at, "opens")
    subject = rule.of or (found.kind.subject if found.kind.subject != "any" else fact.nearest)
    return build(
        scene, rule, subject_type=subject, occasion=occasion_of(fact, found), anchor=anchor,
        opens_at=opens or fact.at, due_at=due_at, answer=answer, calendar=calendar,
        planned_at=planned_again(calendar[1], anchor, due_at) if week is not None else None,
    )  # fmt: skip


def occasion_of(fact: Telling, found: KindIndex) -> str:
    """What makes two tellings one occasion: the value of the first named field that the fact has,
    else the fact itself.
    """
    own = fact.sections["fact"]
    values = (own.get(name) for name in found.kind.occasion)
    return next((str(each) for each in values if each not in (None, "")), fact.uid)


def settle(pack: Pack, duties: list[Duty]) -> list[Duty]:
    """Of duties that conflict for one subject, keep what the recorded choice prefers; it says
    what it was preferred to.
    """
    duties = list(duties)
    dropped: set[int] = set()
    for rules, prefer in pack.settlements:
        if prefer == "both":
            continue
        groups: dict[tuple[str, str, str], list[int]] = {}
        for place, duty in enumerate(duties):
            if duty.rule in rules and place not in dropped:
                key = (duty.subject_type, duty.subject_id, duty.must)
                groups.setdefault(key, []).append(place)
        for places in groups.values():
            if len(places) > 1:
                kept = _preferred(duties, places, prefer)
                lost = [place for place in places if place != kept]
                dropped.update(lost)
                beat = (*duties[kept].beat, *(_beaten(duties[place]) for place in lost))
                duties[kept] = replace(duties[kept], beat=beat)
    gone = {f"{duties[place].rule}.prepare" for place in dropped}
    return [d for n, d in enumerate(duties) if n not in dropped and d.rule not in gone]


def _beaten(duty: Duty) -> Beaten:
    within = str(duty.answer.within) if duty.answer is not None else ""
    return Beaten(duty.rule, duty.clause, within, duty.due_at)


def _preferred(duties: list[Duty], places: Iterable[int], prefer: str) -> int:
    """The preferred rule when it speaks, else the one that is due first."""
    listed = list(places)
    for place in listed:
        if duties[place].rule == prefer:
            return place
    # A duty without a limit is the least strict; ties fall to the rule that is written first.
    limited = [place for place in listed if duties[place].due_at is not None]
    return min(limited or listed, key=lambda n: (_due(duties[n]), n))


def _due(duty: Duty) -> float:
    return duty.due_at.timestamp() if duty.due_at else float("inf")


def _discharges(scene: Scene, found: KindIndex, failures: list[Failure]) -> Iterable[Discharge]:
    groups: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[str]] = {}
    for rule, done in found.done:
        try:
            key = _fits(scene, rule, done)
        except Stop as stop:
            failures.append(Failure(rule.id, rule.clause, stop.where, stop.detail))
            continue
        if key is not None and rule.id not in groups.setdefault(key, []):
            groups[key].append(rule.id)
    for (subject_type, subject_id, same), rules in groups.items():
        yield Discharge(tuple(rules), subject_type, subject_id, dict(same), scene.fact.at)


def _fits(
    scene: Scene, rule: Rule, done: Done
) -> tuple[str, str, tuple[tuple[str, str], ...]] | None:
    if done.condition is not None:
        answer = done.condition.ask(scene.asked.key, scene.asked.activation)
        if answer is False:
            return None
        if answer is not True:
            raise Stop("done", answer)
    fact = scene.asked.sections["fact"]
    same: list[tuple[str, str]] = []
    for name in done.same:
        value = fact.get(name)
        if value is None:
            raise Stop("done", f"fact.{name} has no value")
        same.append((name, str(value)))
    subject = rule.of or _subject_of(scene.pack, rule)
    subject_id = scene.fact.subjects.get(subject, "")
    if not subject_id and not same and subject != "company":
        raise Stop("done", f"the fact names no {subject}")
    return subject, subject_id, tuple(same)


def _subject_of(pack: Pack, rule: Rule) -> str:
    subject = pack.vocabulary.facts[rule.when[0]].subject if rule.when else "company"
    return "" if subject == "any" else subject
