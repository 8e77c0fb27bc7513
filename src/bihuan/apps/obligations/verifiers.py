"""Who is asked to verify: somebody who did not do it."""

from __future__ import annotations

from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.queries import Holders
from bihuan.apps.policy.queries import pack_of
from bihuan.base.vocabulary import vocabulary

# The roles that ask, where the regulation names none (parameters `verify.customer` and
# `verify.independent`); without a holder the ladder above decides.
ASKED = {Verifier.CUSTOMER: "callback_agent", Verifier.INDEPENDENT: "quality_engineer"}
LONGEST = 12


def choose(row: Obligation, known: Holders, *, save: bool = True) -> None:
    """Name the verifier of a discharged obligation: whoever asks the customer, or somebody of
    the ladder above the role that owed it, but never the doer. Saves the row's `verifier` unless
    the caller does.
    """
    if row.state != State.DISCHARGED or row.verified_by_rule == Verifier.NONE:
        return
    rule = Verifier(row.verified_by_rule)
    named = pack_of(row.pack_version).parameters.get(f"verify.{rule.lower()}")
    first = str(named.value) if named is not None and named.value else ASKED[rule]
    avoid = {row.discharged_by_id, row.assignee_id}
    row.verifier_id = _first(first, row, known, avoid) or _first(row.role, row, known, avoid)
    if save:
        Obligation.objects.filter(pk=row.pk).update(verifier_id=row.verifier_id)


def _first(role: str, row: Obligation, known: Holders, avoid: set[int | None]) -> int | None:
    current: str | None = role
    for _ in range(LONGEST):
        if current is None or current not in vocabulary().roles:
            return None
        found = known.find(current, customer_id=row.customer_id, region=row.region)
        if found is not None and found not in avoid:
            return found
        current = known.above(current)
    return None
