"""From a duty of the pack language to a row: assigned, overlaid by contracts, with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.gatherings import Decision
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.rules import subject_number, uid_of
from bihuan.apps.obligations.timing import iso, ladder_at, next_step
from bihuan.apps.people.queries import Holders
from bihuan.apps.policy.models import PackVersion
from bihuan.base.facts.models import Fact
from bihuan.base.registry import Term
from bihuan.lib.policy import Calendars, Duty, Pack
from bihuan.lib.policy.limits import span_by_key
from bihuan.lib.workcal import Answer, due

OF_PERSON, OF_FACT = "person", "fact"
DECIDED = "decision.made"


TWO_PERSONS = "two_persons"


@dataclass(frozen=True)
class Context:
    """What a fact is judged with."""

    pack: Pack
    version: PackVersion
    calendars: Calendars
    holders: Holders
    terms: Sequence[Term]
    exceptions: Mapping[str, str]
    now: datetime


def row_of(duty: Duty, fact: Fact, context: Context) -> Obligation:
    """The obligation that a duty asks for; not saved."""
    pack, rule = context.pack, context.pack.rules[duty.rule]
    found, source = overlaid(duty, context)
    subject_id = subject_number(duty.subject_type, duty.subject_id)
    due_at = found.due if found is not None else duty.due_at
    steps = [{"percent": step.percent, "tell": step.tell} for step in duty.steps]
    ladder = ladder_at(found, steps, duty.opens_at, due_at)
    period = period_of(duty, pack) if rule.every or rule.prepares else (None, None)
    row = Obligation(
        uid=uid_of(duty.rule, duty.subject_type, subject_id, duty.occasion),
        rule=duty.rule, clause=duty.clause, clause_number=pack.clauses[duty.clause].number,
        pack_version=context.version, subject_type=duty.subject_type, subject_id=subject_id,
        occasion=duty.occasion, customer_id=subject_id_of(fact, duty, "customer"),
        asset_id=subject_id_of(fact, duty, "asset"), contract_id=subject_id_of(fact, duty, "contract"),
        region=region_of(fact), kind=duty.must, title=_title(duty, pack, fact), role=duty.role,
        asked_by_id=fact.by_id, anchor_at=found.start if found is not None else duty.anchor,
        within=str(found.within) if found is not None else "",
        calendar=found.calendar.name if found is not None else duty.calendar,
        calendar_version=found.version if found is not None else "",
        window_from=period[0], window_to=period[1],
        opens_at=duty.opens_at, due_at=due_at, internal_due_at=due_at,
        planned_at=duty.planned_at,
        provisional=found.provisional if found is not None else False,
        state=State.SCHEDULED if duty.opens_at > context.now else State.OPEN,
        severity=duty.severity, care=duty.care,
        proof={"any": list(duty.proof.any), "all": list(duty.proof.all)},
        verified_by_rule=verifier_of(duty),
        needs=list(duty.needs), channel=list(duty.channel),
        ladder=ladder, next_step_at=next_step(ladder, 0), source=source,
        match=dict(duty.same), cause=fact, cause_at=fact.at, cause_kind=fact.kind,
    )  # fmt: skip
    row.assignee_id, row.stands_in_for_id = owed_by(
        row, fact, context.holders, pack, customer_id=row.customer_id
    )
    return row


def verifier_of(duty: Duty) -> Verifier:
    """Whose word ends the loop; what needs two persons is never done by one alone."""
    asked = Verifier((duty.verified or Verifier.NONE).upper())
    if asked == Verifier.NONE and TWO_PERSONS in duty.needs:
        return Verifier.INDEPENDENT
    return asked


def period_of(duty: Duty, pack: Pack) -> tuple[datetime, datetime]:
    """The span of a cadence's period."""
    _, span = span_by_key(duty.occasion)
    return span.begins(pack.zone), span.ends(pack.zone)


def _title(duty: Duty, pack: Pack, fact: Fact) -> dict[str, str]:
    if fact.kind == DECIDED and (number := duty.occasion.rpartition("-")[2]).isdecimal():
        decision = Decision.objects.filter(pk=int(number)).first()
        if decision is not None:
            return {"zh": decision.text, "en": decision.text}
    words = pack.rules[duty.rule].title
    return {"zh": words.zh, "en": words.en}


def subject_id_of(fact: Fact, duty: Duty, name: str) -> int | None:
    """The subject of a type: the duty's own, else the fact's."""
    if duty.subject_type == name:
        return int(duty.subject_id)
    return fact.subjects.get(name)


def region_of(fact: Fact) -> str:
    """The region of a fact's subjects as it was told."""
    for name in ("customer", "asset", "company"):
        if region := fact.data.get(name, {}).get("region"):
            return str(region)
    return ""


def overlaid(duty: Duty, context: Context) -> tuple[Answer | None, dict[str, Any]]:
    """The stricter of the rule's limit and the contract's, where it comes from, and what else
    would have held (`lost`).
    """
    found: Answer | None = duty.answer
    source: dict[str, Any] = {}
    lost = [
        {"rule": each.rule, "clause": each.clause, "within": each.within, "due": iso(each.due_at)}
        for each in duty.beat
    ]
    if cited := context.exceptions.get(duty.rule):
        source = {"kind": "exception", "cited": cited}
    for term in context.terms:
        if term.duty != duty.must or found is None or found.backward:
            continue
        calendar = context.calendars.for_(term.calendar, {}) if term.calendar else found.calendar
        other = due(calendar, found.start, term.within)
        beaten = found
        if other.due is not None and (found.due is None or other.due < found.due):
            found = other
            if source.get("kind") == "contract":
                lost.append(_term_lost(source["cited"], beaten))
            source = {
                "kind": "contract", "cited": term.source, "contract": term.contract_id,
                "over": str(beaten.within), "over_due": iso(beaten.due),
            }  # fmt: skip
        else:
            lost.append(_term_lost(term.source, other))
    return found, source | ({"lost": lost} if lost else {})


def _term_lost(cited: str, answer: Answer) -> dict[str, Any]:
    return {"cited": cited, "within": str(answer.within), "due": iso(answer.due)}


def owed_by(
    row: Obligation, fact: Fact, known: Holders, pack: Pack, *, customer_id: int | None
) -> tuple[int | None, int | None]:
    """Who answers for the role of a duty, had it been owed to this customer, and for whom they
    stand in who is away.
    """
    named = _named(row, fact, known, pack, customer_id)
    if named is None:
        return None, None
    there = known.present(named)
    return there, named if named != there else None


def _named(
    row: Obligation, fact: Fact, known: Holders, pack: Pack, customer_id: int | None
) -> int | None:
    role = pack.vocabulary.roles.get(row.role)
    if role is not None and role.of == OF_PERSON and (person := fact.subjects.get("person")):
        return person
    if role is not None and role.of == OF_FACT:
        owner = str(fact.own().get("owner") or "")
        if owner.isdecimal():
            return int(owner)
    return known.named(row.role, customer_id=customer_id, region=row.region)


def local_day(moment: datetime, pack: Pack) -> date:
    """The day of a moment in the pack's zone."""
    return moment.astimezone(pack.zone).date()
