"""Hearing that a period began for very many subjects at once.

What a regulation does then depends on few values of a subject (`lib.policy.traits`): those who
agree in them are judged by one of them, and the rows of all are written in one statement for each
duty. It comes to the same as `engine.hear`, one by one; whoever has something of their own (an
exception, a contract's term, a calendar) is left to it, and so is what meets what was there before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max, Min

from bihuan.apps.obligations.duties import Context, owed_by
from bihuan.apps.obligations.engine import Judge, arose, exceptions_of, failed, terms_of
from bihuan.apps.obligations.fold import fold
from bihuan.apps.obligations.merges import merges_of
from bihuan.apps.obligations.models import Obligation, RuleFailure
from bihuan.apps.obligations.rules import uid_of
from bihuan.apps.people.enums import Layer
from bihuan.apps.people.models import WorkCalendar
from bihuan.apps.people.queries import Holders, own_holders
from bihuan.apps.policy.queries import pack_of, versions_between
from bihuan.base import bulk
from bihuan.base.facts.actions import checked, notify
from bihuan.base.facts.models import Fact
from bihuan.base.registry import Asked
from bihuan.lib.policy import Pack
from bihuan.lib.policy.model import PERIOD_FACT
from bihuan.lib.policy.traits import Trait, musts, only_turns, traits

KINDS = ("asset", "contract", "customer")
"""Of the subjects of a fact the nearest is the first of these that it names."""


@dataclass(frozen=True)
class Member:
    """One fact: it began for this subject."""

    at: datetime
    fact: int
    customer: int
    asset: int | None
    contract: int | None

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


def hear_round(ids: Sequence[int], now: datetime) -> list[int]:
    """Let these facts take effect (within the caller's transaction).

    Returns those that are to be heard one by one.
    """
    of = Fact.objects.filter(pk__among=ids).aggregate(first=Min("at"), last=Max("at"))
    packs = [pack_of(version) for version in versions_between(of["first"], of["last"])]
    if not all(only_turns(pack) for pack in packs):
        return list(ids)
    groups = _without_own(_groups(ids, packs), packs)
    round_ = _Round(now)
    round_.judge(groups)
    met = round_.write()
    heard = {each.fact for group in groups for each in group} - met
    return [pk for pk in ids if pk not in heard]


def _groups(ids: Sequence[int], packs: Iterable[Pack]) -> list[list[Member]]:
    """The facts by all that a regulation may ask of them."""
    asked = {trait for pack in packs for of in KINDS for trait in traits(pack, of)}
    keys, values = [REGION, "at", "told_at", "data->'fact'", *map(_unknown, KINDS)], []
    for trait in asked:
        keys.append(_key(trait))
        values += _values(trait)
    with connection.cursor() as cursor:
        cursor.execute(
            # found by their keys first: what PostgreSQL knows of kinds is of yesterday, and by the
            # kind it would read all periods of the year for those of one week
            "WITH asked AS MATERIALIZED (SELECT * FROM facts_fact WHERE id = ANY(%s)) "  # noqa: S608 - texts of ours
            "SELECT min(at), array_agg(id), array_agg(customer_id), array_agg(asset_id),"
            f" array_agg(contract_id) FROM asked WHERE kind = '{PERIOD_FACT}'"
            " AND by_id IS NULL AND source = 'clock' AND customer_id IS NOT NULL"
            f" GROUP BY jsonb_build_array({', '.join(keys)})",
            [list(ids), *values],
        )
        return [
            [Member(at, *each) for each in zip(*columns, strict=True)]
            for at, *columns in cursor.fetchall()
        ]


REGION = "coalesce(nullif(data#>>'{customer,region}', ''), data#>>'{asset,region}')"


def _unknown(kind: str) -> str:
    return f"{kind}_id IS NULL"


def _key(trait: Trait) -> str:
    if trait.bounds is None:
        return "data #> %s"
    places = ", ".join(["sign((data #>> %s)::float8 - %s::float8)"] * len(trait.bounds))
    return (
        f"CASE jsonb_typeof(data #> %s) WHEN 'number' THEN to_jsonb(ARRAY[{places}]::float8[])"
        " ELSE data #> %s END"
    )


def _values(trait: Trait) -> list[Any]:
    path = [trait.section, trait.field]
    if trait.bounds is None:
        return [path]
    return [path, *(value for bound in trait.bounds for value in (path, bound)), path]


def _without_own(groups: list[list[Member]], packs: Sequence[Pack]) -> list[list[Member]]:
    """Without those who have something of their own."""
    everybody = [each for group in groups for each in group]
    customers = {each.customer for each in everybody}
    own = {*exceptions_of(customers), *merges_of(customers), *_with_calendar()}
    owed = {kind: {must for pack in packs for must in musts(pack, kind)} for kind in KINDS}
    terms = terms_of([Asked(e.fact, e.at, e.customer, e.asset, e.contract) for e in everybody])

    def plain(each: Member) -> bool:
        mine = terms.get(each.fact, ())
        return each.customer not in own and not any(t.duty in owed[each.kind] for t in mine)

    left = [[each for each in group if plain(each)] for group in groups]
    return [group for group in left if group]


def _with_calendar() -> set[int]:
    rows = WorkCalendar.objects.filter(layer=Layer.CUSTOMER).exclude(ref="")
    return {int(ref) for ref in rows.values_list("ref", flat=True) if ref.isdecimal()}


@dataclass(frozen=True)
class _Owed:
    """One duty of a group: the row of the one who was judged, for all of them."""

    row: Obligation
    context: Context
    members: list[Member]


class _Round:
    """What a batch of facts calls for, before it is written."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.owed: list[_Owed] = []
        self.failures: list[RuleFailure] = []
        self.untaken: list[tuple[Fact, list[Member]]] = []

    def judge(self, groups: Sequence[list[Member]]) -> None:
        """One of each group for all of it."""
        if not groups:
            return
        facts = Fact.objects.in_bulk([group[0].fact for group in groups])
        judge = Judge(list(facts.values()), self.now)
        for group in groups:
            fact = facts[group[0].fact]
            response, context = judge.response(fact)
            for duty in response.duties if context is not None else ():
                assert context is not None
                self.owed.append(_Owed(judge.row(duty, fact, context), context, group))
            for failure in response.failures:
                one = failed(fact, failure)
                self.failures += [
                    RuleFailure(fact_id=e.fact, rule=one.rule, reason=one.reason, at=one.at)
                    for e in group
                ]
            if not response.duties:
                self.untaken.append((fact, group))

    def write(self) -> set[int]:
        """Write everything; returns the facts that met a duty of another telling."""
        made: list[int] = []
        met: set[int] = set()
        customers = {each.customer for owed in self.owed for each in owed.members}
        own = own_holders(customers)
        for owed in self.owed:
            new, others = _written(owed, replace(owed.context.holders, of_customers=own), self.now)
            made += new
            met |= others
        RuleFailure.objects.bulk_create(self.failures, ignore_conflicts=True)
        with connection.cursor() as cursor:
            for fact, group in self.untaken:
                heard = bulk.array_of(each.fact for each in group)
                cursor.execute(UNTAKEN, [fact.kind, fact.at, heard])
        if made:
            notify()
            fold(list(Obligation.objects.filter(pk__among=_with_rivals(made))), [], [], self.now)
        return met


UNTAKEN = """
    INSERT INTO obligations_untaken (fact_id, kind, at) SELECT f, %s, %s
    FROM unnest(%s::bigint[]) AS f ON CONFLICT DO NOTHING
"""
OF_MEMBER = {
    "uid": "uuid", "subject_id": "bigint", "customer_id": "bigint", "asset_id": "bigint",
    "contract_id": "bigint", "assignee_id": "bigint", "stands_in_for_id": "bigint",
    "cause_id": "bigint",
}  # fmt: skip
MEMBERS = ", ".join(f"%s::{kind}[]" for kind in OF_MEMBER.values())
# A fact of the clock names no subjects but those of the duty, so what it carries of them is told on.
WRITTEN = f"""
    WITH made AS (
        INSERT INTO obligations_obligation ({{columns}}) SELECT {{values}}
        FROM unnest({MEMBERS}) AS m ({", ".join(OF_MEMBER)}) ON CONFLICT DO NOTHING
        RETURNING id, uid, cause_id
    ), told AS (
        INSERT INTO facts_fact (uid, kind, at, told_at, source, key, customer_id, asset_id,
                                contract_id, subjects, data)
        SELECT gen_random_uuid(), 'obligation.arose', f.at, %s, 'engine', 'arose:' || made.uid,
               f.customer_id, f.asset_id, f.contract_id, f.subjects,
               f.data || jsonb_build_object('fact', %s::jsonb || jsonb_build_object('obligation', made.uid))
        FROM made JOIN facts_fact f ON f.id = made.cause_id ON CONFLICT DO NOTHING
    )
    SELECT id FROM made
"""  # noqa: S608 - texts of this page
OTHERS = """
    SELECT m.cause_id FROM unnest(%s::uuid[], %s::bigint[]) AS m (uid, cause_id)
    JOIN obligations_obligation o USING (uid) WHERE o.cause_id <> m.cause_id
"""


def _written(owed: _Owed, known: Holders, now: datetime) -> tuple[list[int], set[int]]:
    """The rows of a duty for everybody: their numbers, and the facts that met one there was."""
    row, members = owed.row, owed.members
    subjects = [getattr(each, row.subject_type) for each in members]
    uids = [uid_of(row.rule, row.subject_type, pk, row.occasion) for pk in subjects]
    causes = [each.fact for each in members]
    who = _owed_by(owed, known)
    columns: list[list[Any]] = [
        uids, subjects, [e.customer for e in members], [e.asset for e in members],
        [e.contract for e in members], [there for there, _away in who], [away for _there, away in who],
        causes,
    ]  # fmt: skip
    fields: list[Any] = [f for f in Obligation._meta.concrete_fields if not f.primary_key]
    names = [connection.ops.quote_name(field.column) for field in fields]
    values = [
        f"m.{field.column}" if field.column in OF_MEMBER else f"%s::{bulk.type_of(field)}"
        for field in fields
    ]
    constants = [
        field.get_db_prep_save(getattr(row, field.attname), connection)
        for field in fields
        if field.column not in OF_MEMBER
    ]
    told = json.dumps(checked("obligation.arose", arose(row)))
    with connection.cursor() as cursor:
        cursor.execute(
            WRITTEN.format(columns=", ".join(names), values=", ".join(values)),
            [*constants, *map(bulk.array_of, columns), now, told],
        )
        made = [pk for (pk,) in cursor.fetchall()]
        if len(made) == len(members):
            return made, set()
        cursor.execute(OTHERS, [bulk.array_of(uids), bulk.array_of(causes)])
        return made, {pk for (pk,) in cursor.fetchall()}


def _owed_by(owed: _Owed, known: Holders) -> list[tuple[int | None, int | None]]:
    row, pack = owed.row, owed.context.pack
    return [owed_by(row, row.cause, known, pack, customer_id=e.customer) for e in owed.members]


RIVALS = """
    SELECT n.id FROM obligations_obligation n WHERE n.id = ANY(%s) AND (
        EXISTS (
            SELECT 1 FROM obligations_obligation o
            WHERE o.subject_type = n.subject_type AND o.subject_id = n.subject_id AND o.kind = n.kind
              AND o.window_from < n.window_to AND o.window_to > n.window_from AND o.cause_id <> n.cause_id
        ) OR EXISTS (
            SELECT 1 FROM obligations_settlement s
            WHERE s.rule = n.rule AND s.subject_id IN (n.subject_id, 0)
              AND s.subject_type IN (n.subject_type, '')
        )
    )
"""


def _with_rivals(made: Sequence[int]) -> list[int]:
    """Of new rows those whose state is not clear: another row means the same act in a part of the
    same time, or something may have settled them already.
    """
    with connection.cursor() as cursor:
        cursor.execute(RIVALS, [bulk.array_of(made)])
        return [pk for (pk,) in cursor.fetchall()]
