"""Exceptions in force: what the obligations engine asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bihuan.apps.customers.enums import Change, Target
from bihuan.apps.customers.models import ClauseException
from bihuan.apps.customers.queries.tiers import role_title
from bihuan.base.texts import in_language, in_words
from bihuan.lib.policy import Pack
from bihuan.lib.workcal.duration import Duration


@dataclass(frozen=True)
class InForce:
    """One granted exception. `change` says what `value` is: nothing (WAIVE), a duration (WITHIN),
    a calendar (CALENDAR) or a role (BY).
    """

    pk: int
    customer_id: int
    target: Target
    code: str
    change: Change
    value: str
    from_at: datetime
    to_at: datetime | None
    approver_id: int
    reason: str


def title_of(row: ClauseException, pack: Pack | None) -> str:
    """What an exception departs from, as the regulation calls it; its code where that is gone."""
    if pack is None:
        return row.code
    known = pack.rules if row.target == Target.RULE else pack.clauses
    found = known.get(row.code)
    return in_words(found.title) if found else row.code


def value_of(row: ClauseException) -> str:
    """What an exception says instead, in words; a calendar by its name."""
    if row.change == Change.WITHIN:
        length = Duration.parse(row.value)
        return in_language({"zh": length.words("zh"), "en": length.words("en")})
    return role_title(row.value) if row.change == Change.BY else row.value


def exceptions(customer_ids: Iterable[int], at: datetime) -> dict[int, list[InForce]]:
    """Customer id -> exceptions that hold at a moment, the latest granted last (one query)."""
    found: dict[int, list[InForce]] = defaultdict(list)
    rows = ClauseException.objects.at(at).filter(customer_id__in=set(customer_ids))
    for row in rows.order_by("granted_at", "id"):
        assert row.approver_id is not None  # `at` gives granted ones only
        found[row.customer_id].append(
            InForce(
                row.pk, row.customer_id, Target(row.target), row.code, Change(row.change), row.value,
                row.from_at, row.to_at, row.approver_id, row.reason,
            )
        )  # fmt: skip
    return dict(found)
