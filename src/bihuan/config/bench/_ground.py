"""An installation of its own for a bench, and the company that lives in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.config import postgres

if TYPE_CHECKING:
    from bihuan.apps.customers.models import Customer
    from bihuan.base.access.models import User

PACK = "centrifuge"
REGIONS = ("华东", "华南", "华北", "华中", "西南", "西北")
ALONE = (
    "general_manager", "market_head", "after_sales_head", "quality_head", "technical_head",
    "care_lead", "analyst", "service_desk", "desk_lead", "callback_agent", "quality_engineer",
    "remote_specialist", "marketing", "finance", "trainer", "auditor", "committee_secretary",
)  # fmt: skip
LAW = datetime(2024, 1, 1, tzinfo=UTC)
"""The regulation of the bench has been in force since then."""


@contextmanager
def folder() -> Iterator[Path]:
    """A data folder that goes away at the end; the private server must be stopped before."""
    made = Path(tempfile.mkdtemp(prefix="bihuan-bench-"))
    made.chmod(0o711)
    try:
        yield made / "home"
    finally:
        shutil.rmtree(made)


def in_home(home: Path, module: str, *words: str) -> dict[str, Any]:
    """Run a module in a process of its own on this data folder; it prints one JSON object."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "BIHUAN_HOME": str(home), "DATABASE_URL": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def as_web() -> Iterator[None]:
    """Garbage and plans of this process are looked after as those of a web worker."""
    from django.db import connection

    from bihuan.base.garbage import keep_for_good, look_after_answers

    keep_for_good()
    look_after_answers()
    options = connection.settings_dict["OPTIONS"]
    before = options.get("options", "")
    connection.close()
    options["options"] = f"{before} -c {postgres.PLANS}"
    try:
        yield
    finally:
        connection.close()
        options["options"] = before


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 do not pass (nearest rank: of 20 values the nineteenth)."""
    return sorted(values)[ceil(len(values) * 0.95) - 1]


def company(now: datetime, *, managers: int, customers: int) -> list[Customer]:
    """A company with the shipped regulation, its people, and customers with their records."""
    from bihuan.apps.people.actions import first_calendar
    from bihuan.apps.people.models import Region
    from bihuan.apps.policy import actions as policy

    first_calendar(now=now)
    Region.objects.bulk_create([Region(code=name, name=name) for name in REGIONS])
    version = policy.draft(files=policy.shipped(PACK), by=None, now=LAW)
    policy.publish(version=version, from_at=LAW, by=None, now=LAW)
    for number, role in enumerate(ALONE):
        person(role, number, now)
    for number, region in enumerate(REGIONS):
        person("field_engineer", number, now, region)
        person("region_lead", number, now, region)
    owners = [
        person("account_manager", number, now, REGIONS[number % len(REGIONS)])
        for number in range(managers)
    ]
    return [_customer(number, owners, now) for number in range(customers)]


def person(role: str, number: int, now: datetime, region: str = "") -> User:
    """Somebody who holds a post."""
    from bihuan.apps.people.actions import appoint
    from bihuan.apps.people.models import Region
    from bihuan.base.access.models import User

    user = User.objects.create(
        username=f"{role}{number}", name=f"{role} {number}", region=region, password="!"
    )
    appoint(
        user=user, role=role, from_on=date(2023, 1, 1), by=None, now=now,
        region=Region.objects.get(pk=region) if region else None,
    )  # fmt: skip
    user.refresh_from_db()
    return user


def _customer(number: int, owners: Sequence[User], now: datetime) -> Customer:
    from bihuan.apps.customers.actions import add_contact, add_customer, record_purchase
    from bihuan.apps.customers.enums import Category
    from bihuan.base.access.models import User

    owner = owners[number % len(owners)]
    row = add_customer(
        name=f"测量用第{number:03d}号泵业股份有限公司", tier=("GOLD", "SILVER", "BRONZE")[number % 3],
        region=owner.region, account_manager=owner, city="南京", industry="通用设备制造",
        exec_sponsor=User.objects.get(username="general_manager0"), by=None, now=now,
    )  # fmt: skip
    for place in range(3):
        add_contact(
            customer=row, name=f"联系人{number}之{place}", phone=f"138{number:04d}{place:04d}",
            title="设备科长", is_key=place == 0, by=None, now=now,
        )  # fmt: skip
    for place in range(5):
        made = (now - timedelta(days=60 * place + 1)).date()
        record_purchase(
            customer=row, order_no=f"B{number:05d}-{place}", made_on=made, amount=Decimal(90_000),
            category=next(iter(Category)), by=None, now=now,
        )  # fmt: skip
    _machines(number, row, now)
    return row


def _machines(number: int, owner: Customer, now: datetime) -> None:
    """Four machines and a contract over them."""
    from bihuan.apps.assets.actions import add_asset, add_model
    from bihuan.apps.assets.models import Model
    from bihuan.apps.contracts.actions import add_contract, approve, send_to_review, sign
    from bihuan.apps.contracts.enums import Covers

    today = now.date()
    model = Model.objects.first() or add_model(code="HY-B", name="台式离心机", by=None, now=now)
    machines = [
        add_asset(
            model=model, serial=f"{number:03d}{place}", customer=owner, by=None, now=now,
            delivered_on=today - timedelta(days=500), commissioned_on=today - timedelta(days=490),
        )
        for place in range(4)
    ]  # fmt: skip
    made = add_contract(
        no=f"HT-B-{number:03d}", customer=owner, kind="SERVICE", title="年度保养", amount=Decimal(20_000),
        start_on=today - timedelta(days=100), end_on=today + timedelta(days=200 + number % 60),
        covers=[str(Covers.LABOUR)], machines=machines, by=None, now=now,
    )  # fmt: skip
    made = approve(contract=send_to_review(contract=made, by=None, now=now), by=None, now=now)
    sign(
        contract=made, signed_on=today - timedelta(days=101), ours=True, theirs=True, by=None,
        now=now, at=now,
    )  # fmt: skip
