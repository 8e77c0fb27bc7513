"""The house of these tests: the machinery pack in force, people with posts, one customer with a
machine.
"""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_contact, add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.tests.factories import ZONE, put_in_force
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.apps.people.models import Region
from bihuan.apps.policy.actions import shipped
from bihuan.apps.tickets.tests.mail_house import imap_port, office, post
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

__all__ = ["house", "imap_port", "office", "post"]

START = datetime(2026, 1, 1, tzinfo=ZONE)
BEFORE = datetime(2026, 3, 1, tzinfo=ZONE)
NOW = datetime(2026, 3, 10, 10, 0, tzinfo=ZONE)  # a Tuesday
PEOPLE = {
    "desk": ("何岚", "service_desk"), "lead": ("周敏", "desk_lead"), "specialist": ("陈砺", "remote_specialist"),
    "engineer": ("王建成", "field_engineer"), "regional": ("冯建", "region_lead"), "caller": ("孙乐平", "callback_agent"),
    "dispatcher": ("吴帆", "dispatcher"), "care": ("沈悦", "care_lead"), "boss": ("顾远", "general_manager"),
    "manager": ("李慕言", "account_manager"), "expert": ("郑工", "line3_expert"), "head": ("郑直", "after_sales_head"),
}  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.fixture
@kept
def house(db):
    """Everything at hand: `house.desk`, `house.customer`, `house.machine`, `house.now`."""
    return founded("machinery")


def founded(pack: str, *, tier: str = "", swap: dict[str, str] | None = None):
    """The company with one of the shipped regulations in force, its customer of this tier; `swap`
    replaces pieces of its text.
    """
    first_calendar(now=START)
    Region.objects.get_or_create(code="east", defaults={"name": "华东"})
    texts = shipped(pack)
    for old, new in (swap or {}).items():
        assert old in texts["pack.yaml"]
        texts["pack.yaml"] = texts["pack.yaml"].replace(old, new)
    put_in_force(texts, from_at=START)
    people = {}
    for key, (name, role) in PEOPLE.items():
        people[key] = make_person(role, name=name, region="east")
        appoint(user=people[key], role=role, from_on=date(2025, 1, 1), by=None, now=START)
    customer = add_customer(
        name="金陵泵业股份有限公司", short_name="金陵泵业", region="east", city="南京",
        account_manager=people["manager"], by=None, now=START,
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(
        status="ACTIVE", **({"tier": tier} if tier else {})
    )
    customer.refresh_from_db()
    contact = add_contact(
        customer=customer, name="许工", title="设备科长", phone="13912345520", by=None, now=START
    )
    return SimpleNamespace(
        **people, customer=customer, contact=contact, machine=machine(customer, now=BEFORE), now=NOW
    )
