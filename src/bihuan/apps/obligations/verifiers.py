"""Who is asked to verify: somebody who did not do it."""

from __future__ import annotations

from bihuan.apps.obligations.enums import State, Verifier
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.people.queries import Holders
from bihuan.base.vocabulary import vocabulary

ASKS_CUSTOMER = "callback_agent"
INDEPENDENT = "quality_engineer"
LONGEST = 12


def choose(row: Obligation, known: Holders) -> None:
    """Name the verifier of a discharged obligation: whoever asks the customer, or somebody of
    the ladder above the role that owed it, but never the doer. Saves the row's `verifier`.
    """
    if row.state != State.DISCHARGED or row.verified_by_rule == Verifier.NONE:
        return
    first = ASKS_CUSTOMER if row.verified_by_rule == Verifier.CUSTOMER else INDEPENDENT
    avoid = {row.discharged_by_id, row.assignee_id}
    row.verifier_id = _first(first, row, known, avoid) or _first(row.role, row, known, avoid)
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
