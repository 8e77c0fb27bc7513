"""Days to remember of one customer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.enums import Node
from bihuan.apps.customers.models import Contact, Customer, KeyDate
from bihuan.apps.customers.rules.key_dates import Day, valid
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile


def add_key_date(
    *, customer: Customer, node: Node, when: Day, by: User | None, now: datetime, title: str = "",
    contact: Contact | None = None, since_year: int | None = None,
) -> KeyDate:  # fmt: skip
    """A day that is told ahead of time, every year or once. Raises BadInput."""
    faults: dict[str, str] = {}
    if node not in {str(each) for each in Node}:
        faults["node"] = str(_("没有这个选项：%(value)s。")) % {"value": node}
    if not valid(when):
        faults["day"] = str(_("没有这一天。农历每月最多三十日。"))
    if contact is not None and contact.customer_id != customer.pk:
        faults["contact"] = str(_("联系人要是这家客户的。"))
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        row = KeyDate.objects.create(
            customer=customer, contact=contact, node=node, title=title.strip()[:80], month=when.month, day=when.day,
            lunar=when.lunar, leap=when.leap, year=when.year, since_year=since_year, by=by, added_at=now,
        )  # fmt: skip
        log(
            "key_date.add",
            by=by,
            now=now,
            thing=row,
            after={"node": str(node), "month": when.month, "day": when.day},
        )
        return row


def end_key_date(*, key_date: KeyDate, by: User | None, now: datetime) -> None:
    """It is told no more. Raises ChangedMeanwhile."""
    with transaction.atomic():
        if not KeyDate.objects.filter(pk=key_date.pk, ended_at=None).update(ended_at=now):
            raise ChangedMeanwhile
        log("key_date.end", by=by, now=now, thing=key_date)
