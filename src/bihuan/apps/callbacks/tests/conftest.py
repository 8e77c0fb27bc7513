"""The house of these tests: people with posts, the small regulation, one gold customer."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from bihuan.apps.callbacks.tests.factories import contact, scripts
from bihuan.apps.callbacks.tests.pack import FILES
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.tests.factories import ZONE, put_in_force
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.base.facts.actions import tell
from bihuan.base.testing.draining import drain
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

START = datetime(2026, 1, 1, tzinfo=ZONE)
NOW = datetime(2026, 10, 9, 14, 32, tzinfo=ZONE)  # a Friday
PEOPLE = {
    "caller": "callback_agent", "other_caller": "callback_agent", "manager": "account_manager",
    "specialist": "remote_specialist", "boss": "general_manager", "checker": "quality_engineer",
    "desk": "service_desk", "engineer": "field_engineer",
}  # fmt: skip
NAMES = {
    "caller": "周岚", "other_caller": "孙乐平", "manager": "李慕言", "specialist": "陈砺", "boss": "顾远",
    "checker": "钱磊", "desk": "何岚", "engineer": "王建成",
}  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def begin_month(customer: Customer, at: datetime) -> None:
    """A period began for this customer: its cadences bring their duties."""
    month = at.replace(day=1, hour=0, minute=0)
    quarter = (month.month - 1) // 3 + 1
    tell(
        "period.began", at=month, now=month, by=None, subjects={"customer": customer.pk},
        data={
            "month": f"{month:%Y-%m}", "quarter": f"{month.year}-Q{quarter}", "year": str(month.year),
            "half": f"{month.year}-H{1 if month.month < 7 else 2}", "month_begins": True,
            "quarter_begins": month.month in (1, 4, 7, 10), "half_begins": month.month in (1, 7),
            "year_begins": month.month == 1, "week_begins": False,
        },
        key=f"began:{customer.pk}:{month:%Y-%m}", source="clock",
    )  # fmt: skip
    drain(at)


@pytest.fixture
@kept
def house(db):
    """Everything at hand: `house.caller`, `house.customer`, `house.contact`, `house.script`."""
    first_calendar(now=START)
    put_in_force(dict(FILES), from_at=START)
    people = {}
    for key, role in PEOPLE.items():
        people[key] = make_person(role, name=NAMES[key], region="east")
        if key != "other_caller":
            appoint(user=people[key], role=role, from_on=date(2025, 1, 1), by=None, now=START)
    customer = add_customer(
        name="金陵泵业股份有限公司", short_name="金陵泵业", region="east", city="南京",
        account_manager=people["manager"], exec_sponsor=people["boss"], by=None, now=START,
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(tier="GOLD", tier_rank=1, status="ACTIVE")
    customer.refresh_from_db()
    person = contact(customer, now=START)
    found = scripts(START)
    begin_month(customer, NOW)
    return SimpleNamespace(**people, customer=customer, contact=person, scripts=found, now=NOW)
