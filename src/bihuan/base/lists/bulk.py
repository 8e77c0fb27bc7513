"""Deeds on many rows: the choice is fixed, each row stands for itself, the inverse for a while."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from bihuan.base.access.models import User
from bihuan.base.access.scope import must, visible
from bihuan.base.errors import NoSuchThing, Refusal
from bihuan.base.lists.errors import CannotUndo, NothingChosen, TooLateToUndo, TooManyRows
from bihuan.base.lists.listing import MOST_AT_ONCE, Deed, Listing
from bihuan.base.lists.models import Batch
from bihuan.base.lists.page import UNDO_FOR


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
    if not Batch.objects.filter(pk=batch.pk, began_at=None).update(began_at=now):
        return Batch.objects.get(pk=batch.pk)
    rows = listing.model._default_manager.filter(pk__in=batch.ids)
    within = set(visible(rows, by, deed.needs).values_list("pk", flat=True))

    def one(pk: int) -> Any:
        if pk not in within:
            raise NoSuchThing
        return deed.do(pk, values, by, now)

    done, refused = _each(batch.ids, one)
    Batch.objects.filter(pk=batch.pk).update(ended_at=now, done=done, refused=refused)
    return Batch.objects.get(pk=batch.pk)


def undo(*, batch: Batch, listing: Listing, by: User, now: datetime) -> Batch:
    """The inverse on each row that was done, the last first. Raises CannotUndo, TooLateToUndo."""
    deed = listing.deed(batch.deed)
    back = deed.undo
    if back is None:
        raise CannotUndo
    must(by, deed.needs)
    if batch.ended_at is None or now > batch.ended_at + UNDO_FOR:
        raise TooLateToUndo
    if not Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=now):
        return Batch.objects.get(pk=batch.pk)
    kept = batch.done
    _done, refused = _each(
        [int(pk) for pk in reversed(kept)], lambda pk: back(pk, kept[str(pk)], by, now)
    )
    Batch.objects.filter(pk=batch.pk).update(undo_refused=refused)
    return Batch.objects.get(pk=batch.pk)


def _each(ids: Iterable[int], deed: Callable[[int], Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What each row gave, or why it refused; every row in a transaction of its own."""
    done: dict[str, Any] = {}
    refused: dict[str, str] = {}
    for pk in ids:
        try:
            with transaction.atomic():
                done[str(pk)] = deed(pk)
        except Refusal as refusal:
            refused[str(pk)] = str(refusal)
    return done, refused
