"""Reviews of tiers: each customer once in a period, with the reasons kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from bihuan.apps.customers import snapshots
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.actions.tiers import (
    change_of,
    next_review,
    points_of,
    put_all_in_effect,
)
from bihuan.apps.customers.enums import TierReason, TierState
from bihuan.apps.customers.models import Customer, TierChange, TierReview
from bihuan.apps.policy.queries import NoPackInForce
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.facts.actions import Telling, tell_many
from bihuan.lib.policy import Assessment, CannotAssess, Pack, assess_customer, assessed


def review_tiers(
    *, customer_ids: Iterable[int], key: str, by: User | None, now: datetime,
    values: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[TierReview]:  # fmt: skip
    """Assess these customers in the review `key` (2026-H2): once each, however often it is asked.

    `values` are the states to judge by (a period fact carries them), by default those of now. A
    change that the pack wants approved is proposed, another takes effect. Raises NoPackInForce.
    """
    pack = pack_or_none(now)
    if pack is None:
        raise NoPackInForce
    if pack.tiers is None:
        return []
    with transaction.atomic():
        rows = list(
            Customer.objects.living()
            .filter(pk__among=set(customer_ids))
            .only(*READ)
            .select_for_update(of=("self",))
            .order_by("pk")
        )
        done = set(
            TierReview.objects.filter(
                customer_id__among=[row.pk for row in rows], key=key
            ).values_list("customer_id", flat=True)
        )
        rows = [row for row in rows if row.pk not in done]
        states = dict(values or {}) or snapshots.customers([row.pk for row in rows], now)
        earlier, on = _earlier(rows), timezone.localtime(now).date()
        judged = [
            (
                row,
                _assessed(row, states[row.pk], earlier[row.pk], key, pack, by=by, now=now, on=on),
            )
            for row in rows
        ]
        made = [(row, *found) for row, found in judged if found is not None]
        bulk.add([review for _row, review, _found in made])
        _after_reviews(made, states, key, pack, by=by, now=now)
        return [review for _row, review, _found in made]


READ = ("tier", "tier_rank", "tier_since", "tier_score", "tier_review_on", "version")
"""Of a customer all that a review reads and writes."""


def _earlier(rows: Sequence[Customer]) -> dict[int, list[TierReview]]:
    found: dict[int, list[TierReview]] = defaultdict(list)
    reviews = TierReview.objects.filter(customer_id__among=[row.pk for row in rows])
    for review in reviews.only("customer_id", "on", "assessed", "score").order_by("on", "id"):
        found[review.customer_id].append(review)
    return found


def _assessed(
    row: Customer,
    state: Mapping[str, Any],
    earlier: Sequence[TierReview],
    key: str,
    pack: Pack,
    *,
    by: User | None,
    now: datetime,
    on: date,
) -> tuple[TierReview, Assessment] | None:
    try:
        found = assess_customer(pack, state, _history(row, earlier))
    except CannotAssess:
        return None  # stays as it is and shows in the view 评不了级
    return TierReview(
        customer=row, key=key, on=on, score=points_of(found.score), assessed=found.raw,
        tier=found.tier, held=found.held_by_hysteresis, flags=list(found.flags),
        parts=[
            {
                "code": part.code, "title": {"zh": part.title.zh, "en": part.title.en}, "value": part.value,
                "score": part.score, "weight": part.weight, "points": part.points,
            }
            for part in found.parts
        ],
        why={"zh": found.why("zh"), "en": found.why("en")}, pack_version=f"{pack.code} {pack.version}", at=now, by=by,
    ), found  # fmt: skip


def _history(row: Customer, earlier: Sequence[TierReview]) -> list[Assessment]:
    """Reviews since the tier in effect began, as assessments that left it in effect."""
    if not row.tier:
        return []
    since = row.tier_since or date.min
    score = float(row.tier_score) if row.tier_score is not None else None
    found = [
        assessed(
            row.tier, review.assessed, float(review.score) if review.score is not None else None
        )
        for review in earlier
        if review.on > since
    ]
    return [assessed(row.tier, row.tier, score), *found]


def _after_reviews(
    made: Sequence[tuple[Customer, TierReview, Assessment]],
    states: Mapping[int, Mapping[str, Any]],
    key: str,
    pack: Pack,
    *,
    by: User | None,
    now: datetime,
) -> None:
    if not made:
        return
    tell_many(
        [
            Telling(
                "tier.reviewed", at=now, subjects={"customer": row.pk}, key=f"tier-review:{row.pk}:{key}",
                data={"review": key, "score": found.score, "proposed": found.tier, "moved": found.tier != row.tier},
                states={"customer": states[row.pk]},
            )
            for row, _review, found in made
        ],
        now=now, by=by, source="clock" if by is None else "screen",
    )  # fmt: skip
    moved = [each for each in made if each[2].tier != each[0].tier]
    stayed = {row.pk for row, _review, found in made if found.tier == row.tier}
    # what an earlier review proposed falls with the assessment it stood on
    TierChange.objects.filter(
        customer_id__among=[row.pk for row, _r, _f in made],
        state=TierState.PROPOSED,
        reason__in=(TierReason.REVIEW, TierReason.FIRST),
    ).update(state=TierState.WITHDRAWN, decided_at=now)
    _changes(moved, pack, by=by, now=now)
    next_on, written = next_review(timezone.localtime(now).date(), pack), []
    for row, review, _found in made:
        before = row.tier_score, row.tier_review_on
        row.tier_score = review.score if row.pk in stayed else row.tier_score
        row.tier_review_on = next_on
        if (row.tier_score, row.tier_review_on) != before:
            written.append(row)
    bulk.write(written, ["tier_score", "tier_review_on"])
    if by is not None:
        log(
            "tier.review",
            by=by,
            now=now,
            thing=("customers.TierReview", key),
            after={"customers": len(made)},
        )


def _changes(
    moved: Sequence[tuple[Customer, TierReview, Assessment]],
    pack: Pack,
    *,
    by: User | None,
    now: datetime,
) -> None:
    # the newer assessment replaces the one that nobody has decided yet
    TierChange.objects.filter(
        customer_id__among=[row.pk for row, _r, _f in moved], state=TierState.PROPOSED
    ).update(state=TierState.WITHDRAWN, decided_at=now)
    # the regulation proposes, whoever started the review: he may still decide what is his to decide
    changes = [
        change_of(
            row, found.tier, TierReason.REVIEW if row.tier else TierReason.FIRST, found.why(), pack,
            by=None, now=now, score=found.score, role=found.needs_approval_role, review=review,
        )
        for row, review, found in moved
    ]  # fmt: skip
    bulk.add([each for each in changes if each.needs_role])
    if straight := [each for each in changes if not each.needs_role]:
        put_all_in_effect(straight, pack, by=by, now=now)
