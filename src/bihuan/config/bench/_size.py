"""Makes a small lived company large: every row that belongs to a customer is copied by SQL.

Copy `g` of a row has its id shifted by `g` strides, and so have its links to other copied rows;
older rounds `h` of obligations and their facts are shifted by months into the past and are done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bihuan.config import postgres

if TYPE_CHECKING:
    from django.db.models import Field, Model

LIVED = 100
"""Customers of the company that lives; each copy has as many."""
DUTIES = 50
"""Obligations a customer."""
ROUND, STRIDE = 1_000_000, 100_000_000
TEAMS = 5
"""So many copies share their people: nobody looks after thousands of customers."""
MOVED = "({} - make_interval(months => h))"
LINKS = ("customer_id", "asset_id", "contract_id")
OF_COMPANY = {"User", "PackVersion", "Team", "Region", "WorkCalendar", "Model", "Import"}


def grow(home: Path, customers: int) -> dict[str, int]:
    """Copy until the company has so many customers; returns the rows of the copied tables."""
    from bihuan.apps.obligations.models import Obligation

    made = Obligation.objects.exclude(customer=None).count()
    copies = customers // LIVED
    rounds = -(-DUTIES * customers // (made * copies))
    copied = list(_copied())
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        # The rows are consistent by the way they are made: keys and triggers need not look again.
        server.execute("SET session_replication_role = replica")
        server.execute("SET synchronous_commit = off")
        _hire(server, copies)
        for model in copied:
            with without_indexes(server, model):
                _copy(server, model, copied, copies, rounds if model.__name__ in ROUNDS else 1)
        server.execute("SET session_replication_role = DEFAULT")
        server.execute("""
            UPDATE facts_cursor SET tx = last.tx, fact_id = last.id
            FROM (SELECT tx, id FROM facts_fact ORDER BY tx DESC, id DESC LIMIT 1) last
        """)
        server.execute("VACUUM (ANALYZE)")
        return {model.__name__: _count(server, model) for model in copied}


ROUNDS = {"Fact", "Obligation", "Evidence"}


def _hire(server: psycopg.Connection[Any], copies: int) -> None:
    """People of their own for every so many copies."""
    from bihuan.base.access.models import User

    fields = [each for each in User._meta.concrete_fields if each.column]
    named = sql.SQL(", ").join(sql.Identifier(str(each.column)) for each in fields)
    values = ", ".join(_value(User, each, []) for each in fields)
    server.execute(
        sql.SQL(
            "INSERT INTO {table} ({named}) SELECT {values} FROM {table} p, (SELECT team * %s AS g,"
            " 0 AS h FROM generate_series(1, %s) team) turns WHERE p.customer_id IS NULL"
        ).format(table=sql.Identifier(User._meta.db_table), named=named, values=sql.SQL(values)),
        [TEAMS, (copies - 1) // TEAMS],
    )


def _copied() -> Iterator[type[Model]]:
    """Tables whose rows belong to customers, and the index of the search."""
    from django.apps import apps

    waiting = [
        model
        for label in ("customers", "assets", "contracts", "callbacks")
        for model in apps.get_app_config(label).get_models()
        if model.__name__ not in OF_COMPANY and _has_number(model)
    ]
    found: list[type[Model]] = []
    while more := [model for model in waiting if _of_customers(model, found)]:
        found += more
        waiting = [model for model in waiting if model not in more]
    yield from found
    yield apps.get_model("facts", "Fact")
    yield apps.get_model("obligations", "Obligation")
    yield apps.get_model("search", "Entry")


def _of_customers(model: type[Model], found: list[type[Model]]) -> bool:
    """Whether its rows belong to customers, by themselves or by what they belong to."""
    return model.__name__ == "Customer" or any(
        each.related_model in found or each.column in LINKS for each in model._meta.concrete_fields
    )


def _has_number(model: type[Model]) -> bool:
    return model._meta.pk.get_internal_type() == "BigAutoField"


def _copy(
    server: psycopg.Connection[Any], model: type[Model], copied: list[type[Model]], copies: int,
    rounds: int,
) -> None:  # fmt: skip
    fields = [each for each in model._meta.concrete_fields if each.column]
    named = sql.SQL(", ").join(sql.Identifier(str(each.column)) for each in fields)
    values = ", ".join(_value(model, each, copied) for each in fields)
    table = sql.Identifier(model._meta.db_table)
    only = " AND (h = 0 OR p.customer_id IS NOT NULL)" if rounds > 1 else ""
    if model.__name__ == "Fact":
        only += SPOKEN_OF
    server.execute(
        sql.SQL(
            "INSERT INTO {table} ({named}) SELECT {values} FROM {table} p, "
            "generate_series(0::bigint, %(copies)s) g, generate_series(0, %(rounds)s) h "
            "WHERE (g > 0 OR h > 0) AND (h = 0 OR g < %(copies)s + 1)" + only
        ).format(table=table, named=named, values=sql.SQL(values)),
        {"copies": copies - 1, "rounds": rounds - 1},
    )
    server.execute(
        sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {}))").format(
            table
        ),
        [model._meta.db_table],
    )


@contextmanager
def without_indexes(server: psycopg.Connection[Any], model: type[Model]) -> Iterator[None]:
    """Indexes that keep nothing unique are built once, after the rows are there."""
    table = model._meta.db_table
    found = server.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = %s::regclass AND NOT indisunique AND NOT indisexclusion",
        [table],
    ).fetchall()
    for name, _made in found:
        server.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _name, made in found:
        server.execute(made)


def _value(model: type[Model], each: Field[Any, Any], copied: list[type[Model]]) -> str:
    """The expression of one column of a copy."""
    column = f'p."{each.column}"'
    special = SPECIAL.get((model.__name__, str(each.column)))
    if special is not None:
        return special.format(column)
    shift = f"{column} + g * {STRIDE}"
    people = f"{column} + g / {TEAMS} * {STRIDE}::bigint"
    if model.__name__ == "User" and each.primary_key:
        return people
    if each.is_relation and getattr(each.related_model, "__name__", "") == "User":
        return people
    if each.primary_key:
        return f"{shift} + h * {ROUND}"
    if each.is_relation:
        remote = each.related_model
        if remote not in copied:
            return column
        turns = remote.__name__ in ROUNDS
        return f"{shift} + h * {ROUND}" if turns else shift
    kind = each.get_internal_type()
    if str(each.column) in (*LINKS, "subject_id"):
        return shift
    if kind == "UUIDField" and each.unique:
        return f"CASE WHEN g + h = 0 THEN {column} ELSE md5({column}::text || '/' || g || '/' || h)::uuid END"
    if kind == "CharField" and (each.unique or _in_a_key(model, each)):
        return f"CASE WHEN g + h = 0 THEN {column} ELSE {column} || '/' || g || '/' || h END"
    if kind == "DateTimeField" and model.__name__ in ROUNDS:
        return MOVED.format(column)
    return column


def _in_a_key(model: type[Model], each: Field[Any, Any]) -> bool:
    """Whether a text alone makes rows unique (an order number, a serial)."""
    from django.db.models import UniqueConstraint

    return any(
        isinstance(key, UniqueConstraint) and key.fields == (each.name,)
        for key in model._meta.constraints
    )


DONE = "(h > 0 OR g > 0 AND p.state = 'OPEN' AND (p.id + g) %% 8 > 0)"
"""Older rounds are done, and of the newest copies seven of eight that were open."""
SPECIAL = {
    ("Customer", "name"): "{} || '·' || g",
    ("Customer", "name_key"): "{} || g",
    ("Customer", "pinyin"): "{} || lpad(g::text, 3, '0')",
    ("Customer", "credit_code"): "''",
    ("User", "customer_id"): "{}",
    ("Asset", "serial"): "{} || '/' || g",
    ("Contact", "phone"): "left({}, 5) || lpad((p.id * 100 + g)::text, 6, '0')",
    ("Obligation", "occasion"): "{} || CASE WHEN h > 0 THEN '~' || h ELSE '' END",
    ("Obligation", "superseded_by_id"): "CASE WHEN h = 0 THEN {} + g * 100000000 END",
    ("Obligation", "state"): f"CASE WHEN {DONE} THEN 'DISCHARGED' ELSE {{}} END",
    ("Obligation", "verified_by_rule"): f"CASE WHEN {DONE} THEN 'NONE' ELSE {{}} END",
    ("Obligation", "closed_reason"): f"CASE WHEN {DONE} THEN '' ELSE {{}} END",
    ("Obligation", "discharged_at"): (
        f"CASE WHEN {DONE} THEN p.anchor_at - make_interval(months => h) + interval '1 day' ELSE {{}} END"
    ),
    ("Obligation", "discharged_by_id"): f"CASE WHEN {DONE} THEN p.assignee_id ELSE {{}} END",
    ("Fact", "subjects"): (
        "CASE WHEN p.customer_id IS NULL THEN {0} ELSE jsonb_set({0}, '{{customer}}',"
        " to_jsonb(p.customer_id + g * 100000000)) END"
    ),
    ("Fact", "key"): "CASE WHEN {0} IS NULL THEN NULL ELSE {0} || '/' || g || '/' || h END",
    ("Entry", "thing_id"): (
        "CASE WHEN p.customer_id IS NULL OR {0} !~ '^[0-9]+$' THEN {0} || '/' || g"
        " ELSE ({0}::bigint + g * 100000000)::text END"
    ),
}  # fmt: skip
# A whole history for the last thousand customers; of the others, and of older rounds, only those facts
# that obligations speak of.
SPOKEN_OF = (
    " AND (h = 0 AND g >= %(copies)s - 9 OR EXISTS (SELECT 1 FROM obligations_obligation o"
    " WHERE o.cause_id = p.id OR o.settled_by_id = p.id))"
)


def _count(server: psycopg.Connection[Any], model: type[Model]) -> int:
    asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(model._meta.db_table))
    found = server.execute(asked).fetchone()
    return int(found[0]) if found else 0
