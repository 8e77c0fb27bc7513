"""
Reading the log: each listener holds a cursor and commits its effects together with it.

A batch ends below the oldest running transaction, so nothing that commits late is passed over.
A fact that cannot be digested is parked as a dead letter and the cursor goes on.
"""

from __future__ import annotations

import logging
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)
from psycopg.errors import QueryCanceled

from bihuan.base import clock, registry, sql
from bihuan.base.facts.actions import CHANNEL
from bihuan.base.facts.models import Cursor, DeadLetter, Fact
from bihuan.base.system import heartbeat
from bihuan.base.system.logs import reason

log = logging.getLogger(__name__)
Handler = Callable[[Sequence[Fact], datetime], None]
Many = Callable[[Sequence[int], datetime], Sequence[int]]
Place = tuple[int, int]
"""Transaction and number of the fact that a listener heard last."""
Row = tuple[int, int, str, str]
BATCH = 500
MANY = 200
"""So many facts of one kind in a row are worth hearing as one."""
MOST_READ = 20_000
IDLE_SECONDS = 5.0
PLACES = 6
"""So much of the way to an error is shown beside its replay button."""

# Everything below the oldest running transaction is finished. When that one is our own, what it
# has told already may be read as well: all below it is finished and its ids only grow.
FINISHED = """
    (tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
     OR tx = pg_current_xact_id_if_assigned()::text::bigint
        AND tx = pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
"""
# The same as a number: nothing below it will still be committed.
END = """
    SELECT CASE WHEN pg_current_xact_id_if_assigned() = pg_snapshot_xmin(pg_current_snapshot())
                THEN 1 ELSE 0 END + pg_snapshot_xmin(pg_current_snapshot())::text::bigint
"""
# To the end of the transaction in which the limit lies, for what was done in one transaction is
# judged together; only one that is larger than anybody's deeds is read in parts.
READ = f"""
    WITH begun AS (
        SELECT max(tx) AS last FROM (
            SELECT tx FROM facts_fact WHERE (tx, id) > (%(tx)s, %(id)s) AND {FINISHED}
            ORDER BY tx, id LIMIT %(limit)s
        ) AS first
    )
    SELECT tx, id, kind, source FROM facts_fact
    WHERE (tx, id) > (%(tx)s, %(id)s) AND tx <= (SELECT last FROM begun)
    ORDER BY tx, id LIMIT %(most)s
"""  # noqa: S608 - texts of this page
LAST = "SELECT tx, id FROM facts_fact ORDER BY tx DESC, id DESC LIMIT 1"
# Within a transaction: what began after it can be heard only after it.
LAST_BEFORE = LAST.replace(
    "ORDER",
    "WHERE tx <= coalesce(pg_current_xact_id_if_assigned()::text::bigint, 9e18::bigint) ORDER",
)
LAST_FINISHED = LAST.replace("ORDER", f"WHERE {FINISHED} ORDER")
PASSED = """
    WITH free AS (
        SELECT c.name, p.facts
        FROM unnest(%(names)s::text[], %(facts)s::bigint[], %(txs)s::bigint[], %(ids)s::bigint[])
            AS p (name, facts, tx, id)
        JOIN facts_cursor c ON c.name = p.name AND (c.tx, c.fact_id) = (p.tx, p.id)
        FOR UPDATE OF c SKIP LOCKED
    )
    UPDATE facts_cursor AS c
    SET tx = %(to_tx)s, fact_id = %(to_id)s, heard = heard + free.facts, moved_at = %(now)s
    FROM free WHERE c.name = free.name RETURNING c.name, free.facts
"""
LEASED = "SELECT tx, fact_id FROM facts_cursor WHERE name = %s FOR UPDATE"
MOVED = "UPDATE facts_cursor SET tx = %s, fact_id = %s, heard = heard + %s, moved_at = %s WHERE name = %s"
TOLD = "SELECT * FROM facts_fact WHERE id = ANY(%s) ORDER BY tx, id"
NOWHERE: Place = (0, 0)


def hears(
    *kinds: str, engine: bool = True, many: tuple[str, Many] | None = None
) -> Callable[[Handler], Handler]:
    """Spare a listener the facts it does nothing with: it hears these kinds only (all when none
    is named), and with `engine=False` nothing that the engine told.

    Of the kind named in `many` very many come in a row, for as many subjects: the function there
    hears them by their numbers, and returns those that it leaves to the listener.
    """

    def marked(handler: Handler) -> Handler:
        handler.kinds, handler.engine = frozenset(kinds), engine  # type: ignore[attr-defined]
        handler.many = many  # type: ignore[attr-defined]
        return handler

    return marked


def listeners() -> dict[str, Handler]:
    """Name -> handler, for all apps."""
    return {name: function for _, name, function in registry.named("listeners")}


def drain(name: str, handler: Handler, now: datetime, *, limit: int = BATCH) -> int:
    """Hear one batch (about `limit`); returns how many facts. One transaction, the cursor's row is
    the lease.
    """
    with transaction.atomic():
        place = _leased(name)
        read = _read(place, limit)
        if not read:
            return 0
        wanted = [(pk, kind) for _tx, pk, kind, source in read if _is_for(handler, kind, source)]
        for ids, many in _runs(handler, wanted):
            left = _hear_many(name, many, ids, now) if many is not None else ids
            if left:
                _hear(name, handler, left, now)
        tx, pk, *_ = read[-1]
        with connection.cursor() as cursor:
            cursor.execute(MOVED, [tx, pk, len(read), now, name])
        return len(read)


def _read(after: Place, limit: int) -> list[Row]:
    tx, pk = after
    return sql.rows(READ, {"tx": tx, "id": pk, "limit": limit, "most": MOST_READ})


def _is_for(handler: Handler, kind: str, source: str) -> bool:
    kinds: frozenset[str] = getattr(handler, "kinds", frozenset())
    return (not kinds or kind in kinds) and (source != "engine" or getattr(handler, "engine", True))


def _runs(
    handler: Handler, wanted: Sequence[tuple[int, str]]
) -> Iterator[tuple[Sequence[int], Many | None]]:
    """The facts in their order; those apart of which there are many in a row."""
    kind, many = getattr(handler, "many", None) or ("", None)
    waiting: list[int] = []
    for alike, run in groupby(wanted, key=lambda each: each[1] == kind):
        ids = [pk for pk, _ in run]
        if alike and len(ids) >= MANY:
            if waiting:
                yield waiting, None
            yield ids, many
            waiting = []
        else:
            waiting += ids
    if waiting:
        yield waiting, None


def _hear_many(name: str, many: Many, ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Returns the facts that the listener must still hear: all, when one of them is poisonous."""
    try:
        with transaction.atomic():
            return many(ids, now)
    except (OperationalError, InterfaceError) as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    except Exception:
        log.exception("listener %s could not hear %s facts as one", name, len(ids))
    return ids


def _hear(name: str, handler: Handler, ids: Sequence[int], now: datetime) -> None:
    batch = list(Fact.objects.raw(TOLD, [list(ids)]))
    try:
        with transaction.atomic():
            handler(batch, now)
    except (OperationalError, InterfaceError) as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        _one_by_one(name, handler, batch, now)  # together they take longer than a statement may
    except Exception:  # noqa: BLE001 - one of them is poisonous: find it, park it, go on
        _one_by_one(name, handler, batch, now)


def _leased(name: str) -> Place:
    found = sql.rows(LEASED, [name])
    if not found:
        Cursor.objects.get_or_create(name=name)
        found = sql.rows(LEASED, [name])
    [(tx, pk)] = found
    return tx, pk


def _one_by_one(name: str, handler: Handler, batch: Sequence[Fact], now: datetime) -> None:
    for fact in batch:
        try:
            with transaction.atomic():
                handler([fact], now)
        except (OperationalError, InterfaceError) as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            _park(name, fact, error, now)  # it alone takes longer than a statement may
        except Exception as error:  # noqa: BLE001 - kept with its reason, shown with a replay button
            _park(name, fact, error, now)


def _park(name: str, fact: Fact, error: Exception, now: datetime) -> None:
    log.error("listener %s parked fact %s (%s)", name, fact.uid, type(error).__name__)
    DeadLetter.objects.get_or_create(
        listener=name, fact=fact, defaults={"error": reason(error, most=PLACES), "at": now}
    )


def drain_all(now: datetime, *, rounds: int = 1000) -> int:
    """Let every listener hear everything there is; effects may tell more, so until silence."""
    total = 0
    for _ in range(rounds):
        behind = _behind(LAST_FINISHED)
        if not behind:
            return total
        passed = _pass_over(behind, now)
        total += sum(passed.values())
        total += sum(drain(name, listeners()[name], now) for name in behind if name not in passed)
    raise RuntimeError("the listeners keep telling each other new facts")


def all_heard() -> bool:
    """Whether every listener has heard every fact, those of transactions still open included; within
    a transaction, every one that it can hear before its end.
    """
    return not _behind(LAST_BEFORE)


def _behind(last_of: str) -> dict[str, Place]:
    """The listeners that have not read to the last fact, and where they are."""
    with connection.cursor() as cursor:
        cursor.execute(last_of)
        last = cursor.fetchone()
    if last is None:
        return {}
    places = {place.name: (place.tx, place.fact_id) for place in Cursor.objects.all()}
    found = {name: places.get(name, NOWHERE) for name in listeners()}
    return {name: place for name, place in found.items() if place < tuple(last)}


def _pass_over(behind: Mapping[str, Place], now: datetime) -> dict[str, int]:
    """Move on the listeners for whom there is nothing in the next batch, all in one statement.

    Most facts concern one or two of them. Returns how many facts each has passed; whoever is at
    work in another process is left to that one.
    """
    read = _read(min(behind.values()), BATCH)
    idle = {}
    for name, place in behind.items():
        rows = [row for row in read if row[:2] > place]
        handler = listeners()[name]
        if rows and not any(_is_for(handler, kind, source) for _tx, _pk, kind, source in rows):
            idle[name] = len(rows)
    if not idle:
        return {}
    tx, pk, *_ = read[-1]
    given: dict[str, Any] = {
        "to_tx": tx, "to_id": pk, "now": now, "names": list(idle), "facts": list(idle.values()),
        "txs": [behind[name][0] for name in idle], "ids": [behind[name][1] for name in idle],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(PASSED, given)
        return dict(cursor.fetchall())


def replay(letter: DeadLetter, *, now: datetime) -> bool:
    """Try a parked fact again; True when it was digested this time.

    The listener hears nothing else meanwhile, and whoever asks twice is answered once.
    """
    handler = listeners()[letter.listener]
    waiting = DeadLetter.objects.filter(pk=letter.pk, settled_at=None)
    try:
        with transaction.atomic():
            _leased(letter.listener)
            if not waiting.update(settled_at=now, settled_how="replayed"):
                return False
            handler([letter.fact], now)
            return True
    except Exception as error:  # noqa: BLE001 - stays parked, with the newer reason
        DeadLetter.objects.filter(pk=letter.pk).update(
            error=reason(error, most=PLACES), tries=letter.tries + 1
        )
        return False


def set_aside(letter: DeadLetter, *, now: datetime) -> bool:
    """Somebody decided that this listener need not hear this fact."""
    return bool(
        DeadLetter.objects.filter(pk=letter.pk, settled_at=None).update(
            settled_at=now, settled_how="set_aside"
        )
    )


COUNT = """
    SELECT count(*), min(told_at) FROM (
        SELECT told_at FROM facts_fact WHERE (tx, id) > (%s, %s) ORDER BY tx, id LIMIT %s
    ) AS waiting
"""
MOST_COUNTED = 10_000


def lag(now: datetime) -> dict[str, int]:
    """Facts not yet heard, by listener (counted to 10,000)."""
    return {name: count for name, (count, _seconds) in waiting(now).items()}


def waiting(now: datetime) -> dict[str, tuple[int, float]]:
    """By listener: how many facts wait, and for how many seconds the oldest of them."""
    places = {place.name: place for place in Cursor.objects.all()}
    found = {}
    for name in [each for config in registry.manifests() for each in config.listeners]:
        place = places.get(name)
        tx, pk = (place.tx, place.fact_id) if place else (0, 0)
        with connection.cursor() as cursor:
            cursor.execute(COUNT, [tx, pk, MOST_COUNTED])
            count, oldest = cursor.fetchone()
        found[name] = (count, (now - oldest).total_seconds() if oldest else 0.0)
    return found


def run_forever(stop: Callable[[], bool] = lambda: False) -> None:
    """The listeners' process: woken by NOTIFY, and every few seconds in any case."""
    while not stop():
        try:
            heartbeat.beat("work", clock.now())
            drain_all(clock.now())
            _wait()
        except (OperationalError, InterfaceError) as error:
            log.warning("the database went away: %s", type(error).__name__)
            close_old_connections()
            connection.close()
            select.select([], [], [], 1.0)


def _wait() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    raw = connection.connection
    for _ in raw.notifies(timeout=IDLE_SECONDS, stop_after=1):
        pass
