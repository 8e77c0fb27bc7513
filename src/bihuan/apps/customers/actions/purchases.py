"""What a customer bought, and mistakes taken back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers.actions.customers import Merged
from bihuan.apps.customers.enums import Category, Status
from bihuan.apps.customers.models import Customer, Purchase
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.facts.actions import tell

CENTS = Decimal("0.01")
# Purchases of all customers on one day; two people who record at once both count.
ADD = """
    INSERT INTO customers_purchaseday AS d (day, amount) VALUES (%s, %s)
    ON CONFLICT (day) DO UPDATE SET amount = d.amount + excluded.amount
"""


def record_purchase(
    *, customer: Customer, order_no: str, made_on: date, amount: Decimal, category: Category, by: User | None,
    now: datetime, note: str = "", at: datetime | None = None,
) -> Purchase:  # fmt: skip
    """One order. The first one makes a prospect active. `at` is the moment of the order where it
    is known better than its day. Raises BadInput, Merged.
    """
    _check(order_no, made_on, amount, category, now)
    if customer.status == Status.MERGED:
        raise Merged(into=customer.merged_into)
    with transaction.atomic():
        if Purchase.objects.filter(order_no=order_no.strip(), voided_at=None).exists():
            raise BadInput(
                {"order_no": str(_("订单号 %(no)s 已经登记过。")) % {"no": order_no.strip()}}
            )
        earlier = Purchase.objects.filter(customer=customer, voided_at=None, made_on__lte=made_on)
        row = Purchase.objects.create(
            customer=customer, order_no=order_no.strip(), made_on=made_on, amount=amount.quantize(CENTS),
            category=category, note=note.strip()[:200], repeat=earlier.exists(), by=by, added_at=now,
        )  # fmt: skip
        _add_to_day(made_on, row.amount)
        _now_buys(customer, made_on, now)
        tell(
            "purchase.made", at=at or _moment(made_on, now), now=now, by=by, subjects={"customer": customer.pk},
            data={"order": row.order_no, "amount": float(row.amount), "category": str(category), "repeat": row.repeat},
            key=f"purchase:{row.pk}",
        )  # fmt: skip
        log(
            "purchase.record",
            by=by,
            now=now,
            thing=row,
            after={"order": row.order_no, "amount": row.amount},
        )
        return row


def _now_buys(customer: Customer, made_on: date, now: datetime) -> None:
    """An order makes a prospect or a sleeper active, and the first one begins the acquaintance."""
    kept = Customer.objects.filter(pk=customer.pk)
    customer.refresh_from_db()
    if customer.since is None:
        kept.filter(since=None).update(since=made_on)
    if customer.status in (Status.PROSPECT, Status.DORMANT):
        kept.filter(status__in=[Status.PROSPECT, Status.DORMANT]).update(
            status=Status.ACTIVE, changed_at=now, version=F("version") + 1
        )
    if customer.since is None or customer.status != Status.ACTIVE:
        customer.refresh_from_db()


def _check(order_no: str, made_on: date, amount: Decimal, category: str, now: datetime) -> None:
    faults: dict[str, str] = {}
    if not order_no.strip():
        faults["order_no"] = str(_("请写订单号。"))
    if made_on > timezone.localtime(now).date():
        faults["made_on"] = str(_("日期在将来。订单签下来再登记。"))
    if not amount.is_finite() or amount < CENTS:
        faults["amount"] = str(_("金额要大于 0。退货请作废原来那一单。"))
    elif amount >= Decimal("1e12"):
        faults["amount"] = str(_("金额太大。单位是元。"))
    if category not in {str(each) for each in Category}:
        faults["category"] = str(_("没有这个选项：%(value)s。")) % {"value": category}
    if faults:
        raise BadInput(faults)


def _moment(made_on: date, now: datetime) -> datetime:
    """An order of today happened now; an earlier one at noon of its day."""
    if made_on == timezone.localtime(now).date():
        return now
    return timezone.make_aware(datetime(made_on.year, made_on.month, made_on.day, 12))  # noqa: DTZ001 - made aware


def _add_to_day(day: date, amount: Decimal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ADD, [day, amount])


def void_purchase(*, purchase: Purchase, reason: str, by: User | None, now: datetime) -> Purchase:
    """Take an order back that was recorded by mistake or returned. Raises BadInput, ChangedMeanwhile."""
    if not reason.strip():
        raise BadInput({"reason": str(_("请写作废的原因。"))})
    with transaction.atomic():
        took = Purchase.objects.filter(pk=purchase.pk, voided_at=None).update(
            voided_at=now, void_reason=reason.strip()[:200]
        )
        if not took:
            raise ChangedMeanwhile
        purchase.refresh_from_db()
        _add_to_day(purchase.made_on, -purchase.amount)
        log("purchase.void", by=by, now=now, thing=purchase, after={"reason": purchase.void_reason})
        return purchase
