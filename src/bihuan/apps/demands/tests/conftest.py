"""The house of these tests: the centrifuge pack in force, people with posts, one customer."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from bihuan.apps.customers.actions import add_contact, add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.tests.factories import ZONE, put_in_force
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.apps.people.models import Region
from bihuan.apps.policy.actions import shipped
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

START = datetime(2026, 1, 1, tzinfo=ZONE)
NOW = datetime(2026, 9, 30, 10, 0, tzinfo=ZONE)  # the Wednesday before the National Day week
PEOPLE = {
    "analyst": ("王数", "analyst"), "care": ("沈悦", "care_lead"), "specialist": ("陈砺", "remote_specialist"),
    "manager": ("李慕言", "account_manager"), "caller": ("孙乐平", "callback_agent"), "boss": ("顾远", "general_manager"),
    "head": ("郑直", "after_sales_head"), "rd": ("郑工", "rd_engineer"), "desk": ("何岚", "service_desk"),
}  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
@kept
def house(db):
    """Everything at hand: `house.analyst`, `house.customer`, `house.contact`."""
    return made("centrifuge")


def made(pack: str, tier: str = "BRONZE") -> SimpleNamespace:
    """The house under the pack of one maker."""
    first_calendar(now=START)
    Region.objects.get_or_create(code="east", defaults={"name": "华东"})
    put_in_force(shipped(pack), from_at=START)
    people = {}
    for key, (name, role) in PEOPLE.items():
        people[key] = make_person(role, name=name, region="east")
        appoint(user=people[key], role=role, from_on=date(2025, 1, 1), by=None, now=START)
    customer = add_customer(
        name="金陵泵业股份有限公司", short_name="金陵泵业", region="east", city="南京",
        account_manager=people["manager"], by=None, now=START,
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(status="ACTIVE", tier=tier)
    customer.refresh_from_db()
    contact = add_contact(
        customer=customer, name="许工", title="设备科长", phone="13912345520",
        email="xu@jinling.example", by=None, now=START,
    )  # fmt: skip
    return SimpleNamespace(**people, customer=customer, contact=contact, now=NOW)
