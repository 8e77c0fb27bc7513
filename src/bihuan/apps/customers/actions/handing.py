"""Customers change hands, and a leaver's account closes only when everything has an heir."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from bihuan.apps.customers import search
from bihuan.apps.customers.actions.customers import PEOPLE, assigned
from bihuan.apps.customers.enums import HandOverReason, Status
from bihuan.apps.customers.models import Customer, HandOver
from bihuan.apps.customers.queries import people
from bihuan.base import registry
from bihuan.base.access import actions as access
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile, Refusal
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.base.texts import listed


class NoHeir(Refusal):
    """Something of the leaver has no heir yet."""

    code = "holdings_without_heir"
    message = _("还有 %(count)s 件没有接手人：%(first)s。请先给每一件选好接手人。")


def hand_over(
    *,
    customers: Sequence[Customer],
    to: User,
    reason: HandOverReason,
    by: User | None,
    now: datetime,
    note: str = "",
) -> list[HandOver]:
    """These customers get another account manager. Raises BadInput, ChangedMeanwhile."""
    if not to.is_active:
        raise BadInput({"to": str(_("%(name)s 的账号已经停用，请另选一位。")) % {"name": to.name}})
    moving = [row for row in customers if row.account_manager_id != to.pk]
    with transaction.atomic():
        before = {row.pk: row.account_manager_id for row in moving}
        for row in moving:
            took = Customer.objects.filter(
                pk=row.pk, account_manager_id=row.account_manager_id
            ).exclude(status=Status.MERGED)
            if not took.update(account_manager=to, changed_at=now, version=F("version") + 1):
                raise ChangedMeanwhile
        made = HandOver.objects.bulk_create(
            HandOver(
                customer=row,
                before_id=before[row.pk],
                after=to,
                reason=reason,
                note=note[:300],
                at=now,
                by=by,
            )
            for row in moving
        )
        _tell(made, reason, by=by, now=now)
        log(
            "customer.hand_over",
            by=by,
            now=now,
            thing=to,
            after={"customers": [row.pk for row in moving]},
        )
        ids = [row.pk for row in moving]
        search.put_customers(Customer.objects.filter(pk__in=ids))
        search.put_people_of(ids)
    return made


def _tell(
    made: Sequence[HandOver], reason: HandOverReason, *, by: User | None, now: datetime
) -> None:
    tellings = []
    for row in made:
        subjects = {"customer": row.customer_id}
        before = str(row.before_id) if row.before_id else None
        tellings.append(
            Telling(
                "customer.handed_over", at=now, subjects=subjects, key=f"hand-over:{row.pk}",
                data={"before": before, "after": str(row.after_id), "reason": str(reason)},
            )
        )  # fmt: skip
        tellings.append(
            Telling(
                "account_manager.assigned", at=now, subjects=subjects, key=f"hand-over:{row.pk}:assigned",
                data={"person": str(row.after_id)},
            )
        )  # fmt: skip
    tell_all(tellings, now=now, by=by)


def transfer(
    *, keys: Iterable[str], from_id: int, to_id: int, by: User | None, now: datetime
) -> int:
    """Give our own holdings (`account_manager:7`) to an heir; the manifest names this function."""
    wanted: dict[str, list[int]] = defaultdict(list)
    for key in keys:
        field, _sep, pk = key.partition(":")
        wanted[field].append(int(pk))
    to = User.objects.get(pk=to_id)
    moved = 0
    for field, ids in wanted.items():
        if field not in PEOPLE:
            raise KeyError(field)
        rows = list(Customer.objects.filter(pk__in=ids, **{f"{field}_id": from_id}))
        if field == "account_manager":
            moved += len(
                hand_over(customers=rows, to=to, reason=HandOverReason.LEFT, by=by, now=now)
            )
            continue
        Customer.objects.filter(pk__in=[row.pk for row in rows]).update(
            **{field: to}, changed_at=now, version=F("version") + 1
        )
        kind, data = PEOPLE[field], assigned(field, to.pk)
        tell_all(
            [Telling(kind, at=now, subjects={"customer": row.pk}, data=data) for row in rows],
            now=now, by=by,
        )  # fmt: skip
        search.put_customers(Customer.objects.filter(pk__in=[row.pk for row in rows]))
        search.put_people_of([row.pk for row in rows])
        moved += len(rows)
    return moved


def settle(*, leaver: User, heirs: Mapping[str, User], by: User | None, now: datetime) -> int:
    """Give holdings (`app|key` -> heir) to their heirs, those that are still the leaver's.

    Raises BadInput for an heir who is the leaver or whose account is closed.
    """
    for heir in heirs.values():
        if heir.pk == leaver.pk or not heir.is_active:
            raise BadInput(
                {"heir": str(_("%(name)s 不能接手。请选另一位在岗的同事。")) % {"name": heir.name}}
            )
    groups: dict[tuple[str, int], list[str]] = defaultdict(list)
    for full, heir in heirs.items():
        app, _sep, key = full.partition("|")
        groups[app, heir.pk].append(key)
    moved = 0
    with transaction.atomic():
        for (app, heir_id), keys in groups.items():
            config = next(each for each in registry.manifests() if each.label == app)
            moved += registry.resolve(config, config.transfer)(
                keys=keys, from_id=leaver.pk, to_id=heir_id, by=by, now=now
            )
        log("people.settle", by=by, now=now, thing=leaver, after={"moved": moved})
    return moved


def close_account(*, leaver: User, by: User | None, now: datetime) -> User:
    """Close a leaver's account. Raises NoHeir while anything is still theirs, and what
    `base.access.actions.close_account` raises.
    """
    left = [holding for _app, holding in people.all_holdings(leaver.pk)]
    if left:
        raise NoHeir(count=len(left), first=listed(holding.title for holding in left[:3]))
    return access.close_account(leaver, by=by, now=now)
