"""The customer's own answer to a proposal: its address is sent, opened, and answered once."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.demands import actions as demands
from bihuan.apps.demands.actions.working import FOR_CUSTOMER
from bihuan.apps.demands.enums import Deed
from bihuan.apps.demands.models import Demand, Step
from bihuan.apps.demands.refusals import ProposalMissing
from bihuan.apps.portal import figures
from bihuan.apps.portal.links import TOKEN_BYTES
from bihuan.apps.portal.models import PlanLink
from bihuan.apps.portal.refusals import NoMailbox, ReasonWanted
from bihuan.apps.portal.rules import TOKEN, Say, digest, ended
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.evidence.models import File


def send(*, demand: Demand, address: Callable[[str], str], by: User, now: datetime) -> PlanLink:
    """Mail the customer's contact the address on which he answers the proposal that stands. Nobody
    here sees it, so it carries his own answer; an earlier one opens no more.

    Raises ProposalMissing, PlanAnswered, NoMailAddress, NoMailbox.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        demand = Demand.objects.select_for_update().get(pk=demand.pk)
        proposal = demand.steps.filter(deed=Deed.PROPOSED).order_by("-pk").first()
        if proposal is None:
            raise ProposalMissing
        demands.must_wait(demand=demand, proposal=proposal)
        PlanLink.objects.filter(demand=demand, revoked_at=None).update(revoked_at=now)
        link = PlanLink.objects.create(
            demand=demand, proposal=proposal, digest=digest(token), made_at=now, made_by=by
        )
        ask = "请您确认或说明意见：\nPlease confirm it or tell us what you think:"
        text = f"{proposal.text}\n\n{ask}\n{address(token)}"
        if not demands.mail(demand, demand.contact, text, now):
            raise NoMailbox
        log("portal.plan_sent", by=by, now=now, thing=link, after={"demand": demand.number})
    return link


def opened(token: str, now: datetime) -> PlanLink | None:
    """The living link of a token; None for wrong, ended and old ones alike."""
    if not TOKEN.fullmatch(token):
        return None
    rows = PlanLink.objects.select_related("demand", "proposal__file")
    link = rows.filter(digest=digest(token), revoked_at=None).first()
    if link is None or ended(link.made_at, figures.whole("link_days", now), now):
        return None
    return link


def shown_file(link: PlanLink) -> File | None:
    """The file of the proposal, if whoever made it meant it for the customer."""
    return link.proposal.file if link.proposal.data.get(FOR_CUSTOMER) else None


def own_answer(link: PlanLink) -> Step | None:
    """What he answered to this proposal in his own hand."""
    later = link.demand.steps.filter(pk__gt=link.proposal_id, by=None, fact=None)
    return later.filter(deed__in=(Deed.PLAN_CONFIRMED, Deed.PLAN_REFUSED)).order_by("pk").first()


def answer(*, link: PlanLink, say: Say, text: str, now: datetime) -> Demand:
    """His yes or his no to this proposal, once; a no says why. Not answering is neither.

    Raises ReasonWanted, PlanAnswered, ProposalReplaced, WrongStep.
    """
    words = text.strip()
    if say != Say.YES and not words:
        raise ReasonWanted
    with transaction.atomic():
        demand = Demand.objects.select_for_update().get(pk=link.demand_id)
        demands.must_wait(demand=demand, proposal=link.proposal)
        if say == Say.YES:
            said = f"{_('同意这个方案')} {words}".strip()
            demands.confirm_plan(demand=demand, answer=said, by=None, now=now)
        else:
            demands.refuse_plan(demand=demand, answer=words, by=None, now=now)
        log("portal.plan_answered", by=None, now=now, thing=link, after={"say": str(say)})
        return demand
