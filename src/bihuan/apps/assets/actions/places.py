"""Places of customers and machine sets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from bihuan.apps.assets.enums import PlaceKind
from bihuan.apps.assets.models import Asset, MachineSet, Place
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput

SLASH = " / "


def add_place(
    *, customer: Customer, name: str, by: User | None, now: datetime, parent: Place | None = None,
    kind: PlaceKind = PlaceKind.SITE, address: str = "",
) -> Place:  # fmt: skip
    """A place below another of the same customer. Raises BadInput."""
    name = name.strip()
    if not name or SLASH.strip() in name:
        raise BadInput({"name": _("请写位置名称，里面不要有斜杠。")})
    if parent is not None and parent.customer_id != customer.pk:
        raise BadInput({"parent": _("上级位置要是这家客户的。")})
    path = f"{parent.path}{SLASH}{name}" if parent else name
    if len(path) > 400:
        raise BadInput({"name": _("层级太深，名称请写短一些。")})
    with transaction.atomic():
        if Place.objects.filter(customer=customer, path=path).exists():
            raise BadInput({"name": _("位置“%(path)s”已经有了。") % {"path": path}})
        row = Place.objects.create(
            customer=customer,
            parent=parent,
            kind=kind,
            name=name,
            path=path,
            address=address.strip()[:200],
        )
        log("place.add", by=by, now=now, thing=row, after={"customer": customer.pk, "path": path})
        return row


def place_at(customer: Customer, path: str, *, by: User | None, now: datetime) -> Place:
    """The place of a path (一号楼 / 设备间), made where it is not yet there."""
    kinds = (PlaceKind.SITE, PlaceKind.BUILDING, PlaceKind.ROOM, PlaceKind.SPOT)
    found: Place | None = None
    for depth, name in enumerate(
        part.strip() for part in path.replace("／", "/").split("/") if part.strip()
    ):
        full = f"{found.path}{SLASH}{name}" if found else name
        there = Place.objects.filter(customer=customer, path=full).first()
        kind = kinds[min(depth, len(kinds) - 1)]
        found = there or add_place(
            customer=customer, name=name, parent=found, kind=kind, by=by, now=now
        )
    if found is None:
        raise BadInput({"place": _("请写位置。")})
    return found


def close_place(*, place: Place, on: date, by: User | None, now: datetime) -> Place:
    """The place is no more; no machine may stand there. Raises BadInput."""
    if Asset.objects.living().filter(place=place).exists():
        raise BadInput({"place": _("这里还有设备。请先把它们移走。")})
    if Place.objects.filter(parent=place, closed_on=None).exists():
        raise BadInput({"place": _("下面还有位置。请先关闭下面的。")})
    with transaction.atomic():
        Place.objects.filter(pk=place.pk, closed_on=None).update(closed_on=on)
        log("place.close", by=by, now=now, thing=place)
        place.closed_on = on
        return place


def make_set(
    *,
    customer: Customer,
    code: str,
    name: str,
    members: Sequence[Asset],
    by: User | None,
    now: datetime,
    place: Place | None = None,
) -> MachineSet:
    """Machines that only work together. Raises BadInput."""
    faults: dict[str, str] = {}
    if not code.strip() or MachineSet.objects.filter(code=code.strip()).exists():
        faults["code"] = _("请写一个没有用过的编号。")
    if not name.strip():
        faults["name"] = _("请写成套的名称。")
    if any(each.customer_id != customer.pk for each in members):
        faults["members"] = _("设备都要在这家客户。")
    if any(each.machine_set_id is not None for each in members):
        faults["members"] = _("有设备已经属于别的成套。")
    if faults:
        raise BadInput(faults)
    with transaction.atomic():
        row = MachineSet.objects.create(
            customer=customer, code=code.strip(), name=name.strip()[:80], place=place
        )
        Asset.objects.filter(pk__in=[each.pk for each in members]).update(
            machine_set=row, changed_at=now, version=F("version") + 1
        )
        log(
            "machine_set.make",
            by=by,
            now=now,
            thing=row,
            after={"members": [each.pk for each in members]},
        )
        return row
