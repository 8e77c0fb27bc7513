"""Registering a machine and changing its record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import search
from bihuan.apps.assets.actions.common import noon, tell_of, today_of
from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Asset, Model, StageChange, Stay
from bihuan.apps.assets.models.asset import new_token
from bihuan.apps.assets.refusals import OutOfReach, SerialTaken
from bihuan.apps.assets.rules.warranty import warranty
from bihuan.apps.customers.enums import Relation
from bihuan.apps.customers.enums import Status as CustomerStatus
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import may
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile

EDITABLE = frozenset({
    "place", "parent", "machine_set", "spare", "critical", "connected", "firmware", "order_no", "nickname",
})  # fmt: skip
PARTIES = frozenset({"owner", "sold_to", "serviced_by"})
TOKEN_SHORTEST = 16


def add_asset(
    *, model: Model, serial: str, customer: Customer, by: User | None, now: datetime, token: str = "",
    status: Status = Status.PRODUCED, delivered_on: date | None = None, commissioned_on: date | None = None,
    at: datetime | None = None, **values: Any,
) -> Asset:  # fmt: skip
    """
    Register a machine; `values` are owner, sold_to, serviced_by and fields of EDITABLE. A machine
    that was delivered before it is registered gets its dates here (a ledger of the installed base):
    then only `asset.added` is told. Raises BadInput, SerialTaken, OutOfReach.
    """
    if unknown := set(values) - EDITABLE - PARTIES:
        raise TypeError(f"no such fields of a machine: {sorted(unknown)}")
    clean = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    clean.setdefault("owner", customer)
    clean["owner"] = clean["owner"] or customer
    clean.setdefault("sold_to", customer)
    status = _stage_of(status, delivered_on, commissioned_on)
    _check(clean, customer, None)
    _check_new(serial, token, customer, delivered_on, commissioned_on, today_of(now))
    with transaction.atomic():
        if Asset.objects.filter(model=model, serial=serial.strip()).exists():
            raise SerialTaken(model=model.code, serial=serial.strip())
        # no contract can have named it yet
        first = warranty(model.terms, delivered_on=delivered_on, commissioned_on=commissioned_on)
        row = Asset.objects.create(
            model=model, serial=serial.strip(), customer=customer, token=token or new_token(), status=status,
            delivered_on=delivered_on, commissioned_on=commissioned_on, warranty_from=first.from_on,
            warranty_to=first.to_on, added_at=now, changed_at=now, **clean,
        )  # fmt: skip
        if by is not None and not may(by, "assets.edit", row):
            raise OutOfReach
        begun = at or (noon(delivered_on, now) if delivered_on else now)
        _begin(row, begun, by, now)
        tell_of(
            row,
            "asset.added",
            at=at or now,
            now=now,
            by=by,
            data={"order": row.order_no or None},
            key=f"asset:{row.pk}:added",
        )
        log(
            "asset.add",
            by=by,
            now=now,
            thing=row,
            after={"model": model.code, "serial": row.serial, "customer": customer.pk},
        )
        search.put_assets([row])
        return row


def _begin(row: Asset, at: datetime, by: User | None, now: datetime) -> None:
    """The first stage and the first stay."""
    StageChange.objects.create(asset=row, after=row.status, at=at, by=by, told_at=now)
    Stay.objects.create(
        asset=row, from_at=at, customer=row.customer, owner=row.owner, serviced_by=row.serviced_by,
        place=row.place, by=by,
    )  # fmt: skip


def _stage_of(status: Status, delivered_on: date | None, commissioned_on: date | None) -> Status:
    """A machine with dates is as far as its dates."""
    if status != Status.PRODUCED:
        return status
    if commissioned_on is not None:
        return Status.IN_USE
    return Status.DELIVERED if delivered_on is not None else Status.PRODUCED


def _check_new(
    serial: str,
    token: str,
    customer: Customer,
    delivered_on: date | None,
    commissioned_on: date | None,
    today: date,
) -> None:
    faults: dict[str, str] = {}
    if not serial.strip():
        faults["serial"] = _("请写出厂编号。")
    if token and (len(token) < TOKEN_SHORTEST or Asset.objects.filter(token=token).exists()):
        faults["token"] = _("二维码标识已经用在别的设备上，或太短。")
    if customer.status == CustomerStatus.MERGED:
        faults["customer"] = _("这家客户已经合并到别家，请选合并后的那一家。")
    for name, day in (("delivered_on", delivered_on), ("commissioned_on", commissioned_on)):
        if day is not None and day > today:
            faults[name] = _("日期在将来。发生以后再登记。")
    if delivered_on and commissioned_on and commissioned_on < delivered_on:
        faults["commissioned_on"] = _("验收日不能早于交付日 %(day)s。") % {"day": delivered_on}
    if faults:
        raise BadInput(faults)


def _check(clean: Mapping[str, Any], customer: Customer, old: Asset | None) -> None:
    faults: dict[str, str] = {}
    place, machine_set, parent = clean.get("place"), clean.get("machine_set"), clean.get("parent")
    if place is not None and place.customer_id != customer.pk:
        faults["place"] = _("位置要是这家客户的。")
    if machine_set is not None and machine_set.customer_id != customer.pk:
        faults["machine_set"] = _("成套要是这家客户的。")
    if parent is not None:
        if parent.customer_id != customer.pk:
            faults["parent"] = _("上级设备要在同一家客户。")
        elif old is not None and _above(parent, old):
            faults["parent"] = _("上级设备绕成了一个圈。")
    dealer = clean.get("serviced_by")
    if dealer is not None and dealer.relation != Relation.DEALER:
        faults["serviced_by"] = _("%(name)s 不是经销商。我方服务的就空着。") % {"name": dealer.name}
    if faults:
        raise BadInput(faults)


def _above(parent: Asset, child: Asset) -> bool:
    seen: set[int] = set()
    current: Asset | None = parent
    while current is not None and current.pk not in seen:
        if current.pk == child.pk:
            return True
        seen.add(current.pk)
        current = current.parent
    return False


def change_asset(*, asset: Asset, by: User | None, now: datetime, **changes: Any) -> Asset:
    """Change fields of EDITABLE; who has the machine is changed by `move` only.

    Raises BadInput, ChangedMeanwhile (the row was changed since `asset` was read).
    """
    if unknown := set(changes) - EDITABLE:
        raise TypeError(f"no such fields of a machine: {sorted(unknown)}")
    clean = {
        name: value.strip() if isinstance(value, str) else value for name, value in changes.items()
    }
    with transaction.atomic():
        row = (
            Asset.objects.select_for_update(of=("self",), no_key=True)
            .select_related("model", "customer")
            .get(pk=asset.pk)
        )
        if row.version != asset.version:
            raise ChangedMeanwhile
        _check(clean, row.customer, row)
        before = {name: _plain(getattr(row, name)) for name in clean}
        if all(getattr(row, name) == value for name, value in clean.items()):
            return row
        place_before = row.place_id
        for name, value in clean.items():
            setattr(row, name, value)
        row.changed_at, row.version = now, row.version + 1
        row.save()
        if row.place_id != place_before:
            _new_stay(row, by, now)
        log(
            "asset.change",
            by=by,
            now=now,
            thing=row,
            before=before,
            after={name: _plain(getattr(row, name)) for name in clean},
        )
        search.put_assets([row])
        return row


def _new_stay(row: Asset, by: User | None, now: datetime) -> None:
    """A corrected place begins a new stay, so that the machine's history shows both."""
    Stay.objects.filter(asset=row, to_at=None).update(to_at=now)
    Stay.objects.create(
        asset=row,
        from_at=now,
        customer=row.customer,
        owner=row.owner,
        serviced_by=row.serviced_by,
        place=row.place,
        by=by,
    )


def _plain(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else value


def new_label(*, asset: Asset, by: User | None, now: datetime) -> Asset:
    """A new token: the old label leads nowhere from now on (it was copied or lost)."""
    with transaction.atomic():
        row = (
            Asset.objects.select_for_update(of=("self",), no_key=True)
            .select_related("model", "customer")
            .get(pk=asset.pk)
        )
        row.token = new_token()
        row.version += 1
        row.save(update_fields=["token", "version"])
        log("asset.new_label", by=by, now=now, thing=row)
        return row
