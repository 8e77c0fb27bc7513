"""A service desk with very many tickets: some are lived through the product's own actions, and SQL
copies them with all that belongs to them.

Copies differ in customer, machine, people, times and words; their clocks, facts and histories are
those of the ticket they were made of. Customers, machines and people are made likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from bihuan.config import postgres
from bihuan.config.bench._ground import REGIONS
from bihuan.config.bench._many import FIRST, many
from bihuan.config.bench._size import without_indexes
from bihuan.config.bench._words import found_by, lines

if TYPE_CHECKING:
    from django.db.models import Field, Model

    from bihuan.apps.tickets.models import Ticket
    from bihuan.base.access.models import User

PACK = "machinery"
PEOPLE, STEP = 40, 1000
"""So many hold each post; the ids of the holders of one post follow each other."""
ROLES = (
    "service_desk", "remote_specialist", "technical_head", "field_engineer", "account_manager", "callback_agent",
    "general_manager", "after_sales_head", "care_lead", "desk_lead", "dispatcher", "quality_engineer",
    "line3_expert", "region_lead",
)  # fmt: skip
MACHINES = 5
"""Of each customer."""
OPEN_SHARE = 0.1
TICKETS, DUTIES, FACTS = 10_000_000, 100_000_000, 1_000_000_000
"""The numbers of the first copies; each copy has room for so many duties and facts:"""
ROOM = 50


@dataclass(frozen=True)
class Kind:
    """A ticket that was lived, and how often it is copied; `open` are copied apart."""

    ticket: Ticket
    weight: int
    open: bool


def build(home: Path, *, tickets: int, customers: int, now: datetime) -> list[Kind]:
    """People, customers, machines and so many tickets; returns the tickets they were made of."""
    from bihuan.base.facts.listeners import drain_all

    people = _company(now)
    with psycopg.connect(postgres.dsn(home, superuser=True), autocommit=True) as server:
        kinds = list(_kinds(people, now))
        drain_all(now)
        quick(server)
        _customers(server, customers)
        grow(server, kinds, tickets, customers, share=OPEN_SHARE)
    return kinds


def quick(server: psycopg.Connection[Any]) -> None:
    """The rows are consistent by the way they are made: keys and triggers need not look again."""
    server.execute("SET session_replication_role = replica")
    server.execute("SET synchronous_commit = off")
    server.execute("SET work_mem = '128MB'")
    server.execute("SET maintenance_work_mem = '256MB'")


def _company(now: datetime) -> dict[str, User]:
    from bihuan.apps.people.actions import appoint, first_calendar
    from bihuan.apps.people.models import Region
    from bihuan.apps.policy import actions as policy
    from bihuan.base.access.models import User

    first_calendar(now=now)
    Region.objects.bulk_create([Region(code=name, name=name) for name in REGIONS])
    since = now - timedelta(days=1000)
    version = policy.draft(files=policy.shipped(PACK), by=None, now=since)
    policy.publish(version=version, from_at=since, by=None, now=since)
    for place, role in enumerate(ROLES, start=1):
        for number in range(PEOPLE):
            user = User.objects.create(
                pk=place * STEP + number, username=f"{role}{number}", name=f"{role} {number}", password="!",
                region=REGIONS[number % len(REGIONS)],
            )  # fmt: skip
            appoint(user=user, role=role, from_on=date(2023, 1, 1), by=None, now=now)
    return {role: User.objects.get(username=f"{role}0") for role in ROLES}


def _kinds(people: Mapping[str, User], now: datetime) -> Iterator[Kind]:
    from bihuan.apps.assets.actions import add_asset, add_model
    from bihuan.apps.customers.actions import add_contact, add_customer
    from bihuan.config.bench import _lived

    model = add_model(code="HY-B", name="高压隔膜泵", by=None, now=now)
    lived: Sequence[tuple[Callable[..., Ticket], int, bool]] = _lived.KINDS
    for number, (live, weight, open_) in enumerate(lived):
        customer = add_customer(
            name=f"原样泵业{number}股份有限公司", tier="", region=REGIONS[0], account_manager=people["account_manager"],
            city="南京", industry="通用设备制造", by=None, now=now - timedelta(days=30),
        )  # fmt: skip
        add_contact(
            customer=customer, name="许工", title="设备科长", phone=f"1391234552{number % 10}", by=None,
            now=now - timedelta(days=30),
        )  # fmt: skip
        asset = add_asset(
            model=model, serial=f"B{number:05d}", customer=customer, by=None, now=now - timedelta(days=30),
            delivered_on=date(2024, 1, 1), commissioned_on=date(2024, 2, 1),
        )  # fmt: skip
        yield Kind(live(asset, people, now), weight, open_)


def _customers(server: psycopg.Connection[Any], count: int) -> None:
    """Customers with a contact, machines, and the entries of the search."""
    from bihuan.apps.assets.models import Asset
    from bihuan.apps.customers.models import Contact, Customer
    from bihuan.base.search.models import Entry

    one = Customer.objects.earliest("pk")
    manager = ROLES.index("account_manager") * STEP + STEP
    many(server, one, count, {
        "id": f"{FIRST} + n - 1", "code": "'M' || n", "name": "'测量用第' || n || '号泵业有限公司'",
        "short_name": "'泵业' || n", "name_key": "'测量用第' || n || '号泵业'", "pinyin": "'clydhby' || n",
        "credit_code": "''", "account_manager_id": f"{manager} + n % {PEOPLE}", "status": "'ACTIVE'",
        "region": "(array[" + ", ".join(f"'{each}'" for each in REGIONS) + f"])[1 + n % {len(REGIONS)}]",
    })  # fmt: skip
    many(server, Contact.objects.get(customer=one), count, {
        "id": f"{FIRST} + n - 1", "customer_id": f"{FIRST} + n - 1",
        "phone": "'138' || lpad((n % 100000000)::text, 8, '0')", "phone_tail": "lpad((n % 10000)::text, 4, '0')",
    })  # fmt: skip
    of = f"{FIRST} + (n - 1) / {MACHINES}"
    many(server, Asset.objects.get(customer=one), count * MACHINES, {
        "id": f"{FIRST} + n - 1", "serial": "'M' || lpad(n::text, 7, '0')", "token": "'M' || n",
        "customer_id": of, "owner_id": of,
    })  # fmt: skip
    for kind, thing, times, words in (
        ("customer", one.pk, count, "' 测量用第' || n || '号泵业有限公司 泵业' || n || ' clydhby' || n || ' '"),
        ("asset", Asset.objects.get(customer=one).pk, count * MACHINES, "' m' || lpad(n::text, 7, '0') || ' 高压隔膜泵 '"),
    ):  # fmt: skip
        row = Entry.objects.filter(kind=kind, thing_id=str(thing)).first()
        house = f"array[{FIRST} + n - 1]" if kind == "customer" else f"array[{of}]"
        if row is not None:
            many(server, row, times, {
                "id": f"nextval(pg_get_serial_sequence('{row._meta.db_table}', 'id'))",
                "thing_id": f"({FIRST} + n - 1)::text", "hay": words,
                "head": "''", "url": f"'/{kind}s/' || ({FIRST} + n - 1) || '/'", "own": f"array[{manager} + n % {PEOPLE}]",
                "dealers": house, "customers": house,
            })  # fmt: skip


def grow(
    server: psycopg.Connection[Any], kinds: Sequence[Kind], count: int, customers: int, *, share: float
) -> None:  # fmt: skip
    """So many more tickets; `share` of them are open."""
    _plan(server, kinds, count, customers, share)
    for model, table, special in _tables():
        with without_indexes(server, model):
            _copy(server, model, table, special)
    server.execute(f"""
        UPDATE obligations_obligation o
        SET state = 'DISCHARGED', discharged_at = coalesce(o.due_at, o.anchor_at), next_step_at = NULL
        FROM bench_plan plan JOIN bench_duty duty USING (old)
        WHERE o.id = {DUTY} AND o.state IN ('OPEN', 'SCHEDULED')
            AND (SELECT t.status FROM tickets_ticket t WHERE t.id = plan.new) IN ('CLOSED', 'CANCELLED')
    """)
    server.execute("DROP TABLE bench_plan, bench_duty, bench_fact")
    server.execute("""
        UPDATE obligations_obligation SET fell_due_at = due_at, next_step_at = NULL
        WHERE state = 'OPEN' AND due_at < now() AND fell_due_at IS NULL
    """)
    server.execute("""
        UPDATE facts_cursor SET tx = last.tx, fact_id = last.id
        FROM (SELECT tx, id FROM facts_fact ORDER BY tx DESC, id DESC LIMIT 1) last
    """)
    for model, _table, _special in _tables():
        server.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), (SELECT max(id) FROM {}))").format(
                sql.Identifier(model._meta.db_table)
            ),
            [model._meta.db_table],
        )  # fmt: skip
    server.execute("SELECT setval('tickets_number', (SELECT count(*) FROM tickets_ticket) + 1000)")
    server.execute("VACUUM (ANALYZE)")


def _plan(
    server: psycopg.Connection[Any], kinds: Sequence[Kind], count: int, customers: int, share: float
) -> None:  # fmt: skip
    """What becomes of each copy, and which duties and facts it has."""
    _kinds_of(server, kinds, share)
    said = [(n, *line, *hay) for n, (line, hay) in enumerate(zip(lines(), found_by(), strict=True))]
    _draw(server, said, count, customers)
    _belongings(server)
    for name in ("bench_plan", "bench_duty", "bench_fact"):
        server.execute(f"ANALYZE {name}")
    server.execute("DROP TABLE bench_kind, bench_line")


def _kinds_of(server: psycopg.Connection[Any], kinds: Sequence[Kind], share: float) -> None:
    """Which ticket is copied, by a number from 0 to 1 that is drawn; below `share` an open one."""
    server.execute(
        "CREATE TEMP TABLE bench_kind (old bigint, number text, lowest float, highest float)"
    )
    for open_, begin, end in ((True, 0.0, share), (False, share, 1.0)):
        group = [each for each in kinds if each.open == open_]
        whole, at = sum(each.weight for each in group), begin
        for each in group:
            up = at + (end - begin) * each.weight / whole
            server.execute(
                "INSERT INTO bench_kind VALUES (%s, %s, %s, %s)", [each.ticket.pk, each.ticket.number, at, up]
            )  # fmt: skip
            at = up


def _draw(server: psycopg.Connection[Any], said: Sequence[Any], count: int, customers: int) -> None:
    """Each copy with its number, customer, machine, time, people and words."""
    server.execute(
        "CREATE TEMP TABLE bench_line (n int, title text, text text, more text, of_title text, of_text text, of_more text)"
    )
    with server.cursor().copy("COPY bench_line FROM STDIN") as copy:
        for row in said:
            copy.write_row(row)
    server.execute("SELECT setseed(0.4)")
    last = server.execute(f"""
        SELECT greatest((SELECT max(id) FROM tickets_ticket) - {TICKETS},
            ((SELECT max(id) FROM obligations_obligation) - {DUTIES}) / {ROOM},
            ((SELECT max(id) FROM facts_fact) - {FACTS}) / {ROOM})
    """).fetchone()
    first = max(0, int(last[0]) + 1 if last else 0)
    server.execute(
        f"""
        CREATE TEMP TABLE bench_plan AS
        SELECT drawn.n, k.old, k.number AS was, {TICKETS} + drawn.n AS new, shift, hand, asset, belongs.customer, words.*,
            'WX-' || to_char(p.reported_at - shift, 'YYYYMMDD') || '-' || lpad(drawn.n::text, 7, '0') AS number
        FROM (
            SELECT n, random() AS chosen, random() AS age, (random() * {PEOPLE - 1})::int AS hand,
                {FIRST} + (random() * (%(machines)s - 1))::bigint AS asset,
                (random() * (%(lines)s - 1))::int AS line, (random() * (%(lines)s - 1))::int AS other
            FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) n
        ) drawn
        JOIN bench_kind k ON chosen >= k.lowest AND chosen < k.highest
        JOIN tickets_ticket p ON p.id = k.old
        CROSS JOIN LATERAL (SELECT CASE WHEN p.closed_at IS NULL THEN make_interval(secs => age ^ 3 * 259200)
            ELSE make_interval(secs => age * 63072000) END AS shift) moved
        CROSS JOIN LATERAL (SELECT {FIRST} + (asset - {FIRST}) / {MACHINES} AS customer) belongs
        JOIN bench_line a ON a.n = drawn.line
        JOIN bench_line b ON b.n = drawn.other
        CROSS JOIN LATERAL (
            SELECT a.title || (drawn.n %% 997) AS title,
                a.text || b.more || (drawn.n %% 9973) AS text,
                concat_ws(' ', a.of_title || (drawn.n %% 997), a.of_text, b.of_more || (drawn.n %% 9973)) AS hay
        ) words
        """,
        {"first": first, "count": count, "machines": customers * MACHINES, "lines": len(said)},
    )  # fmt: skip


def _belongings(server: psycopg.Connection[Any]) -> None:
    """The duties and facts of the tickets that are copied, in their order."""
    server.execute("""
        CREATE TEMP TABLE bench_duty AS
        SELECT k.old, o.id, row_number() OVER (PARTITION BY k.old ORDER BY o.id) AS place
        FROM bench_kind k JOIN obligations_obligation o
            ON o.cause_kind <> 'period.began' AND (o.match ->> 'ticket' = k.number OR o.occasion ~ ('^' || k.number || '(\\D|$)'))
    """)
    server.execute("""
        CREATE TEMP TABLE bench_fact AS
        SELECT k.old, f.id, f.data #>> '{fact,obligation}' AS duty,
            row_number() OVER (PARTITION BY k.old ORDER BY f.id) AS place
        FROM bench_kind k JOIN tickets_ticket t ON t.id = k.old JOIN facts_fact f ON f.customer_id = t.customer_id
        WHERE f.data::text LIKE '%' || k.number || '%'
            OR f.data #>> '{fact,obligation}' IN (
                SELECT o.uid::text FROM obligations_obligation o JOIN bench_duty USING (id) WHERE bench_duty.old = k.old)
    """)


DUTY = f"{DUTIES} + (plan.new - {TICKETS}) * {ROOM} + duty.place"
FACT = f"{FACTS} + (plan.new - {TICKETS}) * {ROOM} + {{}}.place"
NUMBERED = "replace({0}::text, plan.was, plan.number)"
LATER = (
    "{0} - plan.shift + CASE WHEN p.state IN ('OPEN', 'SCHEDULED') AND plan.n % 8 > 0"
    " THEN interval '30 days' ELSE interval '0' END"
)
"""Of eight open tickets one is late."""
Special = Mapping[str, str]


def _tables() -> Iterator[tuple[type[Model], str, Special]]:
    """Tables, how their rows are found, and the columns that are not simply moved."""
    from bihuan.apps.obligations.models import Act, Evidence, Obligation
    from bihuan.apps.tickets.models import Attempt, Entry, Handover, Ticket
    from bihuan.base.facts.models import Fact
    from bihuan.base.search.models import Entry as Found

    uid = "md5({0}::text || plan.n)::uuid"
    people = "plan.customer"
    yield Ticket, "p.id = plan.old", {
        "id": "plan.new", "number": "plan.number", "title": "plan.title", "text": "plan.text",
        "caller_phone": "'138' || lpad((plan.customer % 100000000)::text, 8, '0')",
    }  # fmt: skip
    of = {"ticket_id": "plan.new"}
    yield Entry, "p.ticket_id = plan.old", {
        **of, "text": "CASE WHEN p.kind = 'INBOUND' THEN plan.text ELSE p.text END", "envelope_id": "NULL",
    }  # fmt: skip
    yield Attempt, "p.ticket_id = plan.old", of
    yield Handover, "p.ticket_id = plan.old", of
    yield Fact, "p.id = fact.id JOIN bench_fact fact USING (old)", {
        "id": FACT.format("fact"), "uid": uid, "key": f"{NUMBERED} || CASE WHEN {{0}} LIKE '%' || plan.was || '%' THEN '' ELSE plan.number END",
        "customer_id": people, "asset_id": "plan.asset",
        "subjects": "CASE WHEN {0} ? 'asset' THEN jsonb_build_object('customer', plan.customer, 'asset', plan.asset)"
        " ELSE jsonb_build_object('customer', plan.customer) END",
        "data": "CASE WHEN fact.duty IS NULL THEN (" + NUMBERED + ")::jsonb ELSE jsonb_set((" + NUMBERED
        + ")::jsonb, '{{fact,obligation}}', to_jsonb(md5(fact.duty || plan.n)::uuid)) END",
    }  # fmt: skip
    cause = f"(SELECT {FACT.format('f')} FROM bench_fact f WHERE f.id = {{0}} AND f.old = plan.old)"
    yield Obligation, "p.id = duty.id JOIN bench_duty duty USING (old)", {
        "id": DUTY, "uid": uid, "occasion": NUMBERED, "match": f"({NUMBERED})::jsonb",
        "subject_id": "CASE p.subject_type WHEN 'customer' THEN plan.customer WHEN 'asset' THEN plan.asset ELSE {0} END",
        "asset_id": "CASE WHEN {0} IS NULL THEN NULL ELSE plan.asset END", "due_at": LATER, "internal_due_at": LATER,
        "cause_id": f"coalesce({cause}, {{0}})", "settled_by_id": cause, "superseded_by_id": "NULL",
    }  # fmt: skip
    of = {"obligation_id": DUTY}
    yield Evidence, "p.obligation_id = duty.id JOIN bench_duty duty USING (old)", {
        **of, "fact_id": cause, "act": uid,
    }  # fmt: skip
    yield (
        Act,
        "p.obligation_id = duty.id JOIN bench_duty duty USING (old)",
        {**of, "fact_id": f"coalesce({cause}, {{0}})"},
    )
    yield Found, "p.kind = 'ticket' AND p.thing_id = plan.old::text", {
        "thing_id": "plan.new::text", "title": "jsonb_build_object('zh', plan.number || ' ' || plan.title)",
        "head": "lower(plan.number || ' ' || plan.title)", "url": "'/tickets/' || plan.new || '/'",
        "hay": "' ' || lower(plan.number) || ' ' || plan.hay || ' '",
        "own": "(SELECT array_agg(each + plan.hand) FROM unnest({0}) each)", "note": "'泵业' || (plan.customer - 999999)",
        "dealers": "array[plan.customer]", "customers": "array[plan.customer]",
    }  # fmt: skip


def _copy(
    server: psycopg.Connection[Any], model: type[Model], found: str, special: Special
) -> None:  # fmt: skip
    fields = [
        each for each in model._meta.concrete_fields
        if each.column and (not each.primary_key or "id" in special)
    ]  # fmt: skip
    named = sql.SQL(", ").join(sql.Identifier(str(each.column)) for each in fields)
    values = ", ".join(_value(each, special) for each in fields)
    on, _, joined = found.partition(" JOIN ")
    server.execute(
        sql.SQL(
            "INSERT INTO {table} ({named}) SELECT {values} FROM bench_plan plan "
            + (f"JOIN {joined} " if joined else "") + f"JOIN {{table}} p ON {on} ORDER BY plan.n"
        ).format(table=sql.Identifier(model._meta.db_table), named=named, values=sql.SQL(values))
    )  # fmt: skip


def _value(each: Field[Any, Any], special: Special) -> str:
    column = f'p."{each.column}"'
    given = special.get(str(each.column))
    if given is not None:
        return given.format(column)
    remote = getattr(each.related_model, "__name__", "") if each.is_relation else ""
    if remote == "User":
        return f"{column} + plan.hand"
    if remote in ("Customer", "Contact"):
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE plan.customer END"
    if remote == "Asset":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE plan.asset END"
    if str(each.column) == "customer_id":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE plan.customer END"
    if each.get_internal_type() == "DateTimeField":
        return f"{column} - plan.shift"
    return column
