"""Opening balances: the tier that a customer had before the company went live."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.actions.tiers import next_review
from bihuan.apps.customers.enums import TierReason, TierState
from bihuan.apps.customers.models import Customer, TierChange
from bihuan.apps.policy.queries import NoPackInForce, pack_for_opening
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import OPENING


def open_tier(
    *, customer: Customer, tier: str, since: date, why: str, by: User | None, now: datetime
) -> bool:
    """Record the tier held since a day, with its reason; needs no approval, and no change of tier is
    told, since nothing changed. True when it was new or another one than recorded.

    Raises BadInput (also when the tier was reviewed or decided here since), NoPackInForce.
    """
    pack = pack_for_opening(now)
    if pack is None or pack.tiers is None:
        raise NoPackInForce
    if tier not in pack.tiers.order:
        raise BadInput({"tier": str(_("制度里没有这个级别：%(tier)s。")) % {"tier": tier}})
    if since > timezone.localdate(now):
        raise BadInput({"since": str(_("定级日不能在今天以后。"))})
    if not why.strip():
        raise BadInput({"why": str(_("请写当时为什么定这一级。"))})
    with transaction.atomic():
        row = Customer.objects.select_for_update().get(pk=customer.pk)
        changes = TierChange.objects.filter(customer=row)
        if changes.exclude(reason=TierReason.FIRST).exists():
            raise BadInput(
                {"tier": str(_("这家的级别在系统里已经评过或改过，不能再导入期初级别。"))}
            )
        held = changes.filter(state=TierState.APPLIED, to_on=None).first()
        said = (tier, since, why.strip()[:400])
        if held is not None and (held.after, held.from_on, held.why) == said:
            return False
        # what was assessed on adding the customer gives way to what was held in truth
        changes.filter(state__in=(TierState.APPLIED, TierState.PROPOSED)).update(
            state=TierState.WITHDRAWN, decided_by=by, decided_at=now,
            decided_note=str(_("以期初级别为准")),
        )  # fmt: skip
        TierChange.objects.create(
            customer=row, after=tier, reason=TierReason.FIRST, why=said[2], up=True,
            state=TierState.APPLIED, proposed_by=by, proposed_at=now, decided_by=by,
            decided_at=now, from_on=since,
        )  # fmt: skip
        Customer.objects.filter(pk=row.pk).update(
            tier=tier, tier_rank=pack.tiers.rank(tier), tier_since=since, tier_score=None,
            tier_review_on=next_review(timezone.localdate(now), pack), changed_at=now,
            version=F("version") + 1,
        )  # fmt: skip
        log(
            "tier.open", by=by, now=now, thing=row, before={"tier": row.tier},
            after={"tier": tier, "since": since.isoformat(), "why": said[2]},
        )  # fmt: skip
        rated_before(customer=row, tier=tier, since=since, by=by, now=now)
        return True


def rated_before(
    *, customer: Customer, tier: str, since: date, by: User | None, now: datetime
) -> None:
    """The tier was judged before the company went live: nobody owes the first rating of a customer
    who has long had one. Nothing new is owed for it.
    """
    day = since.isoformat()
    tell(
        "tier.reviewed", at=now, now=now, by=by, subjects={"customer": customer.pk}, source=OPENING,
        data={"review": day, "proposed": tier, "moved": False},
        key=f"tier-held:{customer.pk}:{tier}:{day}",
    )  # fmt: skip
