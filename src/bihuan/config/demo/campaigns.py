"""Carpet call-backs: one region after another is called through, and the outcome is written down."""

from __future__ import annotations

from datetime import datetime, timedelta

from bihuan.apps.callbacks import actions as callbacks
from bihuan.apps.callbacks.actions import Talk
from bihuan.apps.callbacks.enums import Outcome
from bihuan.apps.callbacks.models import Campaign
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.config.demo import calls
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

REACHED, DAYS = 0.78, 12


def carpet(stage: Stage, row: Planned, now: datetime) -> None:
    """A region is chosen, everybody there is to be called; the report is written at the end."""
    duty = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if duty is None or duty.assignee_id is None:
        return
    by, regions = stage.by_pk[duty.assignee_id], list(stage.maker.trade["regions"])
    region = regions[(stage.book.number("carpet") - 1) % len(regions)]
    ends = now + timedelta(days=DAYS)
    made = callbacks.start_campaign(
        title=f"{region}地毯式回访", goal="逐户问机器状况、服务、备件、机手、用油和打算六件事。",
        choice={"region": region}, last_on=ends.astimezone(ZONE).date(), by=by, now=now,
    )  # fmt: skip
    for target in made.targets.order_by("pk"):
        at = stage.chance.at_work(stage.calendar, stage.chance.after(now, (2, DAYS * 24 - 30)))
        stage.book.plan(at, "carpet_call", campaign=made.pk, customer=target.customer_id)
    stage.book.plan(ends, "carpet_end", campaign=made.pk, id=duty.pk)


def carpet_call(stage: Stage, row: Planned, now: datetime) -> None:
    """One customer of the list is called."""
    made = Campaign.objects.get(pk=row.about["campaign"])
    owner = Customer.objects.get(pk=row.about["customer"])
    reached = stage.chance.yes(REACHED)
    talk = Talk(
        customer=owner, contact=calls.person(owner.pk), channel="PHONE", at=calls.hours(now), campaign=made,
        outcome=Outcome.DONE if reached else Outcome.NO_ANSWER, agreed=True, blocks=calls.blocks(None),
        summary=stage.chance.pick(stage.maker.names["summaries"]) if reached else "", note="" if reached else "无人接听。",
    )  # fmt: skip
    callbacks.record(talk=talk, by=stage.who("callback_agent"), now=max(now, talk.at))


def carpet_end(stage: Stage, row: Planned, now: datetime) -> None:
    """What was asked is summed up; who was not reached is counted."""
    made = Campaign.objects.get(pk=row.about["campaign"])
    duty = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    text = stage.chance.pick(stage.maker.names["reported"])
    by = stage.by_pk[duty.assignee_id or 0] if duty is not None else stage.who("monitor_lead")
    callbacks.close_campaign(
        campaign=made, report=text, by=by, now=now, obligation_id=duty.pk if duty else None
    )
