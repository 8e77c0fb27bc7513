"""Which fact settles a duty, and what the customer said of it afterwards. The order of the facts
decides, not when the engine gets to hear of each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from copy import copy

from django.db.models import Q, QuerySet, prefetch_related_objects

from bihuan.apps.obligations.enums import Verb, Verifier
from bihuan.apps.obligations.models import CADENCE, Act, Obligation, Settlement, Spoken
from bihuan.apps.obligations.rules import ANY, Event, may_verify, settled_by
from bihuan.apps.obligations.verifiers import involved
from bihuan.base.facts.models import OPENING, Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.vocabulary import Says

SETTLING = "SELECT * FROM obligations_settlement WHERE rule = ANY(%s) AND subject_id = ANY(%s)"


class Settling:
    """What is known of some rows: the facts that may settle them, the customer's yes and no.

    `yes` is what verifies a row; each row is asked about once.
    """

    def __init__(self, rows: Sequence[Obligation]) -> None:
        self.events = _events(rows)
        self.spoken = _spoken(rows)
        self.yes: dict[int, Fact] = {}
        self.no: dict[int, list[Fact]] = defaultdict(list)

    def of(self, row: Obligation) -> Settlement | None:
        """What discharges the row; a no opens it again for what was told after it."""
        event = self.first(row, row.reopened_tx)
        for word in self.spoken.get(row.pk, ()):
            if event is None:
                break
            # within a transaction no order is known: nothing is concluded
            if word.tx <= max(event.tx, row.reopened_tx) or not _holds(word.fact, row, event):
                continue
            if says(word.fact).satisfied:
                self.yes[row.pk] = word.fact
                break
            self.no[row.pk].append(word.fact)
            row.reopened_tx = word.tx
            event = self.first(row, row.reopened_tx)
        return event

    def first(self, row: Obligation, after: int, before: int | None = None) -> Settlement | None:
        """The earliest fact that fits the row, of those told after one transaction (and before
        another).
        """
        fitting = {
            each.fact_id: each
            for each in self.events.get(row.rule, ())
            if each.subject_id in (row.subject_id, ANY)
            and each.subject_type in (row.subject_type, "")
            and (before is None or each.tx < before)
        }
        window = (row.window_from, row.window_to) if row.window_from and row.window_to else None
        event = settled_by(
            [
                Event(e.fact_id, str(e.fact.uid), e.tx, e.at, e.match, e.fact.source == OPENING)
                for e in fitting.values()
            ],
            anchor=min(row.anchor_at, row.cause_at), window=window, match=row.match, after_tx=after,
        )  # fmt: skip
        return fitting[event.fact_id] if event is not None else None

    def keep(self, rows: Iterable[Obligation]) -> None:
        """Write down what the customer's word did to these rows."""
        acts = [
            Act(obligation=row, fact=fact, verb=verb, at=fact.at, by=fact.by)
            for row in rows
            for verb, facts in (
                (Verb.REJECTED, self.no.get(row.pk, ())),
                (Verb.VERIFIED, [self.yes[row.pk]] if row.pk in self.yes else ()),
            )
            for fact in facts
        ]
        if acts:
            Act.objects.bulk_create(acts, ignore_conflicts=True)


def says(fact: Fact) -> Says:
    """What the customer says by a fact. Raises KeyError where its kind is no word of his."""
    return vocabulary().saying[fact.kind]


def said_by(facts: Iterable[Fact]) -> list[Spoken]:
    """The yes and no among facts, not saved."""
    known = vocabulary().saying
    return [
        Spoken(fact=fact, tx=fact.tx, matter=str(fact.own()[known[fact.kind].same]))
        for fact in facts
        if fact.kind in known
    ]


def spoken_of(words: Iterable[Spoken]) -> QuerySet[Obligation]:
    """The duties of the matters of these words."""
    of = Q(pk__in=())
    for word in words:
        same = says(word.fact).same
        of |= Q(match__has_key=same, **{f"match__{same}": word.matter})
        of |= Q(occasion=word.matter) & ~Q(cause_kind=CADENCE)
    return Obligation.objects.filter(of)


def concerns(word: Says, kind: str, verifier: str) -> bool:
    """Whether a yes or no is a word on duties of a kind that wait for this one's word."""
    return verifier == Verifier.CUSTOMER or (not word.satisfied and kind in word.again)


def _spoken(rows: Sequence[Obligation]) -> dict[int, list[Spoken]]:
    """What was said of each row, in the order of the log."""
    known = vocabulary().saying.values()
    asked: dict[int, set[str]] = {
        row.pk: {row.match[each.same] for each in known if each.same in row.match} | {row.occasion}
        for row in rows
        if row.window_from is None
        and any(concerns(each, row.kind, row.verified_by_rule) for each in known)
    }
    if not asked:
        return {}
    matters: dict[str, list[Spoken]] = defaultdict(list)
    words = Spoken.objects.filter(matter__in=set().union(*asked.values()))
    for word in words.select_related("fact__by").order_by("tx", "fact_id"):
        matters[word.matter].append(word)
    return {
        row.pk: [
            word
            for matter in asked[row.pk]
            for word in matters[matter]
            if concerns(says(word.fact), row.kind, row.verified_by_rule)
        ]
        for row in rows
        if row.pk in asked and matters
    }


def _holds(word: Fact, row: Obligation, event: Settlement) -> bool:
    """Whether who wrote the customer's word down had no hand in what it is about; a no of what is
    owed again in any case holds by anybody.
    """
    said = says(word)
    if word.by_id is None or (not said.satisfied and row.kind in said.again):
        return True
    done = copy(row)
    done.settled_by, done.discharged_by = event.fact, None
    return may_verify(
        rule=row.verified_by_rule, how=Verifier.CUSTOMER, person=word.by_id,
        hands=involved([done])[row.pk], same_team=False, needs=row.needs,
    )  # fmt: skip


def _events(rows: Sequence[Obligation]) -> dict[str, list[Settlement]]:
    """Every settlement that may concern these rows, by rule."""
    found: dict[str, list[Settlement]] = defaultdict(list)
    rules, subjects = {row.rule for row in rows}, {row.subject_id for row in rows} | {ANY}
    settlements = list(Settlement.objects.raw(SETTLING, [list(rules), list(subjects)]))
    prefetch_related_objects(settlements, "fact")
    for each in settlements:
        found[each.rule].append(each)
    return found


__all__ = ["Settling", "concerns", "said_by", "says", "spoken_of"]
