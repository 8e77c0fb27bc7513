"""Readings of meters and points. A counter never goes back."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile
from bihuan.apps.assets.actions.common import tell_of
from bihuan.apps.assets.actions.parts import warn_parts
from bihuan.apps.assets.models import Asset, Check, Meter, Reading
from bihuan.apps.assets.refusals import MeterAhead, MeterBack
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput

MOST = Decimal("1e9")


def record_reading(
    *,
    asset: Asset,
    point: str,
    value: Decimal,
    at: datetime,
    by: User | None,
    now: datetime,
    check: Check | None = None,
) -> Reading:
    """One value. Raises BadInput, MeterBack, MeterAhead."""
    if point not in profile.data()["points"]:
        raise BadInput({"point": _("没有这个测点：%(value)s。") % {"value": point}})
    if not value.is_finite() or abs(value) > MOST:
        raise BadInput({"value": _("读数应是数字，而且不能太大。")})
    if at > now:
        raise BadInput({"at": _("时间在将来。读了以后再登记。")})
    known = profile.point(point)
    with transaction.atomic():
        machine = Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        meter, total = _counted(machine, known, value, at, now) if known.counter else (None, None)
        row = Reading.objects.create(
            asset=machine,
            point=point,
            value=value,
            total=total,
            meter=meter,
            check_row=check,
            at=at,
            by=by,
        )
        if (
            point == profile.HOURS
            and total is not None
            and (machine.hours_at is None or at >= machine.hours_at)
        ):
            Asset.objects.filter(pk=machine.pk).update(hours=total, hours_at=at)
            machine.hours = total
        data = {"point": point, "value": float(value), "unit": known.unit}
        tell_of(machine, "asset.reading", at=at, now=now, by=by, data=data, key=f"reading:{row.pk}")
        warn_parts(machine, now=now, by=by)
        return row


def _counted(
    asset: Asset, point: profile.Point, value: Decimal, at: datetime, now: datetime
) -> tuple[Meter, Decimal]:
    """The meter that ran then, and the total; the value must lie between its neighbours."""
    if value < 0:
        raise BadInput({"value": _("读数不能小于 0。")})
    meters = Meter.objects.filter(asset=asset, point=point.code)
    meter = (
        meters.filter(fitted_at__lte=at).order_by("-number").first()
        or meters.order_by("number").first()
    )
    if meter is None:
        meter = Meter.objects.create(asset=asset, point=point.code, fitted_at=at)
    if meter.replaced_at is not None and at > meter.replaced_at:
        raise BadInput({"at": _("这块表已经换下。")})
    before = meter.readings.filter(at__lte=at).order_by("-at", "-pk").first()
    floor = before.value if before else meter.start
    if value < floor:
        day = timezone.localtime(before.at if before else meter.fitted_at).date()
        raise MeterBack(
            point=point.title, value=value.normalize(), day=day, before=floor.normalize()
        )
    after = meter.readings.filter(at__gt=at).order_by("at", "pk").first()
    if after is not None and value > after.value:
        raise MeterAhead(
            point=point.title,
            value=value.normalize(),
            day=timezone.localtime(after.at).date(),
            after=after.value.normalize(),
        )
    if meter.last_at is None or at >= meter.last_at:
        meter.last, meter.last_at = value, at
        meter.fitted_at = min(meter.fitted_at, at)
        meter.save(update_fields=["last", "last_at", "fitted_at"])
    return meter, (meter.offset + value - meter.start).quantize(Decimal("0.01"))


def replace_meter(
    *,
    asset: Asset,
    point: str,
    last: Decimal,
    start: Decimal,
    at: datetime,
    why: str,
    by: User | None,
    now: datetime,
) -> Meter:
    """A counter was replaced: the old one showed `last`, the new one shows `start`.

    Raises BadInput, MeterBack.
    """
    if not profile.data()["points"].get(point, {}).get("counter"):
        raise BadInput({"point": _("这不是累计表。")})
    if not why.strip():
        raise BadInput({"why": _("请写为什么换表。")})
    if start < 0 or at > now:
        raise BadInput({"start": _("新表读数不能小于 0，时间不能在将来。")})
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        if Reading.objects.filter(asset=asset, point=point, at__gt=at).exists():
            raise BadInput({"at": _("在这个时间以后已经有读数。请写更晚的时间。")})
        final = record_reading(asset=asset, point=point, value=last, at=at, by=by, now=now)
        assert final.meter is not None
        assert final.total is not None
        Meter.objects.filter(pk=final.meter.pk).update(replaced_at=at, why=why.strip()[:200])
        row = Meter.objects.create(
            asset=asset,
            point=point,
            number=final.meter.number + 1,
            offset=final.total,
            start=start,
            fitted_at=at,
        )
        log(
            "meter.replace",
            by=by,
            now=now,
            thing=asset,
            after={"point": point, "last": last, "start": start},
        )
        return row
