"""The company of the journeys: the shipped centrifuge regulation, its people, three customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from bihuan.apps.customers.actions import add_contact, add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.apps.people.models import Region
from bihuan.apps.policy import actions as policy
from bihuan.base import clock
from bihuan.base.access.models import User
from bihuan.base.facts.actions import tell
from bihuan.base.facts.models import Fact
from bihuan.base.testing.draining import settle
from bihuan.base.testing.people import signed_in

ZONE = ZoneInfo("Asia/Shanghai")
PEOPLE = {
    "guyuan": ("顾远", "general_manager"), "limuyan": ("李慕言", "account_manager"),
    "zhouwan": ("周晚", "account_manager"), "wangjiancheng": ("王建成", "after_sales_head"),
    "shenqiao": ("沈桥", "market_head"), "zhaoqiushi": ("赵秋实", "quality_head"),
    "shenyue": ("沈悦", "care_lead"), "songqi": ("宋绮", "analyst"),
    "helan": ("何岚", "service_desk"), "sunleping": ("孙乐平", "callback_agent"),
    "chenli": ("陈砺", "remote_specialist"), "luyang": ("陆洋", "field_engineer"),
    "qianlei": ("钱磊", "quality_engineer"), "guanli": ("管理员", "administrator"),
}  # fmt: skip


def moment(text: str) -> datetime:
    """`2026-03-07 23:10` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@dataclass
class Firm:
    """Everything a journey needs at hand; `now` is where the hand of the clock stands."""

    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        found = self.__dict__
        for known in (found["people"], found["customers"]):
            if name in known:
                return known[name]
        raise AttributeError(name)

    def browser(self, name: str) -> Client:
        """A browser in which somebody is signed in."""
        return signed_in(self.people[name])

    def told(
        self, kind: str, at: str, /, *, about: Customer | None = None,
        subjects: dict[str, int] | None = None, **data: Any,
    ) -> Fact:  # fmt: skip
        """A fact happens at a moment, and the house does what follows from it."""
        when = moment(at)
        named = {**(subjects or {}), **({"customer": about.pk} if about else {})}
        with clock.set_to(when):
            fact = tell(kind, at=when, now=when, by=None, subjects=named, data=data).fact
        self.come(at)
        return fact

    def come(self, at: str) -> None:
        """The clock comes to a moment: listeners and ticks do their work."""
        self.now = moment(at)
        with clock.set_to(self.now):
            settle(self.now)


def people_appointed(firm: Firm) -> None:
    for username, (name, role) in PEOPLE.items():
        user = User.objects.create(
            username=username, name=name, staff_no=f"S{len(firm.people):04d}", password="!",
            region="east",
        )  # fmt: skip
        appoint(user=user, role=role, from_on=date(2025, 1, 1), by=None, now=firm.now)
        user.refresh_from_db()
        firm.people[username] = user


def customers_added(firm: Firm) -> None:
    cast = {
        "jinling": ("金陵泵业股份有限公司", "金陵泵业", "GOLD"),
        "yanbei": ("燕北生物制药有限公司", "燕北生物", "SILVER"),
        "hairui": ("海瑞化工有限公司", "海瑞化工", "BRONZE"),
    }
    for key, (name, short, tier) in cast.items():
        firm.customers[key] = add_customer(
            name=name, short_name=short, tier=tier, region="east", city="南京",
            account_manager=firm.people["limuyan"], exec_sponsor=firm.people["guyuan"],
            by=None, now=firm.now,
        )  # fmt: skip
    add_contact(
        customer=firm.customers["jinling"], name="许文清", title="设备科科长", phone="13851234567",
        is_key=True, decision_role="DECIDER", by=None, now=firm.now,
    )  # fmt: skip


def founded(at: str) -> Firm:
    """The company on the day it begins to use the product."""
    firm = Firm(moment(at))
    with clock.set_to(firm.now):
        first_calendar(now=firm.now)
        Region.objects.create(code="east", name="华东")
        version = policy.draft(files=policy.shipped("centrifuge"), by=None, now=firm.now)
        policy.publish(version=version, from_at=firm.now, by=None, now=firm.now)
        people_appointed(firm)
        customers_added(firm)
        settle(firm.now)
    return firm


@pytest.fixture
def firm(db: None) -> Firm:
    return founded("2026-03-02 09:00")


@pytest.fixture
def winter_firm(db: None) -> Firm:
    """The regulation takes force while more than half of the quarter is left: it is owed."""
    return founded("2026-02-02 09:00")


@pytest.fixture
def set_to():
    """Hold the clock in a block: `with set_to("2026-03-09 10:00")`."""
    return lambda text: clock.set_to(moment(text))
