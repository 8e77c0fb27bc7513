"""A person says what a demand is about, and the weekly review what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from bihuan.apps.demands import classes, words
from bihuan.apps.demands.actions.archive import tell_again
from bihuan.apps.demands.actions.common import KEY, discharge, link, move, say, subjects, write
from bihuan.apps.demands.enums import Decision, Deed, Kind, State
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import (
    ClassUnknown,
    NoSuggestion,
    NotWithItself,
    ReviewIncomplete,
    WordsMissing,
)  # fmt: skip
from bihuan.apps.demands.rules import lacking
from bihuan.apps.obligations.actions import Proof
from bihuan.apps.tickets.models import Ticket
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.base.texts import listed


def classify(
    *, demand: Demand, topic: str, by: User, now: datetime, kind: str = "", text: str = ""
) -> Demand:
    """Say the class (and the kind, where it was taken down otherwise). Said again it is corrected;
    the history keeps both. What the machine had proposed stands beside it.

    Raises ClassUnknown, WrongStep.
    """
    if topic not in classes.codes() or (kind and kind not in set(Kind)):
        raise ClassUnknown
    before = {"topic": demand.topic, "kind": demand.kind}
    guess, _ = classes.proposed(demand.text)
    with transaction.atomic():
        move(
            demand, Deed.CLASSIFIED, where={"version": demand.version}, topic=topic,
            kind=Kind(kind or demand.kind), classified_at=demand.classified_at or now,
        )  # fmt: skip
        after = {"topic": topic, "kind": demand.kind}
        data = {"before": before, "after": after, "proposed": guess.code if guess else ""}
        step = write(demand, Deed.CLASSIFIED, at=now, by=by, text=text, data=data)
        proof = text.strip() or classes.title(topic)
        discharge(demand, "demand.classify", by, now, [Proof("form", proof, link=link(demand))])
        if demand.kind != before["kind"]:
            tell_again(demand, now=now, by=by)
        if topic != before["topic"]:
            say(demand, "demand.classified", step, now=now, by=by, **{"class": topic})
        if demand.kind == Kind.SUGGESTION and _passed_on(before, demand):
            tell(
                "suggestion.received", at=demand.received_at, now=now, by=by, subjects=subjects(demand),
                data={"suggestion": demand.number, "about": classes.about(topic)},
                key=f"{KEY}{demand.pk}:suggestion:{step.pk}",
            )  # fmt: skip
        return demand


def _passed_on(before: Mapping[str, str], demand: Demand) -> bool:
    """Whether a suggestion is now known to concern others than before: it goes to them as of its
    receipt.
    """
    was = before["topic"]
    known = before["kind"] == Kind.SUGGESTION and was in classes.codes()
    return not known or classes.about(was) != classes.about(demand.topic)


@dataclass(frozen=True)
class Review:
    """What the meeting says of one demand: three scores (1 to 5) and a decision."""

    decision: str
    urgency: int | None = None
    feasibility: int | None = None
    priority: int | None = None
    words: str = ""
    planned_for: date | None = None
    into: Demand | Ticket | None = None
    owner: User | None = None

    @property
    def scores(self) -> dict[str, int | None]:
        return {
            "urgency": self.urgency, "feasibility": self.feasibility, "priority": self.priority,
        }  # fmt: skip


def review(*, demand: Demand, review: Review, by: User, now: datetime) -> Demand:
    """Decide on a demand. `LATER` keeps it on the agenda, and its clock runs on.

    Raises ReviewIncomplete, NotWithItself, WrongStep.
    """
    missing = lacking(
        review.decision, scores=review.scores.values(), words=review.words,
        planned_for=review.planned_for, other=review.into is not None, today=timezone.localdate(now),
    )  # fmt: skip
    if review.decision not in set(Decision):
        missing.append("decision")
    if missing:
        raise ReviewIncomplete(missing=listed(words.title(words.LACKING, each) for each in missing))
    scores = {name: value for name, value in review.scores.items() if value is not None}
    seen = {"version": demand.version}
    with transaction.atomic():
        if review.decision == Decision.MERGED:
            _may_go_with(demand, review.into)
        if review.decision == Decision.LATER:
            move(demand, Deed.POSTPONED, where=seen, **scores)
            write(demand, Deed.POSTPONED, at=now, by=by, text=review.words, data=scores)
            return demand
        move(demand, Deed.REVIEWED, where=seen, **scores, **_decided(demand, review, now))
        data = {
            **scores, "decision": review.decision,
            "into": str(review.into) if review.into is not None else "",
            "planned_for": review.planned_for.isoformat() if review.planned_for else "",
        }  # fmt: skip
        step = write(demand, Deed.REVIEWED, at=now, by=by, text=review.words, data=data)
        said = f"{words.title(words.DECISION, review.decision)} {review.words}".strip()
        discharge(demand, "demand.review", by, now, [Proof("form", said, link=link(demand))])
        _followers(demand, by, now)
        say(
            demand, "demand.reviewed", step, now=now, by=by, kind=demand.kind,
            accepted=review.decision != Decision.DECLINED, **scores,
        )  # fmt: skip
        _disposed(demand, step, said, by, now)
        return demand


def conclude(*, demand: Demand, accepted: bool, why: str, by: User, now: datetime) -> Demand:
    """Those whom a suggestion concerns say whether it is taken up, outside the meeting and without
    its scores.

    Raises NoSuggestion, WordsMissing, WrongStep.
    """
    if demand.kind != Kind.SUGGESTION:
        raise NoSuggestion
    if not why.strip():
        raise WordsMissing
    decision = Decision.ACCEPTED if accepted else Decision.DECLINED
    with transaction.atomic():
        move(
            demand, Deed.REVIEWED, where={"version": demand.version},
            **_decided(demand, Review(decision, words=why), now),
        )  # fmt: skip
        data = {"decision": decision}
        step = write(demand, Deed.REVIEWED, at=now, by=by, text=why, data=data)
        _followers(demand, by, now)
        said = f"{words.title(words.DECISION, decision)} {why}".strip()
        _disposed(demand, step, said, by, now)
        return demand


def _disposed(demand: Demand, step: Step, said: str, by: User, now: datetime) -> None:
    """What becomes of a suggestion is told to those who owe a conclusion, and who owe the answer."""
    if demand.kind != Kind.SUGGESTION:
        return
    discharge(demand, "suggestion.dispose", by, now, [Proof("form", said, link=link(demand))])
    tell(
        "suggestion.disposed", at=step.at, now=now, by=by, subjects=subjects(demand),
        data={"suggestion": demand.number, "accepted": demand.state != State.DECLINED},
        key=f"{KEY}{demand.pk}:disposed:{step.pk}",
    )  # fmt: skip


def _decided(demand: Demand, review: Review, now: datetime) -> Mapping[str, Any]:
    merged = review.decision == Decision.MERGED
    return {
        "state": State(review.decision), "reviewed_at": now, "reason": review.words.strip(),
        "owner": review.owner or demand.owner, "told_at": None, "answered_at": None, "satisfied": None,
        "planned_for": review.planned_for if review.decision == Decision.PLANNED else None,
        "merged_into": review.into if merged and isinstance(review.into, Demand) else None,
        "goes_with": review.into if merged and isinstance(review.into, Ticket) else None,
    }  # fmt: skip


def _may_go_with(demand: Demand, other: Demand | Ticket | None) -> None:
    """Raises NotWithItself: no circle, and nothing that will not be done itself. Both are held, in
    one order: another meeting may be letting the other go with this one at this moment.
    """
    if not isinstance(other, Demand):
        return
    both = Demand.objects.select_for_update().filter(pk__in=[demand.pk, other.pk]).order_by("pk")
    states = dict(both.values_list("pk", "state"))
    if other.pk == demand.pk or states[other.pk] in (State.MERGED, State.DECLINED):
        raise NotWithItself


def _followers(demand: Demand, by: User, now: datetime) -> None:
    """Demands that went with this one go where it goes, and are decided anew where it is declined."""
    others = demand.merged.filter(state=State.MERGED).select_for_update().order_by("pk")
    if demand.state == State.MERGED:
        others.update(
            merged_into=demand.merged_into, goes_with=demand.goes_with, version=F("version") + 1
        )
    elif demand.state == State.DECLINED:
        for other in others:
            Demand.objects.filter(pk=other.pk).update(
                state=State.NEW, merged_into=None, told_at=None, answered_at=None, satisfied=None,
                version=F("version") + 1,
            )  # fmt: skip
            write(other, Deed.POSTPONED, at=now, by=by, text=demand.number)


def assign(*, demand: Demand, to: User, by: User | None, now: datetime, text: str = "") -> Demand:
    """Give it to somebody to see through. Raises WrongStep."""
    with transaction.atomic():
        move(demand, Deed.ASSIGNED, owner=to)
        write(demand, Deed.ASSIGNED, at=now, by=by, text=text, data={"to": to.name})
        return demand
