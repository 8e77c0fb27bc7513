"""What people of the company enter in the course of the year: orders, new customers, changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from bihuan.apps.customers import actions as customers
from bihuan.apps.customers.enums import Category, DecisionRole
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.config.demo import cast, names
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.notebook import Planned
from bihuan.config.demo.stage import Stage

KEY_LEAVES = 0.4
"""Share of those who leave in which it is the key person."""


def buy(stage: Stage, row: Planned, now: datetime) -> None:
    """An order: parts and services often, a machine now and then; sizes fit the tier."""
    made = Customer.objects.get(pk=row.about["customer"])
    low, high = stage.profile(made.tier)["year"]
    category = Category(
        stage.chance.weighted({"PARTS": 50, "SERVICE": 22, "CONTRACT": 8, "EQUIPMENT": 20})
    )
    share = (
        stage.chance.between(0.45, 1.0)
        if category == Category.EQUIPMENT
        else stage.chance.between(0.03, 0.25)
    )
    amount = Decimal(round(max(2000.0, stage.chance.between(low, high) * share) / 100) * 100)
    customers.record_purchase(
        customer=made, order_no=f"DD-{now.astimezone(ZONE):%y%m}-{stage.book.number('order'):05d}", made_on=now.astimezone(ZONE).date(),
        amount=amount, category=category, by=stage.by_pk.get(made.account_manager_id or 0), now=now,
    )  # fmt: skip


def meet(stage: Stage, row: Planned, now: datetime) -> None:
    """A new customer, mostly a prospect."""
    taken = set(Customer.objects.values_list("name", flat=True))
    cast.add_one(stage, taken, {}, now, prospect=stage.chance.yes(0.7))
    stage.changed()


def contact_left(stage: Stage, row: Planned, now: datetime) -> None:
    """Somebody at a customer leaves, with or without a successor that we know."""
    found = Contact.objects.filter(customer=row.about["customer"], left_on=None).order_by("pk")
    leaver = found.last()
    if leaver is None or found.count() < 2:
        return
    told_of = {each["code"] for each in stage.maker.story["customers"]}
    if leaver.customer.code not in told_of and stage.chance.yes(KEY_LEAVES):
        leaver = found.filter(is_key=True).first() or leaver
    successor = None
    if row.about["successor"]:
        successor = customers.add_contact(
            customer=leaver.customer, by=None, now=now, name=names.person(stage), title=leaver.title,
            decision_role=leaver.decision_role or DecisionRole.USER, is_key=leaver.is_key,
            phone=f"1390000{6000 + stage.book.number('successor') % 3000:04d}",
        )  # fmt: skip
    customers.contact_left(
        contact=leaver, left_on=now.astimezone(ZONE).date(), successor=successor, by=None, now=now
    )


def succeed(stage: Stage, row: Planned, now: datetime) -> None:
    """Who answers for a customer has asked who follows the key person that left, and enters them."""
    duty = Obligation.objects.filter(pk=row.about["id"], state__in=LIVE).first()
    if duty is None or duty.customer is None or duty.assignee_id is None:
        return
    left = Contact.objects.filter(customer=duty.customer, is_key=True, successor=None)
    gone = left.exclude(left_on=None).order_by("-left_on", "-pk").first()
    if gone is not None:
        customers.add_contact(
            customer=duty.customer, by=stage.by_pk[duty.assignee_id], now=now, name=names.person(stage), title=gone.title,
            department=gone.department, decision_role=gone.decision_role or DecisionRole.USER, is_key=True,
            phone=f"1390000{6000 + stage.book.number('successor') % 3000:04d}",
        )  # fmt: skip
    proofs = [["record", "电话问到接任者，已登记为关键联系人。"]]
    stage.book.plan(now + timedelta(minutes=3), "discharge", id=duty.pk, proofs=proofs)
