"""Deeds on many rows: the choice is fixed, each row stands for itself, the inverse for a while.

A row is written down together with what was done to it, so that a batch whose worker died knows
how far it came: `settled` ends it and names the rest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from bihuan.base.access.models import User
from bihuan.base.access.scope import must, visible
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.lists.errors import CannotUndo, NothingChosen, TooLateToUndo, TooManyRows
from bihuan.base.lists.listing import MOST_AT_ONCE, UNDO_FOR, Deed, Listing
from bihuan.base.lists.models import Batch


def choose(
    *, listing: Listing, deed: Deed, ids: Iterable[int] | QuerySet[Any], by: User, now: datetime,
    back: str = "",
) -> Batch:  # fmt: skip
    """Fix the rows: picked ones, or those that a question matches now. Raises NotAllowed,
    NothingChosen, TooManyRows.
    """
    must(by, deed.needs)
    if isinstance(ids, QuerySet):
        ids = ids.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1]
    chosen = list(dict.fromkeys(ids))
    if not chosen:
        raise NothingChosen
    if len(chosen) > MOST_AT_ONCE:
        raise TooManyRows(most=MOST_AT_ONCE)
    Batch.objects.filter(person=by, made_at__lt=now - UNDO_FOR * 30).delete()
    return Batch.objects.create(
        uid=uuid.uuid4(), person=by, listing=listing.key, deed=deed.key, ids=chosen, made_at=now,
        back=back[:2000],
    )  # fmt: skip


def carry_out(
    *, batch: Batch, listing: Listing, values: Mapping[str, Any], by: User, now: datetime
) -> Batch:
    """Do the deed on each chosen row that is in reach; pressed twice it is done once."""
    deed = listing.deed(batch.deed)
    must(by, deed.needs)
    mine = Batch.objects.filter(pk=batch.pk)
    rows = listing.model._default_manager.filter(pk__in=batch.ids)
    within = set(visible(rows, by, deed.needs).values_list("pk", flat=True))

    def one(pk: int) -> Any:
        if pk not in within:
            raise NoSuchThing
        return deed.do(pk, values, by, now)

    with _alone(batch) as alone:
        if alone and mine.filter(began_at=None).update(began_at=now):
            done: dict[str, Any] = {}
            refused: dict[str, str] = {}
            for pk in batch.ids:
                try:
                    with transaction.atomic():
                        kept = one(pk)
                        mine.update(done={**done, str(pk): kept})
                    done[str(pk)] = kept
                except Refusal as refusal:
                    refused[str(pk)] = str(refusal)
            mine.update(ended_at=now, refused=refused)
    return Batch.objects.get(pk=batch.pk)


def settled(batch: Batch, now: datetime) -> Batch:
    """The batch as it is now. One that was cut off ends here: what it did can be taken back, what
    it did not come to is named.
    """
    if batch.began_at is None or batch.ended_at is not None:
        return batch
    with _alone(batch) as alone:
        if not alone:  # somebody is at it
            return batch
        batch.refresh_from_db()
        left = [str(pk) for pk in batch.ids if str(pk) not in batch.done]
        Batch.objects.filter(pk=batch.pk, ended_at=None).update(
            ended_at=now, refused=dict.fromkeys(left, _("办到一半断了，没轮到这条。"))
        )
    return Batch.objects.get(pk=batch.pk)


@contextmanager
def _alone(batch: Batch) -> Iterator[bool]:
    """Held as long as the connection lives: whoever dies lets go of it."""
    name = [f"batch {batch.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 4))", name)
        got = bool(cursor.fetchone()[0])
        try:
            yield got
        finally:
            if got:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 4))", name)


def undo(*, batch: Batch, listing: Listing, by: User, now: datetime) -> Batch:
    """The inverse on each row that was done, the last first. Raises CannotUndo, TooLateToUndo."""
    deed = listing.deed(batch.deed)
    back = deed.undo
    if back is None:
        raise CannotUndo
    must(by, deed.needs)
    if batch.ended_at is None or now > batch.ended_at + UNDO_FOR:
        raise TooLateToUndo
    kept, mine = batch.done, Batch.objects.filter(pk=batch.pk)
    # said before, and taken away row by row: should this be cut off, it stays true
    refused = dict.fromkeys(kept, _("撤到一半断了，没轮到这条。"))
    if not mine.filter(undone_at=None).update(undone_at=now, undo_refused=refused):
        return Batch.objects.get(pk=batch.pk)
    for pk in reversed(kept):
        try:
            with transaction.atomic():
                back(int(pk), kept[pk], by, now)
                mine.update(undo_refused={name: why for name, why in refused.items() if name != pk})
            del refused[pk]
        except Refusal as refusal:
            refused[pk] = str(refusal)
    mine.update(undo_refused=refused)
    return Batch.objects.get(pk=batch.pk)
