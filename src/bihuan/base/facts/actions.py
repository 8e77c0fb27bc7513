"""Telling a fact: checked against the vocabulary, with its subjects as they are now."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.bulk import json_of, text_of
from bihuan.base.errors import BadInput
from bihuan.base.facts.arriving import said_more
from bihuan.base.facts.models import Fact
from bihuan.base.together import later
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import BadFact
from bihuan.lib.policy.errors import nearest

CHANNEL = "bihuan_facts"


@dataclass(frozen=True)
class Told:
    """The fact, and whether this telling was the first of its key."""

    fact: Fact
    new: bool


@dataclass(frozen=True)
class Telling:
    """One fact to be told; `key` makes a second telling of the same thing harmless.

    `states` are the states of its subjects where the teller has them from the fact that this one
    follows from; otherwise they are read as they are now.
    """

    kind: str
    at: datetime
    subjects: Mapping[str, int] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    uid: uuid.UUID | None = None
    states: Mapping[str, Any] | None = None


def tell(
    kind: str,
    *,
    at: datetime,
    now: datetime,
    by: User | None,
    subjects: Mapping[str, int],
    data: Mapping[str, Any] | None = None,
    key: str | None = None,
    source: str = "screen",
) -> Told:
    """Write one fact in the caller's transaction. Raises BadInput naming each wrong field.

    Within `together` it is written at the end of the block, with the subjects as they are then.
    """
    telling = Telling(kind=kind, at=at, subjects=subjects, data=data or {}, key=key)
    kept = _Kept(telling, now, _row(telling, {}, now=now, by=by, source=source))
    if later(_write, kept):
        return Told(kept.row, new=True)
    if _write([kept]):
        return Told(kept.row, new=True)
    return Told(Fact.objects.get(key=key), new=False)


@dataclass(frozen=True)
class _Kept:
    """A fact of which only the states of its subjects are not known yet."""

    telling: Telling
    now: datetime
    row: Fact


def _write(kept: list[_Kept]) -> list[Fact]:
    if not kept:  # all that was to be told in a block was taken back
        return []
    states = _states([each.telling for each in kept], max(each.now for each in kept))
    for each in kept:
        each.row.data |= _states_of(each.telling, states)
    said_more([each.row for each in kept])
    return _insert([each.row for each in kept])


def tell_all(
    tellings: Sequence[Telling], *, now: datetime, by: User | None, source: str = "screen"
) -> list[Fact]:
    """
    Write many facts with one snapshot query per subject type; those whose key is known are
    left out of the answer.
    """
    states = _states(tellings, now)
    rows = [_row(telling, states, now=now, by=by, source=source) for telling in tellings]
    said_more(rows)
    return _insert(rows)


MANY = """
    INSERT INTO facts_fact (uid, kind, at, told_at, by_id, source, key, customer_id, asset_id,
                            contract_id, subjects, data)
    SELECT gen_random_uuid(), kind, at, %s, %s, %s, key, customer, asset, contract, subjects, data
    FROM jsonb_to_recordset(%s::jsonb) AS told (
        kind text, at timestamptz, key text, customer bigint, asset bigint, contract bigint,
        subjects jsonb, data jsonb
    ) ON CONFLICT DO NOTHING
"""


def tell_many(
    tellings: Sequence[Telling], *, now: datetime, by: User | None, source: str = "screen"
) -> int:
    """As `tell_all` for thousands: in one statement. Returns how many were new."""
    if not tellings:
        return 0
    states = _states(tellings, now)
    # many tellings say the same of many subjects
    own = {id(each.data): json_of(checked(each.kind, each.data)) for each in _different(tellings)}
    # and the state of a subject is said of every fact that names it
    said = {
        (subject, pk): f'"{subject}":{json_of(state)}'
        for subject, those in states.items()
        for pk, state in those.items()
        if state
    }
    rows = []
    for each in tellings:
        key = text_of(each.key) if each.key is not None else "null"
        named = [f'"{name}":{pk}' for name, pk in each.subjects.items()]
        columns = "".join([f",{one}" for one in named if one.startswith(IN_COLUMNS)])
        head = (
            f'{{"kind":"{each.kind}","at":"{each.at.isoformat()}","key":{key}{columns}'
            f',"subjects":{{{",".join(named)}}}'
        )
        if each.states is None:
            more = [said[one] for one in each.subjects.items() if one in said]
        else:
            more = [f'"{name}":{json_of(of)}' for name, of in _states_of(each, states).items()]
        data = ",".join([f'"fact":{own[id(each.data)]}', *more])
        rows.append(f'{head},"data":{{{data}}}}}')
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            MANY, [now, by.pk if by is not None else None, source, f"[{','.join(rows)}]"]
        )
        made: int = cursor.rowcount
        if made:
            notify()
    return made


IN_COLUMNS = ('"customer":', '"asset":', '"contract":')


def _different(tellings: Sequence[Telling]) -> Iterable[Telling]:
    return {(each.kind, id(each.data)): each for each in tellings}.values()


def drafts(tellings: Sequence[Telling], *, now: datetime, source: str = "screen") -> list[Fact]:
    """The facts as they would be told now, with their subjects' states; nothing is written.

    Their keys are negative: they are told apart, and meet no fact of the log.
    """
    states = _states(tellings, now)
    rows = [_row(each, states, now=now, by=None, source=source) for each in tellings]
    for place, row in enumerate(rows, start=1):
        row.pk, row.tx = -place, 0
    return rows


def _insert(rows: list[Fact]) -> list[Fact]:
    if not rows:
        return []
    with transaction.atomic(savepoint=False):
        return _insert_new(rows)


def notify() -> None:
    """Wake the listeners when the transaction is done."""
    with connection.cursor() as cursor:
        cursor.execute(f"NOTIFY {CHANNEL}")


NEW = """
    WITH made AS (
        INSERT INTO facts_fact (uid, kind, at, told_at, by_id, source, key, customer_id, asset_id,
                                contract_id, subjects, data)
        SELECT uid, kind, at, told_at, by_id, source, key, customer_id, asset_id, contract_id, subjects, data
        FROM jsonb_to_recordset(%s::jsonb) AS told (
            uid uuid, kind text, at timestamptz, told_at timestamptz, by_id bigint, source text, key text,
            customer_id bigint, asset_id bigint, contract_id bigint, subjects jsonb, data jsonb
        ) {skip} RETURNING uid, id, tx
    )
    SELECT uid, id, tx, (SELECT pg_notify(%s, '')) FROM made ORDER BY id
"""
GIVEN = (
    "uid", "kind", "at", "told_at", "by_id", "source", "key", "customer_id", "asset_id", "contract_id",
    "subjects", "data",
)  # fmt: skip


def _insert_new(rows: list[Fact]) -> list[Fact]:
    """Insert what is new and wake the listeners; a second teller of a key waits for the first and
    then adds nothing.
    """
    skip = "" if all(row.key is None for row in rows) else "ON CONFLICT DO NOTHING"
    given = [{name: getattr(row, name) for name in GIVEN} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(NEW.format(skip=skip), [json_of(given), CHANNEL])
        written = cursor.fetchall()
    by_uid = {row.uid: row for row in rows}
    made = []
    for uid, pk, tx, _woken in written:
        row = by_uid[uid]
        row.pk, row.tx = pk, tx
        row._state.adding = False  # noqa: SLF001 - as bulk_create does
        made.append(row)
    return made


def checked(code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fact's own fields in their types. Raises BadInput naming each wrong one."""
    words = vocabulary()
    kind = words.facts.get(code)
    if kind is None:
        near = nearest(code, words.facts)
        raise BadInput({"kind": _unknown_kind(code, near)})
    try:
        return kind.check(dict(data))
    except BadFact as bad:
        english = (get_language() or "zh").startswith("en")
        raise BadInput(
            {f"data.{error.field}": error.en if english else error.zh for error in bad.errors}
        ) from bad


def _unknown_kind(code: str, near: str) -> str:
    if near:
        return _("没有“%(code)s”这种事实。应写 %(near)s 吗？") % {"code": code, "near": near}
    return _("没有“%(code)s”这种事实。") % {"code": code}


def _states(tellings: Sequence[Telling], now: datetime) -> dict[str, dict[int, dict[str, Any]]]:
    wanted: dict[str, set[int]] = {}
    for telling in tellings:
        if telling.states is not None:
            continue
        for subject, pk in telling.subjects.items():
            wanted.setdefault(subject, set()).add(pk)
    snapshots = registry.snapshot_of()
    return {
        subject: snapshots[subject](ids, now)
        for subject, ids in wanted.items()
        if subject in snapshots
    }


def _row(
    telling: Telling,
    states: Mapping[str, Mapping[int, Mapping[str, Any]]],
    *,
    now: datetime,
    by: User | None,
    source: str,
) -> Fact:
    own = checked(telling.kind, telling.data)
    return Fact(
        uid=telling.uid or uuid.uuid4(),
        kind=telling.kind,
        at=telling.at,
        told_at=now,
        by=by,
        source=source,
        key=telling.key,
        customer_id=telling.subjects.get("customer"),
        asset_id=telling.subjects.get("asset"),
        contract_id=telling.subjects.get("contract"),
        subjects=dict(telling.subjects),
        data={"fact": own, **_states_of(telling, states)},
    )


def _states_of(
    telling: Telling, states: Mapping[str, Mapping[int, Mapping[str, Any]]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for subject, pk in telling.subjects.items():
        given = telling.states.get(subject) if telling.states is not None else None
        if state := given or states.get(subject, {}).get(pk):
            found[subject] = dict(state)
    return found
