"""Two rows that are one customer become one: checked by a second person, and reversible for a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import profile, search
from bihuan.apps.customers.actions.customers import Merged, pack_or_none
from bihuan.apps.customers.enums import MergeState, Status, TierState
from bihuan.apps.customers.models import (
    ClauseException,
    Contact,
    Customer,
    KeyDate,
    Merge,
    Purchase,
    TierChange,
)
from bihuan.base import registry
from bihuan.base.access.models import User
from bihuan.base.access.scope import must
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import tell

# Of our own links these move; history (tiers, hand-overs, verifications, merges) stays where it was made.
OWN = frozenset({Contact, Purchase, KeyDate, ClauseException})
OURS = "customers"


class SamePerson(Refusal):
    code = "merge_same_person"
    message = _("合并要由另一个人核对，提出的人不能自己核对。")


class TooLateToUndo(Refusal):
    code = "merge_undo_over"
    message = _("合并已经过了可以拆回的期限（%(until)s）。")


class HasDaughters(Refusal):
    code = "merge_dealer"
    message = _("经销商要先把名下最终用户转走，才能并入别家。")


def propose_merge(
    *, kept: Customer, gone: Customer, why: str, by: User | None, now: datetime
) -> Merge:
    """Say that `gone` is the same customer as `kept`. Raises BadInput, Merged, HasDaughters."""
    if kept.pk == gone.pk:
        raise BadInput({"gone": str(_("要选两家不同的客户。"))})
    if len(why.strip()) < 4:
        raise BadInput({"why": str(_("请写为什么是同一家，核对的人要看。"))})
    for row in (kept, gone):
        if row.status == Status.MERGED:
            raise Merged(into=row.merged_into)
    if kept.dealer_id == gone.pk or gone.end_users.exists():
        raise HasDaughters
    with transaction.atomic():
        Customer.objects.select_for_update().get(pk=gone.pk)
        if Merge.objects.filter(state=MergeState.PROPOSED, gone=gone).exists():
            raise BadInput({"gone": str(_("这一家已经有一条合并在等核对。"))})
        row_ = Merge.objects.create(
            kept=kept, gone=gone, why=why.strip()[:300], proposed_by=by, proposed_at=now
        )
        log(
            "customer.merge_propose",
            by=by,
            now=now,
            thing=row_,
            after={"kept": kept.pk, "gone": gone.pk},
        )
        return row_


def decide_merge(*, proposal: Merge, agree: bool, by: User, now: datetime) -> Merge:
    """The second person's word; with it the links move. Raises NotAllowed, SamePerson, ChangedMeanwhile."""
    must(by, "customers.merge")
    if proposal.proposed_by_id == by.pk:
        raise SamePerson
    if agree:
        return merge(proposal=proposal, by=by, now=now)
    with transaction.atomic():
        took = Merge.objects.filter(pk=proposal.pk, state=MergeState.PROPOSED).update(
            state=MergeState.REFUSED, decided_by=by, decided_at=now
        )
        if not took:
            raise ChangedMeanwhile
        log("customer.merge_refuse", by=by, now=now, thing=proposal)
    proposal.refresh_from_db()
    return proposal


def merge(*, proposal: Merge, by: User, now: datetime) -> Merge:
    """Move every link of the gone row to the kept one and remember each. Raises SamePerson, ChangedMeanwhile."""
    if proposal.proposed_by_id == by.pk:
        raise SamePerson
    with transaction.atomic():
        # in the order of ids: two merges at once wait for each other instead of stopping dead
        rows = {
            row.pk: row
            for row in Customer.objects.select_for_update()
            .filter(pk__in=[proposal.kept_id, proposal.gone_id])
            .order_by("pk")
        }
        kept, gone = rows[proposal.kept_id], rows[proposal.gone_id]
        if Status.MERGED in (kept.status, gone.status):
            raise ChangedMeanwhile
        undo_until = now + timedelta(days=profile.number("merge_undo_days", pack_or_none(now)))
        took = Merge.objects.filter(pk=proposal.pk, state=MergeState.PROPOSED).update(
            state=MergeState.MERGED,
            decided_by=by,
            decided_at=now,
            undo_until=undo_until,
            gone_status=gone.status,
        )
        if not took:
            raise ChangedMeanwhile
        # told before the links move: the fact carries the gone row as it was
        tell(
            "customer.merged", at=now, now=now, by=by, subjects={"customer": gone.pk}, data={"into": kept.code},
            key=f"merge:{proposal.pk}",
        )  # fmt: skip
        moved = _move_all(gone.pk, kept.pk)
        Merge.objects.filter(pk=proposal.pk).update(moved=moved)
        TierChange.objects.filter(customer=gone, state=TierState.PROPOSED).update(
            state=TierState.WITHDRAWN, decided_by=by, decided_at=now
        )
        Customer.objects.filter(pk=gone.pk).update(
            status=Status.MERGED, merged_into=kept, changed_at=now, version=F("version") + 1
        )
        log(
            "customer.merge",
            by=by,
            now=now,
            thing=proposal,
            after={"kept": kept.pk, "gone": gone.pk, "moved": _counts(moved)},
        )
        _search_again(kept.pk, gone.pk)
    proposal.refresh_from_db()
    return proposal


def unmerge(*, proposal: Merge, by: User, now: datetime) -> Merge:
    """Take a merge apart within its days: exactly the links that moved go back.

    Raises NotAllowed, TooLateToUndo, ChangedMeanwhile.
    """
    must(by, "customers.merge")
    if proposal.undo_until is not None and now > proposal.undo_until:
        raise TooLateToUndo(until=f"{timezone.localtime(proposal.undo_until):%Y-%m-%d}")
    with transaction.atomic():
        took = Merge.objects.filter(pk=proposal.pk, state=MergeState.MERGED).update(
            state=MergeState.UNDONE, undone_by=by, undone_at=now
        )
        if not took:
            raise ChangedMeanwhile
        Customer.objects.filter(pk=proposal.gone_id, merged_into=proposal.kept_id).update(
            status=proposal.gone_status, merged_into=None, changed_at=now, version=F("version") + 1
        )
        _move_back(proposal.kept_id, proposal.gone_id, proposal.moved)
        tell(
            "customer.changed", at=now, now=now, by=by, subjects={"customer": proposal.gone_id},
            data={"what": ["merged_into"]}, key=f"merge:{proposal.pk}:undone",
        )  # fmt: skip
        log(
            "customer.unmerge",
            by=by,
            now=now,
            thing=proposal,
            after={"moved": _counts(proposal.moved)},
        )
        _search_again(proposal.kept_id, proposal.gone_id)
    proposal.refresh_from_db()
    return proposal


def _counts(moved: dict[str, list[Any]]) -> dict[str, int]:
    return {name: len(keys) for name, keys in moved.items()}


def _links() -> Iterator[tuple[type[Model], str]]:
    """(model, column) of every table that points at a customer and moves with it: the higher apps'
    foreign keys and our own contacts, purchases, key dates and exceptions.
    """
    for relation in Customer._meta.related_objects:
        model: type[Model] = relation.related_model
        if model._meta.app_label != OURS or model in OWN:
            yield model, relation.field.attname


def _move_all(from_id: int, to_id: int) -> dict[str, list[Any]]:
    moved: dict[str, list[Any]] = {}
    for model, column in _links():
        rows = model._default_manager.filter(**{column: from_id})
        if keys := _moved(rows, column, to_id):
            moved[f"{model._meta.label}.{column}"] = keys
    for config, subject, function in registry.named("moves"):
        if subject == "customer" and (keys := function(from_id, to_id, None)):
            moved[f"{config.label}:{subject}"] = list(keys)
    return moved


def _moved(rows: QuerySet[Any], column: str, to_id: int) -> list[Any]:
    """Move rows and name them. What the kept customer has already under the same name (a place
    called the same) stays where it was.
    """
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return []
    try:
        with transaction.atomic():
            rows.update(**{column: to_id})
    except IntegrityError:
        return [key for key in keys if _moves_alone(rows.filter(pk=key), column, to_id)]
    return keys


def _moves_alone(row: QuerySet[Any], column: str, to_id: int) -> bool:
    try:
        with transaction.atomic():
            return bool(row.update(**{column: to_id}))
    except IntegrityError:
        return False


def _move_back(from_id: int, to_id: int, moved: dict[str, list[Any]]) -> None:
    for model, column in _links():
        if keys := moved.get(f"{model._meta.label}.{column}"):
            # a link that somebody has moved on meanwhile stays where it was put
            model._default_manager.filter(**{column: from_id}, pk__in=keys).update(
                **{column: to_id}
            )
    for config, subject, function in registry.named("moves"):
        if keys := moved.get(f"{config.label}:{subject}"):
            function(from_id, to_id, keys)


def _search_again(*ids: int) -> None:
    search.put_customers(Customer.objects.filter(pk__in=ids))
    search.put_people_of(ids)
