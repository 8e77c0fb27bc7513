"""A company with very many customers, made by SQL from one of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bihuan.config import postgres

if TYPE_CHECKING:
    from django.db.models import Model

FIRST = 1_000_000
"""The number of the first of the many customers."""
MACHINES = PURCHASES = 3
"""Of each customer."""


def grow(home: Path, customers: int, *, managers: int, now: datetime) -> None:
    """So many customers, tiers L1 5 %, L2 25 %, L3 70 %, each with machines and purchases."""
    from bihuan.apps.assets.actions import add_asset, add_model
    from bihuan.apps.customers.actions import add_customer, record_purchase
    from bihuan.apps.customers.enums import Category
    from bihuan.apps.people.models import Region
    from bihuan.base.access.models import User

    own = User.objects.get(username="account_manager0")
    one = add_customer(
        name="测量用泵业股份有限公司", tier="L3", region=Region.objects.earliest("pk").pk,
        account_manager=own, city="南京", industry="通用设备制造", since=date(2015, 1, 1), by=None, now=now,
    )  # fmt: skip
    bought = record_purchase(
        customer=one, order_no="B", made_on=date(2025, 7, 1), amount=Decimal(1), category=next(iter(Category)),
        by=None, now=now,
    )  # fmt: skip
    machine = add_asset(
        model=add_model(code="HY-B", name="台式仪器", by=None, now=now), serial="S", customer=one,
        by=None, now=now, delivered_on=date(2024, 1, 1), commissioned_on=date(2024, 2, 1),
    )  # fmt: skip
    of = f"{FIRST} + (n - 1) / {MACHINES}"
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        many(server, one, customers, {
            "id": f"{FIRST} + n - 1", "code": "'M' || n", "name": "'测量用第' || n || '号泵业'",
            "name_key": "'测量用第' || n || '号泵业'", "pinyin": "'clydhby' || n", "credit_code": "''",
            "tier": "CASE WHEN n % 20 = 0 THEN 'L1' WHEN n % 4 = 1 THEN 'L2' ELSE 'L3' END",
            "tier_rank": "CASE WHEN n % 20 = 0 THEN 1 WHEN n % 4 = 1 THEN 2 ELSE 3 END",
            "account_manager_id": f"(SELECT id FROM access_user WHERE username = 'account_manager' || n % {managers})",
            "since": "date '2010-01-01' + (n % 5000)::int",
        })  # fmt: skip
        many(server, machine, customers * MACHINES, {
            "id": f"{FIRST} + n - 1", "serial": "'M' || n", "token": "'M' || n",
            "customer_id": of, "owner_id": of,
        })  # fmt: skip
        many(server, bought, customers * PURCHASES, {
            "id": f"{FIRST} + n - 1", "order_no": "'M' || n", "customer_id": of,
            "amount": "1000 + n % 977 * 10", "made_on": "date '2025-02-01' + (n % 300)::int",
        })  # fmt: skip
        server.execute(
            "INSERT INTO customers_purchaseday (day, amount) SELECT made_on, sum(amount)"
            " FROM customers_purchase GROUP BY made_on"
            " ON CONFLICT (day) DO UPDATE SET amount = excluded.amount"
        )
        server.execute("VACUUM (ANALYZE)")


def many(
    server: psycopg.Connection[Any], one: Model, count: int, values: Mapping[str, str]
) -> None:
    """So many copies of a row, with these expressions of `n` (1 to count) in its columns."""
    meta = one._meta
    names = [str(each.column) for each in meta.concrete_fields]
    chosen = sql.SQL(", ").join(
        sql.SQL(values[name]) if name in values else sql.Identifier(name) for name in names
    )
    server.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {chosen} FROM {table}, "
            "generate_series(1, {count}) AS n WHERE {table}.{pk} = {own}"
        ).format(
            table=sql.Identifier(meta.db_table), names=sql.SQL(", ").join(map(sql.Identifier, names)),
            chosen=chosen, count=count, pk=sql.Identifier(str(meta.pk.column)), own=one.pk,
        )
    )  # fmt: skip
