"""Parts go in and out; what was inside on any day stays known."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile
from bihuan.apps.assets.actions.common import pack_or_none, tell_of, today_of
from bihuan.apps.assets.enums import PartWhy
from bihuan.apps.assets.models import Asset, Part
from bihuan.apps.assets.refusals import HasParts, PartElsewhere, PartOverLife, PositionTaken
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput, ChangedMeanwhile
from bihuan.base.texts import listed

LIMITS = ("cycles", "cycle_limit", "hours_before", "hour_limit", "expires_on")


def install_part(
    *, asset: Asset, position: str, name: str, installed_on: date, by: User | None, now: datetime, part_no: str = "",
    serial: str = "", parent: Part | None = None, **limits: Any,
) -> Part:  # fmt: skip
    """Put a part into a free position; `limits` are fields of LIMITS.

    Raises BadInput, PositionTaken, PartElsewhere, PartOverLife.
    """
    if unknown := set(limits) - set(LIMITS):
        raise TypeError(f"no such limits of a part: {sorted(unknown)}")
    _check(position, name, installed_on, parent, asset, now)
    with transaction.atomic():
        machine = (
            Asset.objects.select_for_update(of=("self",), no_key=True)
            .select_related("model")
            .get(pk=asset.pk)
        )
        here = Part.objects.inside().filter(asset=machine, position=position.strip()).first()
        if here is not None:
            raise PositionTaken(
                position=position.strip(), part=f"{here.name} {here.serial}".strip()
            )
        if serial.strip():
            other = (
                Part.objects.inside()
                .filter(part_no=part_no.strip(), serial=serial.strip())
                .select_related("asset__model")
                .first()
            )
            if other is not None:
                raise PartElsewhere(serial=serial.strip(), asset=str(other.asset))
        row = Part(
            asset=machine, parent=parent, position=position.strip(), part_no=part_no.strip(), name=name.strip(), serial=serial.strip(),
            installed_on=installed_on, hours_at_install=machine.hours or 0, by=by, added_at=now, **limits,
        )  # fmt: skip
        left = row.life(today_of(now), float(machine.hours or 0))
        if left is not None and left.is_over:
            raise PartOverLife(part=f"{row.name} {row.serial}".strip())
        row.save(force_insert=True)
        log(
            "part.install",
            by=by,
            now=now,
            thing=row,
            after={"position": row.position, "serial": row.serial},
        )
        return row


def _check(
    position: str, name: str, installed_on: date, parent: Part | None, asset: Asset, now: datetime
) -> None:
    faults: dict[str, str] = {}
    if not position.strip():
        faults["position"] = _("请写位置号。")
    if not name.strip():
        faults["name"] = _("请写部件名称。")
    if installed_on > today_of(now):
        faults["installed_on"] = _("日期在将来。装上以后再登记。")
    if parent is not None and (parent.asset_id != asset.pk or parent.removed_on is not None):
        faults["parent"] = _("上级部件要装在这台设备里。")
    if faults:
        raise BadInput(faults)


def remove_part(
    *, part: Part, removed_on: date, why: PartWhy, by: User | None, now: datetime
) -> Part:
    """Take a part out. Raises BadInput, HasParts, ChangedMeanwhile."""
    if removed_on > today_of(now):
        raise BadInput({"removed_on": _("日期在将来。拆下以后再登记。")})
    if removed_on < part.installed_on:
        raise BadInput(
            {"removed_on": _("拆下日不能早于装上日 %(day)s。") % {"day": part.installed_on}}
        )
    if why not in {str(each) for each in PartWhy}:
        raise BadInput({"why": _("没有这个选项：%(value)s。") % {"value": why}})
    with transaction.atomic():
        inner = list(Part.objects.inside().filter(parent=part))
        if inner:
            raise HasParts(parts=listed(f"{each.position} {each.name}" for each in inner))
        if not Part.objects.filter(pk=part.pk, removed_on=None).update(
            removed_on=removed_on, why=why
        ):
            raise ChangedMeanwhile
        part.refresh_from_db()
        log("part.remove", by=by, now=now, thing=part, after={"why": why})
        return part


def replace_part(
    *,
    part: Part,
    on: date,
    why: PartWhy,
    serial: str,
    by: User | None,
    now: datetime,
    **limits: Any,
) -> Part:
    """Another part of the same kind in the same position; returns the new one. Raises as both."""
    with transaction.atomic():
        old = remove_part(part=part, removed_on=on, why=why, by=by, now=now)
        values = {
            "cycle_limit": old.cycle_limit, "hour_limit": old.hour_limit,
            "part_no": old.part_no, "parent": old.parent,
        } | limits  # fmt: skip
        return install_part(
            asset=old.asset,
            position=old.position,
            name=old.name,
            installed_on=on,
            serial=serial,
            by=by,
            now=now,
            **values,
        )


def add_cycles(*, part: Part, cycles: int, by: User | None, now: datetime) -> Part:
    """So many more cycles were run; tells `part.life_ending` once when little is left. Raises BadInput."""
    if cycles <= 0:
        raise BadInput({"cycles": _("循环次数要大于 0。")})
    with transaction.atomic():
        row = Part.objects.select_for_update(of=("self",)).select_related("asset").get(pk=part.pk)
        if row.removed_on is not None:
            raise ChangedMeanwhile
        row.cycles += cycles
        row.save(update_fields=["cycles"])
        warn_parts(row.asset, now=now, by=by)
        return row


def warn_parts(asset: Asset, *, now: datetime, by: User | None) -> int:
    """Tell `part.life_ending` of each part of this machine that has little left (once a part)."""
    parts = list(Part.objects.inside().filter(asset=asset, warned_at=None).order_by("pk"))
    if not parts:
        return 0
    warn = profile.number("part_life_warn_percent", pack_or_none(now)) / 100
    told = 0
    for part in parts:
        left = part.life(today_of(now), float(asset.hours or 0))
        if left is None or left.left > warn:
            continue
        if Part.objects.filter(pk=part.pk, warned_at=None).update(warned_at=now):
            data = {"part": f"{part.pk}", "remaining": left.left}
            tell_of(
                asset,
                "part.life_ending",
                at=now,
                now=now,
                by=by,
                data=data,
                key=f"part:{part.pk}:life_ending",
            )
            told += 1
    return told
