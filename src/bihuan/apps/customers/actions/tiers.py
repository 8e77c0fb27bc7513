"""Tiers: assessed by the pack in force, decided by the role that it names, kept with reason and dates."""

from __future__ import annotations

from collections.abc import Sequence
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
from bihuan.base import bulk
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import Telling, tell, tell_many
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import CannotAssess, Pack, assess_customer
from bihuan.lib.workcal import Period, period_bounds

LONGEST_LADDER = 12


class OtherRoleDecides(Refusal):
    code = "tier_other_role_decides"
    message = _("这个变动要由%(role)s批准。")
    status = 403


class OwnProposal(Refusal):
    code = "tier_own_proposal"
    message = _("级别变动要由另一个人批准，提出的人不能自己批。")


class TierGone(Refusal):
    code = "tier_gone"
    message = _("现行制度里没有这个级别：%(tier)s。")


class AlreadyProposed(Refusal):
    code = "tier_already_proposed"
    message = _("这家客户已经有一条级别变动在等批准。")


def first_tier(
    customer: Customer, stated: str, pack: Pack | None, *, by: User | None, now: datetime
) -> None:
    """The tier of a new customer: the stated one; else the assessed one, which begins at the lowest
    tier while a higher one waits for approval. Raises BadInput for a tier that the pack lacks.
    """
    if pack is None or pack.tiers is None:
        return
    tiers = pack.tiers
    if stated:
        if stated not in tiers.order:
            raise BadInput(
                {"tier": str(_("现行制度里没有这个级别：%(tier)s。")) % {"tier": stated}}
            )
        put_in_effect(
            make_change(
                customer, stated, TierReason.FIRST, str(_("建档时注明")), pack, by=by, now=now
            ),
            pack,
            by=by,
            now=now,
            told=False,
        )
        return
    state = snapshots.customers([customer.pk], now)[customer.pk]
    try:
        found = assess_customer(pack, state)
    except CannotAssess:
        return  # stays without a tier and shows in the view 未定级
    lowest = tiers.order[-1]
    begins = (
        found.tier
        if not found.needs_approval_role or tiers.rank(found.tier) >= len(tiers.order)
        else lowest
    )
    put_in_effect(
        make_change(
            customer, begins, TierReason.FIRST, found.why(), pack, by=by, now=now, score=found.score
        ),
        pack,
        by=by,
        now=now,
        told=False,
    )
    if begins != found.tier:
        make_change(
            customer,
            found.tier,
            TierReason.FIRST,
            found.why(),
            pack,
            by=by,
            now=now,
            score=found.score,
            role=found.needs_approval_role,
        )


def points_of(score: float | None) -> Decimal | None:
    return None if score is None else Decimal(str(round(score, 2)))


def next_review(today: date, pack: Pack) -> date | None:
    """The first day of the next review period of the pack."""
    tiers = pack.tiers
    if tiers is None or not tiers.review:
        return None
    _first, last = period_bounds(today, Period(tiers.review))
    return last + timedelta(days=1)


def propose_tier(
    *, customer: Customer, after: str, why: str, by: User | None, now: datetime
) -> TierChange:
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
        change = make_change(
            customer, after, TierReason.DECISION, why.strip(), pack, by=by, now=now, role=role
        )
        log(
            "tier.propose",
            by=by,
            now=now,
            thing=customer,
            before={"tier": customer.tier},
            after={"tier": after},
        )
        return change


def decide_tier(
    *, change: TierChange, approve: bool, by: User, now: datetime, note: str = ""
) -> TierChange:
    """Approve or refuse a proposed change; approved it takes effect now.

    Raises NotAllowed, OwnProposal, OtherRoleDecides, TierGone, ChangedMeanwhile.
    """
    must(by, "customers.tier_approve")
    if change.proposed_by_id == by.pk:
        raise OwnProposal
    if change.needs_role and not answers_for(by, change.needs_role):
        role = vocabulary().roles.get(change.needs_role)
        raise OtherRoleDecides(role=in_words(role.title) if role else change.needs_role)
    pack = pack_or_none(now)
    if approve and pack is not None and pack.tiers and change.after not in pack.tiers.order:
        raise TierGone(tier=change.after)
    with transaction.atomic():
        if approve:
            put_in_effect(change, pack, by=by, now=now, note=note)
        elif not TierChange.objects.filter(pk=change.pk, state=TierState.PROPOSED).update(
            state=TierState.REFUSED, decided_by=by, decided_at=now, decided_note=note[:400]
        ):
            raise ChangedMeanwhile
        log(
            "tier.decide",
            by=by,
            now=now,
            thing=change,
            after={"approved": approve, "tier": change.after},
        )
    change.refresh_from_db()
    return change


def answers_for(person: User, role: str) -> bool:
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
        took = TierChange.objects.filter(
            pk=change.pk, state=TierState.PROPOSED, proposed_by=by
        ).update(state=TierState.WITHDRAWN, decided_by=by, decided_at=now)
        if not took:
            raise ChangedMeanwhile
        log("tier.withdraw", by=by, now=now, thing=change)


def make_change(
    customer: Customer, after: str, reason: TierReason, why: str, pack: Pack, *, by: User | None, now: datetime,
    score: float | None = None, role: str = "",
) -> TierChange:  # fmt: skip
    change = change_of(customer, after, reason, why, pack, by=by, now=now, score=score, role=role)
    change.save()
    return change


def change_of(
    customer: Customer, after: str, reason: TierReason, why: str, pack: Pack, *, by: User | None, now: datetime,
    score: float | None = None, role: str = "", review: TierReview | None = None,
) -> TierChange:  # fmt: skip
    """A proposed change; not saved."""
    assert pack.tiers is not None
    return TierChange(
        customer=customer, review=review, before=customer.tier, after=after, reason=reason, why=why[:400],
        up=pack.tiers.rank(after) < (pack.tiers.rank(customer.tier) if customer.tier else len(pack.tiers.order) + 1),
        score=points_of(score), needs_role=role, proposed_by=by, proposed_at=now,
    )  # fmt: skip


def put_in_effect(
    change: TierChange,
    pack: Pack | None,
    *,
    by: User | None,
    now: datetime,
    note: str = "",
    told: bool = True,
) -> None:
    """From today on; never backwards. Raises ChangedMeanwhile."""
    today = timezone.localtime(now).date()
    before = TierChange.objects.filter(
        customer=change.customer_id, state=TierState.APPLIED, to_on=None
    )
    before.update(to_on=today)
    took = TierChange.objects.filter(pk=change.pk, state=TierState.PROPOSED).update(
        state=TierState.APPLIED,
        decided_by=by,
        decided_at=now,
        decided_note=note[:400],
        from_on=today,
    )
    if not took:
        raise ChangedMeanwhile
    rank = pack.tiers.rank(change.after) if pack is not None and pack.tiers is not None else 0
    next_on = next_review(today, pack) if pack is not None else None
    Customer.objects.filter(pk=change.customer_id).update(
        tier=change.after, tier_rank=rank, tier_since=today, tier_score=change.score, tier_review_on=next_on,
        changed_at=now, version=F("version") + 1,
    )  # fmt: skip
    change.customer.refresh_from_db()
    if told:
        tell(
            "tier.changed", at=now, now=now, by=by, subjects={"customer": change.customer_id},
            key=f"tier:{change.pk}", data=said_of(change),
        )  # fmt: skip


def said_of(change: TierChange) -> dict[str, Any]:
    """What `tier.changed` says."""
    return {
        "change": str(change.pk), "before": change.before or None, "after": change.after, "up": change.up,
        "reason": str(change.reason),
    }  # fmt: skip


def put_all_in_effect(
    changes: Sequence[TierChange], pack: Pack, *, by: User | None, now: datetime
) -> None:
    """Save these changes, each of another locked customer, as in effect from today on: as
    `put_in_effect` does with one.
    """
    assert pack.tiers is not None
    today = timezone.localtime(now).date()
    customers = [change.customer for change in changes]
    before = TierChange.objects.filter(state=TierState.APPLIED, to_on=None)
    before.filter(customer_id__among=[row.pk for row in customers]).update(to_on=today)
    for change in changes:
        change.state, change.decided_by, change.decided_at = TierState.APPLIED, by, now
        change.from_on = today
        row = change.customer
        row.tier, row.tier_rank, row.tier_since = change.after, pack.tiers.rank(change.after), today
        row.tier_score, row.tier_review_on = change.score, next_review(today, pack)
        row.changed_at, row.version = now, row.version + 1
    bulk.add(changes)
    bulk.write(customers, WRITTEN)
    tell_many(
        [
            Telling(
                "tier.changed", at=now, subjects={"customer": change.customer_id},
                key=f"tier:{change.pk}", data=said_of(change),
            )
            for change in changes
        ],
        now=now, by=by,
    )  # fmt: skip


WRITTEN = (
    "tier", "tier_rank", "tier_since", "tier_score", "tier_review_on", "changed_at", "version",
)  # fmt: skip
