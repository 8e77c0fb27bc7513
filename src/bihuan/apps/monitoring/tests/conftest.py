"""The house of these tests: a pack in force, people with posts, one machine."""

from __future__ import annotations

from datetime import date, datetime
from types import SimpleNamespace

import pytest
from django.db import connection

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.actions import add_customer
from bihuan.apps.customers.models import Customer
from bihuan.apps.monitoring.pipe.taking import Taker
from bihuan.apps.obligations.tests.factories import ZONE, put_in_force
from bihuan.apps.people.actions import appoint, first_calendar
from bihuan.apps.people.models import Region
from bihuan.apps.policy.actions import shipped
from bihuan.base import clock
from bihuan.base.testing.kept import kept
from bihuan.base.testing.people import make_person

START = datetime(2026, 1, 1, tzinfo=ZONE)
NOON = datetime(2026, 9, 30, 10, 0, tzinfo=ZONE)
PEOPLE = {
    "remote": ("陈砺", "remote_specialist", "east"), "desk": ("何岚", "service_desk", "east"),
    "boss": ("顾远", "general_manager", "east"), "near": ("王建成", "field_engineer", "east"),
    "far": ("赵北", "field_engineer", "north"), "auditor": ("钱审", "auditor", "east"),
}  # fmt: skip


@pytest.fixture
def taker(transactional_db):
    """A worker's hold on one partition, from its beginning."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE monitoring_hot, monitoring_checkpoint")
        cursor.execute("INSERT INTO monitoring_checkpoint (partition, seq) VALUES (0, 0)")
    found = Taker()
    found.claim(clock.now(), most=16)
    return found


@pytest.fixture
@kept
def house(db):
    """Everything at hand: `house.remote`, `house.asset`."""
    return made("centrifuge", "GOLD")


def made(pack: str, tier: str, says: dict[str, str] | None = None) -> SimpleNamespace:
    """`says`: further parameters of the regulation, their values as YAML."""
    first_calendar(now=START)
    for code, name in (("east", "华东"), ("north", "华北")):
        Region.objects.get_or_create(code=code, defaults={"name": name})
    texts = shipped(pack)
    for name, value in (says or {}).items():
        row = f"parameters:\n  {name}: {{value: {value}, title: {{zh: 试, en: Trial}}}}\n"
        texts["pack.yaml"] = texts["pack.yaml"].replace("parameters:\n", row, 1)
    put_in_force(texts, from_at=START)
    people = {}
    for key, (name, role, region) in PEOPLE.items():
        people[key] = make_person(role, name=name, region=region)
        appoint(user=people[key], role=role, from_on=date(2025, 1, 1), by=None, now=START)
    customer = add_customer(
        name="金陵泵业股份有限公司", short_name="金陵泵业", region="east", city="南京", by=None, now=START,
    )  # fmt: skip
    Customer.objects.filter(pk=customer.pk).update(status="ACTIVE", tier=tier)
    customer.refresh_from_db()
    asset = machine(customer, "8L240122", now=NOON)
    return SimpleNamespace(**people, customer=customer, asset=asset)
