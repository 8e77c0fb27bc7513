"""A small fixed cast and plain makers, for our tests and those of higher apps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from bihuan.apps.customers.actions import (
    add_contact,
    add_customer,
    add_key_date,
    record_purchase,
)
from bihuan.apps.customers.enums import Category, Node
from bihuan.apps.customers.models import Contact, Customer
from bihuan.apps.customers.rules.key_dates import Day
from bihuan.apps.customers.tests.pack import FILES
from bihuan.apps.policy.enums import Status
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import read_files
from bihuan.base.access.models import User
from bihuan.base.testing.routes import Canary
from bihuan.lib.policy import hash_of

NOW = datetime(2026, 10, 9, 6, 32, tzinfo=UTC)  # Friday 14:32 in Shanghai
_numbers = count(1)


def user(username: str, name: str, *roles: str, **values: Any) -> User:
    """An account with these roles; no password."""
    return User.objects.create(username=username, name=name, roles=list(roles), **values)


def pack_in_force(
    files: dict[str, str] = FILES, *, from_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
) -> PackVersion:
    """The small regulation as if it had been published at the beginning of the year."""
    pack = read_files(files)
    return PackVersion.objects.create(
        code=pack.code, version=pack.version, title={"zh": pack.title.zh, "en": pack.title.en}, files=files,
        hash=hash_of(files), status=Status.PUBLISHED, in_force_from=from_at, made_at=from_at, published_at=from_at,
    )  # fmt: skip


def customer(
    name: str = "", *, now: datetime = NOW, by: User | None = None, **values: Any
) -> Customer:
    """A customer with a name of its own."""
    return add_customer(name=name or f"试验客户{next(_numbers)}有限公司", by=by, now=now, **values)


def contact(of: Customer, name: str = "许工", *, now: datetime = NOW, **values: Any) -> Contact:
    """A contact of a customer."""
    return add_contact(customer=of, name=name, by=None, now=now, **values)


@dataclass(frozen=True)
class Cast:
    """Who plays: two account managers, the general manager, heads, desk, analyst, a dealer's man."""

    manager: User
    other: User
    boss: User
    market: User
    service: User
    desk: User
    analyst: User
    engineer: User
    admin: User
    dealer_man: User
    dealer: Customer
    jinling: Customer
    end_user: Customer
    stranger: Customer


def canaries(now: datetime) -> list[Canary]:
    """Rows of another region, manager and dealer, with a text that stands nowhere else."""
    own = user("canary-keeper", "饲鸟人", "account_manager", region="R9", staff_no="9001")
    dealer = add_customer(
        name="别区金丝雀经销有限公司", relation="DEALER", region="R9", by=None, now=now
    )
    row = add_customer(
        name="别区金丝雀离心有限公司", relation="END_USER", dealer=dealer, region="R9", account_manager=own,
        pains=["别区金丝雀的痛点"], by=None, now=now,
    )  # fmt: skip
    person = add_contact(
        customer=row,
        name="别区金丝雀联系人",
        phone="13866667777",
        decision_role="DECIDER",
        by=None,
        now=now,
    )
    order = record_purchase(
        customer=row, order_no="别区金丝雀-1", made_on=now.date() - timedelta(days=9), amount=Decimal(5),
        category=Category.PARTS, by=None, now=now,
    )  # fmt: skip
    day = add_key_date(
        customer=row, node=Node.AWARD, when=Day(5, 6), title="别区金丝雀获奖", by=None, now=now
    )
    of_one = (
        "detail", "edit", "timeline", "clear", "verify", "contacts", "contact_new", "purchases", "dates", "tier",
        "exceptions", "merge", "hand_over_one",
    )  # fmt: skip
    routes = [(f"customers:{name}", (row.pk,)) for name in of_one]
    routes += [
        (f"customers:contact_{name}", (person.pk,)) for name in ("edit", "left", "consent", "phone")
    ]
    routes += [("customers:purchase_void", (order.pk,)), ("customers:date_end", (day.pk,))]
    return [
        Canary("别区金丝雀", "customers.see", routes),
        Canary("13866667777", "customers.unmask", []),
    ]


def cast(now: datetime = NOW) -> Cast:
    """The people and four customers: 金陵泵业 of the manager, a dealer with one end user, and a
    customer in another region that only the other manager looks after."""
    manager = user("limuyan", "李慕言", "account_manager", region="华东", staff_no="1001")
    other = user("zhouwan", "周晚", "account_manager", region="华北", staff_no="1002")
    boss = user("guyuan", "顾远", "general_manager", staff_no="1003")
    market = user("shenqiao", "沈桥", "market_head", staff_no="1004")
    service = user("wangjiancheng", "王建成", "after_sales_head", staff_no="1005")
    desk = user("helan", "何岚", "service_desk", staff_no="1006")
    analyst = user("songqi", "宋绮", "analyst", staff_no="1007")
    engineer = user("chenli", "陈砺", "field_engineer", region="华东", staff_no="1008")
    admin = user("guanli", "管理员", "administrator", staff_no="1009")
    dealer = add_customer(
        name="苏北机电设备有限公司", relation="DEALER", region="华东", by=None, now=now
    )
    dealer_man = user("sunan", "苏南", "dealer_staff", dealer_id=dealer.pk, staff_no="2001")
    jinling = add_customer(
        name="金陵泵业股份有限公司", short_name="金陵泵业", relation="DIRECT", region="华东", city="南京",
        industry="通用设备制造", account_manager=manager, exec_sponsor=boss, by=None, now=now,
    )  # fmt: skip
    end_user = add_customer(
        name="盐城第一人民医院",
        nature="PUBLIC",
        relation="END_USER",
        dealer=dealer,
        region="华东",
        by=None,
        now=now,
    )
    stranger = add_customer(
        name="燕北生物制药有限公司", region="华北", account_manager=other, by=None, now=now
    )
    return Cast(
        manager,
        other,
        boss,
        market,
        service,
        desk,
        analyst,
        engineer,
        admin,
        dealer_man,
        dealer,
        jinling,
        end_user,
        stranger,
    )
