"""A machine goes to another place or to somebody else; its history stays, personal data does not go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import search, words
from bihuan.apps.assets.actions.common import tell_of, today_of
from bihuan.apps.assets.actions.places import place_at
from bihuan.apps.assets.actions.warranties import refresh_warranty
from bihuan.apps.assets.enums import MoveReason, Status
from bihuan.apps.assets.models import Asset, Place, StageChange, Stay
from bihuan.apps.assets.refusals import WrongStage
from bihuan.apps.assets.rules.stages import MOVABLE
from bihuan.apps.customers.enums import Relation
from bihuan.apps.customers.enums import Status as CustomerStatus
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.texts import listed

STAGE_AFTER = {
    MoveReason.RESOLD: Status.RESOLD,
    MoveReason.RENTED: Status.RENTED,
    MoveReason.RETURNED: Status.IDLE,
}


def move(
    *, asset: Asset, reason: MoveReason, by: User | None, now: datetime, at: datetime | None = None,
    customer: Customer | None = None, owner: Customer | None = None, serviced_by: Customer | None = None,
    place: Place | None = None, note: str = "",
) -> Asset:  # fmt: skip
    """
    RELOCATED: another place of the same customer. RESOLD: `customer` operates and owns it from now
    on (unless `owner` is somebody else). RENTED: `customer` operates it, the owner stays. RETURNED:
    back to its owner. What the machine was (parts, readings, checks) goes with it; facts and people
    of the former customer stay with that customer. Raises BadInput, WrongStage, ChangedMeanwhile.
    """
    at = at or now
    with transaction.atomic():
        row = (
            Asset.objects.select_for_update(of=("self",), no_key=True)
            .select_related("model", "customer", "owner")
            .get(pk=asset.pk)
        )
        if row.version != asset.version:
            raise ChangedMeanwhile
        to = _destination(row, MoveReason(reason), customer)
        _check(row, MoveReason(reason), to, serviced_by, place, at, now)
        before = {"customer": row.customer_id, "owner": row.owner_id, "place": row.place_id}
        was = row.status
        _carry(row, MoveReason(reason), to, owner, serviced_by, place, at)
        row.changed_at, row.version = now, row.version + 1
        row.save()
        _remember(row, was, MoveReason(reason), note.strip()[:200], at=at, by=by, now=now)
        refresh_warranty(row)
        tell_of(
            row,
            "asset.moved",
            at=at,
            now=now,
            by=by,
            data={"reason": str(reason)},
            key=f"asset:{row.pk}:moved:{row.version}",
        )
        log(
            "asset.move",
            by=by,
            now=now,
            thing=row,
            before=before,
            after={"customer": row.customer_id, "owner": row.owner_id, "place": row.place_id},
        )
        search.put_assets([row])
        return row


def move_to_path(
    *, asset: Asset, reason: str, place: str, customer: Customer | None, by: User | None,
    now: datetime, **more: Any,
) -> Asset:  # fmt: skip
    """As `move`, with the place written out (工厂/车间/线) and made where it is not known yet."""
    to = {MoveReason.RELOCATED: asset.customer, MoveReason.RETURNED: asset.owner}.get(
        MoveReason(reason), customer
    )
    with transaction.atomic():
        at = place_at(to, place, by=by, now=now) if place and to else None
        return move(
            asset=asset, reason=MoveReason(reason), place=at, customer=customer, by=by, now=now,
            **more,
        )  # fmt: skip


def _destination(row: Asset, reason: MoveReason, customer: Customer | None) -> Customer:
    if reason == MoveReason.RELOCATED:
        return row.customer
    if reason == MoveReason.RETURNED:
        return row.owner
    if customer is None:
        raise BadInput({"customer": _("请写转给哪家客户。")})
    return customer


def _check(
    row: Asset,
    reason: MoveReason,
    to: Customer,
    serviced_by: Customer | None,
    place: Place | None,
    at: datetime,
    now: datetime,
) -> None:
    if row.status not in MOVABLE:
        raise WrongStage(now=row.status_title, then=words.title(words.MOVE, reason), next=listed(
            words.title(words.STATUS, each) for each in MOVABLE))  # fmt: skip
    faults: dict[str, str] = {}
    if at > now:
        faults["at"] = _("时间在将来。发生以后再登记。")
    elif Stay.objects.filter(asset=row, from_at__gt=at).exists():
        faults["at"] = _("在这个时间以后，设备已经移动过。请写更晚的时间。")
    if place is not None and place.customer_id != to.pk:
        faults["place"] = _("位置要是接手的那家客户的。")
    if reason == MoveReason.RELOCATED and place is None:
        faults["place"] = _("请写移到哪个位置。")
    if reason in (MoveReason.RESOLD, MoveReason.RENTED) and to.pk == row.customer_id:
        faults["customer"] = _("它现在就在这家客户。同一家内移动请选“移位”。")
    if reason == MoveReason.RETURNED and row.owner_id == row.customer_id:
        faults["reason"] = _("使用方就是所有方，没有可退回的。")
    if to.status == CustomerStatus.MERGED:
        faults["customer"] = _("这家客户已经合并到别家，请选合并后的那一家。")
    if serviced_by is not None and serviced_by.relation != Relation.DEALER:
        faults["serviced_by"] = _("%(name)s 不是经销商。我方服务的就空着。") % {
            "name": serviced_by.name
        }
    if faults:
        raise BadInput(faults)


def _carry(
    row: Asset, reason: MoveReason, to: Customer, owner: Customer | None, serviced_by: Customer | None, place: Place | None,
    at: datetime,
) -> None:  # fmt: skip
    row.place = place
    row.status = STAGE_AFTER.get(reason, Status(row.status))
    if reason == MoveReason.RELOCATED:
        return
    # a set, a parent machine and a nickname are the former customer's
    row.customer, row.machine_set, row.parent, row.nickname = to, None, None, ""
    row.serviced_by = serviced_by
    if reason == MoveReason.RESOLD:
        row.owner = owner or to
        if not row.model.terms.transfers and row.warranty_ended_on is None:
            row.warranty_ended_on = today_of(at)


def _remember(
    row: Asset,
    was: str,
    reason: MoveReason,
    note: str,
    *,
    at: datetime,
    by: User | None,
    now: datetime,
) -> None:
    """The stage and the stay that this move begins; the former stay ends."""
    if row.status != was:
        StageChange.objects.create(
            asset=row, before=was, after=row.status, at=at, why=note, by=by, told_at=now
        )
    Stay.objects.filter(asset=row, to_at=None).update(to_at=at)
    Stay.objects.create(
        asset=row, from_at=at, customer=row.customer, owner=row.owner, serviced_by=row.serviced_by, place=row.place,
        reason=reason, note=note, by=by,
    )  # fmt: skip
