"""Tiers: assessed by the pack in force, decided by the role that it names, kept with reason and dates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import snapshots
from bihuan.apps.customers.actions.customers import pack_or_none
from bihuan.apps.customers.enums import TierReason, TierState
from bihuan.apps.customers.models import Customer, TierChange, TierReview
from bihuan.apps.policy.queries import NoPackInForce
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import Telling, tell, tell_all
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Assessment, CannotAssess, Pack, assess_customer, assessed
from bihuan.lib.workcal import Period, period_bounds

LONGEST_LADDER = 12


class OtherRoleDecides(Refusal):
    code = "tier_other_role_decides"
    message = _("这个变动要由%(role)s批准。")
    status = 403


class OwnProposal(Refusal):
    code = "tier_own_proposal"
    message = _("级别变动要由另一个人批准，提出的人不能自己批。")


class AlreadyProposed(Refusal):
    code = "tier_already_proposed"
    message = _("这家客户已经有一条级别变动在等批准。")


def first_tier(customer: Customer, stated: str, pack: Pack | None, *, by: User | None, now: datetime) -> None:
    """The tier of a new customer: the stated one; else the assessed one, which begins at the lowest
    tier while a higher one waits for approval. Raises BadInput for a tier that the pack lacks."""
    if pack is None or pack.tiers is None:
        return
    tiers = pack.tiers
    if stated:
        if stated not in tiers.order:
            raise BadInput({"tier": str(_("现行制度里没有这个级别：%(tier)s。")) % {"tier": stated}})
        _put_in_effect(_change(customer, stated, TierReason.FIRST, str(_("建档时注明")), pack, by=by, now=now), pack, by=by, now=now, told=False)
        return
    state = snapshots.customers([customer.pk], now)[customer.pk]
    try:
        found = assess_customer(pack, state)
    except CannotAssess:
        return  # stays without a tier and shows in the view 未定级
    lowest = tiers.order[-1]
    begins = found.tier if not found.needs_approval_role or tiers.rank(found.tier) >= len(tiers.order) else lowest
    _put_in_effect(_change(customer, begins, TierReason.FIRST, found.why(), pack, by=by, now=now, score=found.score), pack, by=by, now=now, told=False)
    if begins != found.tier:
        _change(customer, found.tier, TierReason.FIRST, found.why(), pack, by=by, now=now, score=found.score, role=found.needs_approval_role)


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
        rows = list(Customer.objects.living().filter(pk__in=set(customer_ids)).select_for_update(of=("self",)).order_by("pk"))  # type: ignore[attr-defined]
        done = set(TierReview.objects.filter(customer__in=rows, key=key).values_list("customer_id", flat=True))
        rows = [row for row in rows if row.pk not in done]
        states = dict(values or {}) or snapshots.customers([row.pk for row in rows], now)
        earlier = _earlier(rows)
        made: list[tuple[Customer, TierReview, Assessment]] = []
        for row in rows:
            if (review := _assessed(row, states.get(row.pk, {}), earlier[row.pk], key, pack, by=by, now=now)) is not None:
                made.append((row, *review))
        TierReview.objects.bulk_create([review for _row, review, _found in made])
        _after_reviews(made, key, pack, by=by, now=now)
        return [review for _row, review, _found in made]


def _earlier(rows: Sequence[Customer]) -> dict[int, list[TierReview]]:
    found: dict[int, list[TierReview]] = defaultdict(list)
    for review in TierReview.objects.filter(customer__in=rows).order_by("on", "id"):
        found[review.customer_id].append(review)
    return found


def _assessed(
    row: Customer, state: Mapping[str, Any], earlier: Sequence[TierReview], key: str, pack: Pack, *, by: User | None, now: datetime
) -> tuple[TierReview, Assessment] | None:
    try:
        found = assess_customer(pack, state, _history(row, earlier))
    except CannotAssess:
        return None  # stays as it is and shows in the view 评不了级
    return TierReview(
        customer=row, key=key, on=timezone.localtime(now).date(), score=_points(found.score), assessed=found.raw,
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
        assessed(row.tier, review.assessed, float(review.score) if review.score is not None else None)
        for review in earlier
        if review.on > since
    ]
    return [assessed(row.tier, row.tier, score), *found]


def _points(score: float | None) -> Decimal | None:
    return None if score is None else Decimal(str(round(score, 2)))


def _after_reviews(
    made: Sequence[tuple[Customer, TierReview, Assessment]], key: str, pack: Pack, *, by: User | None, now: datetime
) -> None:
    if not made:
        return
    waiting = set(TierChange.objects.filter(customer__in=[row for row, _r, _f in made], state=TierState.PROPOSED).values_list("customer_id", flat=True))
    tell_all(
        [
            Telling(
                "tier.reviewed", at=now, subjects={"customer": row.pk}, key=f"tier-review:{row.pk}:{key}",
                data={"review": key, "score": found.score, "proposed": found.tier, "moved": found.tier != row.tier},
            )
            for row, _review, found in made
        ],
        now=now, by=by, source="engine" if by is None else "screen",
    )  # fmt: skip
    next_on = _next_review(timezone.localtime(now).date(), pack)
    Customer.objects.filter(pk__in=[row.pk for row, _r, _f in made]).update(tier_review_on=next_on)
    for row, review, found in made:
        if found.tier == row.tier:
            Customer.objects.filter(pk=row.pk).update(tier_score=review.score)
            continue
        if row.pk in waiting:
            # the newer assessment replaces the one that nobody has decided yet
            TierChange.objects.filter(customer=row, state=TierState.PROPOSED).update(state=TierState.WITHDRAWN, decided_at=now)
        reason = TierReason.REVIEW if row.tier else TierReason.FIRST
        change = _change(row, found.tier, reason, found.why(), pack, by=by, now=now, score=found.score, role=found.needs_approval_role, review=review)
        if not found.needs_approval_role:
            _put_in_effect(change, pack, by=by, now=now)
    if by is not None:
        log("tier.review", by=by, now=now, thing=("customers.TierReview", key), after={"customers": len(made)})


def _next_review(today: date, pack: Pack) -> date | None:
    """The first day of the next review period of the pack."""
    tiers = pack.tiers
    if tiers is None or not tiers.review:
        return None
    _first, last = period_bounds(today, Period(tiers.review))
    return last + timedelta(days=1)


def propose_tier(*, customer: Customer, after: str, why: str, by: User | None, now: datetime) -> TierChange:
    """Ask for another tier by hand. Raises BadInput, AlreadyProposed, NoPackInForce."""
    pack = pack_or_none(now)
    if pack is None or pack.tiers is None:
        raise NoPackInForce
    faults: dict[str, str] = {}
    if after not in pack.tiers.order:
        faults["after"] = str(_("现行制度里没有这个级别：%(tier)s。")) % {"tier": after}
    elif after == customer.tier:
        faults["after"] = str(_("现在就是这个级别。"))
    if len(why.strip()) < 4:
        faults["why"] = str(_("请写理由，批准的人要看。"))
    if faults:
        raise BadInput(faults)
    role = pack.tiers.approve.get(after, pack.tiers.approve.get("default", ""))
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=customer.pk)
        if TierChange.objects.filter(customer=customer, state=TierState.PROPOSED).exists():
            raise AlreadyProposed
        change = _change(customer, after, TierReason.DECISION, why.strip(), pack, by=by, now=now, role=role)
        log("tier.propose", by=by, now=now, thing=customer, before={"tier": customer.tier}, after={"tier": after})
        return change


def decide_tier(*, change: TierChange, approve: bool, by: User, now: datetime, note: str = "") -> TierChange:
    """Approve or refuse a proposed change; approved it takes effect now.

    Raises NotAllowed, OwnProposal, OtherRoleDecides, ChangedMeanwhile.
    """
    must(by, "customers.tier_approve")
    if change.proposed_by_id == by.pk:
        raise OwnProposal
    if change.needs_role and not _answers_for(by, change.needs_role):
        role = vocabulary().roles.get(change.needs_role)
        raise OtherRoleDecides(role=role.title.zh if role else change.needs_role)
    with transaction.atomic():
        if approve:
            _put_in_effect(change, pack_or_none(now), by=by, now=now, note=note)
        elif not TierChange.objects.filter(pk=change.pk, state=TierState.PROPOSED).update(
            state=TierState.REFUSED, decided_by=by, decided_at=now, decided_note=note[:400]
        ):
            raise ChangedMeanwhile
        log("tier.decide", by=by, now=now, thing=change, after={"approved": approve, "tier": change.after})
    change.refresh_from_db()
    return change


def _answers_for(person: User, role: str) -> bool:
    """Whether this person holds the role or one above it."""
    roles, current = vocabulary().roles, role
    for _step in range(LONGEST_LADDER):
        if current in person.roles:
            return True
        words = roles.get(current)
        if words is None or not words.up:
            return False
        current = words.up
    return False


def withdraw_tier(*, change: TierChange, by: User, now: datetime) -> None:
    """The proposer takes it back. Raises ChangedMeanwhile."""
    with transaction.atomic():
        took = TierChange.objects.filter(pk=change.pk, state=TierState.PROPOSED, proposed_by=by).update(
            state=TierState.WITHDRAWN, decided_by=by, decided_at=now
        )
        if not took:
            raise ChangedMeanwhile
        log("tier.withdraw", by=by, now=now, thing=change)


def _change(
    customer: Customer, after: str, reason: TierReason, why: str, pack: Pack, *, by: User | None, now: datetime,
    score: float | None = None, role: str = "", review: TierReview | None = None,
) -> TierChange:  # fmt: skip
    assert pack.tiers is not None
    return TierChange.objects.create(
        customer=customer, review=review, before=customer.tier, after=after, reason=reason, why=why[:400],
        up=pack.tiers.rank(after) < (pack.tiers.rank(customer.tier) if customer.tier else len(pack.tiers.order) + 1),
        score=_points(score), needs_role=role, proposed_by=by, proposed_at=now,
    )  # fmt: skip


def _put_in_effect(
    change: TierChange, pack: Pack | None, *, by: User | None, now: datetime, note: str = "", told: bool = True
) -> None:
    """From today on; never backwards. Raises ChangedMeanwhile."""
    today = timezone.localtime(now).date()
    before = TierChange.objects.filter(customer=change.customer_id, state=TierState.APPLIED, to_on=None)
    before.update(to_on=today)
    took = TierChange.objects.filter(pk=change.pk, state=TierState.PROPOSED).update(
        state=TierState.APPLIED, decided_by=by, decided_at=now, decided_note=note[:400], from_on=today
    )
    if not took:
        raise ChangedMeanwhile
    rank = pack.tiers.rank(change.after) if pack is not None and pack.tiers is not None else 0
    next_on = _next_review(today, pack) if pack is not None else None
    Customer.objects.filter(pk=change.customer_id).update(
        tier=change.after, tier_rank=rank, tier_since=today, tier_score=change.score, tier_review_on=next_on,
        changed_at=now, version=F("version") + 1,
    )  # fmt: skip
    change.customer.refresh_from_db()
    if told:
        tell(
            "tier.changed", at=now, now=now, by=by, subjects={"customer": change.customer_id}, key=f"tier:{change.pk}",
            data={
                "change": str(change.pk), "before": change.before or None, "after": change.after, "up": change.up,
                "reason": str(change.reason),
            },
        )  # fmt: skip
