"""Who is asked to verify: somebody who had no hand in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q

from bihuan.apps.obligations.enums import DONE, State, Verifier
from bihuan.apps.obligations.models import Evidence, Obligation
from bihuan.apps.people.queries import Holders, leads_of
from bihuan.base.facts.models import Fact
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy.values import text_of

# The roles that ask, where the regulation names none (parameters `verify.customer` and
# `verify.independent`); without a holder the ladder above decides.
ASKED = {Verifier.CUSTOMER: "callback_agent", Verifier.INDEPENDENT: "quality_engineer"}
# A regulation whose parameter of this name is true lets no lead confirm the work of the own team.
NOT_LEAD = "verify.not_team_lead"
LONGEST = 12


def choose(rows: Iterable[Obligation], known: Holders) -> list[Obligation]:
    """Name the verifier of each discharged obligation: whoever asks the customer, or somebody of
    the ladder above the role that owed it, but nobody who had a hand in it (`involved`). Gives
    back the rows that wait for a word; the caller saves their `verifier`.
    """
    asking = [
        row for row in rows
        if row.state == State.DISCHARGED and row.verified_by_rule != Verifier.NONE
    ]  # fmt: skip
    hands = involved(asking)
    for row in asking:
        rule, avoid = Verifier(row.verified_by_rule), hands[row.pk]
        first = _said(row, f"verify.{rule.lower()}") or ASKED[rule]
        row.verifier_id = _first(first, row, known, avoid) or _first(row.role, row, known, avoid)
    return asking


def involved(rows: Collection[Obligation]) -> dict[int, set[int]]:
    """Who may not confirm each row, by its id (a fixed number of queries).

    The doer (by the deed or by the fact that settled it), whoever answers for it, whoever gave
    evidence or its file, and the helpers: those who did another duty of the same matter, or
    prepared it. Where the regulation says so (`NOT_LEAD`), the leads of the doer's team too.
    Having called the customer before is no hand in the matter.
    """
    found: dict[int, set[int | None]] = {
        row.pk: {row.discharged_by_id, row.assignee_id} for row in rows
    }
    settled = {row.settled_by_id for row in rows if row.settled_by_id is not None}
    told = dict(Fact.objects.filter(pk__in=settled).values_list("pk", "by_id")) if settled else {}
    for row in rows:
        found[row.pk].add(told.get(row.settled_by_id or 0))
    gave = Evidence.objects.filter(obligation__in=found)
    for pk, by, stored in gave.values_list("obligation_id", "by_id", "file__stored_by_id"):
        found[pk] |= {by, stored}
    for pk, by in _helpers(rows):
        found[pk].add(by)
    people = {pk: {each for each in hands if each is not None} for pk, hands in found.items()}
    strict = {row.pk for row in rows if _said(row, NOT_LEAD) == "true"}
    if strict:
        leads = leads_of({person for pk in strict for person in people[pk]})
        for pk in strict:
            people[pk] |= {lead for person in people[pk] for lead in leads.get(person, ())}
    return people


def _helpers(rows: Collection[Obligation]) -> Iterable[tuple[int, int]]:
    """(row, who did another duty of the same matter): of the same case or its preparation."""
    if not rows:
        return
    of_subject: dict[tuple[str, int], list[Obligation]] = {}
    for row in rows:
        of_subject.setdefault((row.subject_type, row.subject_id), []).append(row)
    near = Q()
    for kind in {row.subject_type for row in rows}:
        of = [row for row in rows if row.subject_type == kind]
        same = Q(occasion__in={row.occasion for row in of})
        for match in {tuple(sorted(row.match.items())) for row in of if row.match}:
            same |= Q(match=dict(match))
        near |= Q(subject_type=kind, subject_id__in={row.subject_id for row in of}) & same
    others = Obligation.objects.filter(near, state__in=DONE, discharged_by__isnull=False)
    asked = Q(kind__startswith="callback.") | Q(kind__endswith=".confirm")  # of the customer
    for other in others.exclude(asked).only(
        "rule", "subject_type", "subject_id", "occasion", "match", "discharged_by"
    ):
        for row in of_subject.get((other.subject_type, other.subject_id), ()):
            if other.discharged_by_id is not None and _one_matter(row, other):
                yield row.pk, other.discharged_by_id


def _one_matter(row: Obligation, other: Obligation) -> bool:
    """Whether another duty of the same subject is of the same case; of a cadence: prepares it."""
    if row.pk == other.pk:
        return False
    if row.window_from is not None:
        return other.rule == f"{row.rule}.prepare" and other.occasion == row.occasion
    return other.occasion == row.occasion or bool(row.match and row.match == other.match)


def _said(row: Obligation, name: str) -> str | None:
    """The value of a parameter in the regulation under which the row was made; None without."""
    found = row.pack.parameters.get(name)
    if found is None or found.value is None:
        return None
    return text_of(found.value)


def _first(role: str, row: Obligation, known: Holders, avoid: Collection[int]) -> int | None:
    current: str | None = role
    for _ in range(LONGEST):
        if current is None or current not in vocabulary().roles:
            return None
        found = known.find(current, customer_id=row.customer_id, region=row.region)
        if found is not None and found not in avoid:
            return found
        current = known.above(current)
    return None


__all__ = ["NOT_LEAD", "choose", "involved"]
