"""Inspections and health checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets.actions.common import tell_of
from bihuan.apps.assets.actions.readings import record_reading
from bihuan.apps.assets.enums import CheckKind, Grade
from bihuan.apps.assets.models import Asset, Check
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput


def add_inspection(
    *, asset: Asset, at: datetime, findings: int, by: User | None, now: datetime, wear: Decimal | None = None,
    performance: Decimal | None = None, text: str = "", readings: Mapping[str, Decimal] | None = None,
) -> Check:  # fmt: skip
    """What an inspection found, with its readings; all or nothing. Raises BadInput and what
    `record_reading` raises.
    """
    faults = {
        name: _("在 0 和 1 之间。")
        for name, value in (("wear", wear), ("performance", performance))
        if value is not None and not 0 <= value <= 1
    }
    if findings < 0:
        faults["findings"] = _("问题数不能小于 0。")
    _in_past(at, now, faults)
    with transaction.atomic():
        row = _new(
            asset,
            CheckKind.INSPECTION,
            "XJ",
            at,
            by,
            findings=findings,
            wear=wear,
            performance=performance,
            text=text,
        )
        for point, value in (readings or {}).items():
            record_reading(asset=asset, point=point, value=value, at=at, by=by, now=now, check=row)
        data = {
            "inspection": row.no, "findings": findings, "wear": float(wear) if wear is not None else None,
            "performance": float(performance) if performance is not None else None,
        }  # fmt: skip
        tell_of(asset, "asset.inspected", at=at, now=now, by=by, data=data, key=f"check:{row.pk}")
        log(
            "asset.inspect", by=by, now=now, thing=asset, after={"no": row.no, "findings": findings}
        )
        return row


def add_health_check(
    *, asset: Asset, at: datetime, grade: Grade, text: str, by: User | None, now: datetime
) -> Check:
    """The result of a yearly health check. Raises BadInput."""
    faults: dict[str, str] = {}
    if grade not in {str(each) for each in Grade}:
        faults["grade"] = _("没有这个选项：%(value)s。") % {"value": grade}
    if not text.strip():
        faults["text"] = _("请写结论与建议，客户要看。")
    _in_past(at, now, faults)
    with transaction.atomic():
        row = _new(asset, CheckKind.HEALTH, "TJ", at, by, grade=grade, text=text)
        tell_of(
            asset,
            "health.checked",
            at=at,
            now=now,
            by=by,
            data={"check": row.no, "grade": str(grade)},
            key=f"check:{row.pk}",
        )
        log("asset.health_check", by=by, now=now, thing=asset, after={"no": row.no, "grade": grade})
        return row


def _in_past(at: datetime, now: datetime, faults: dict[str, str]) -> None:
    if at > now:
        faults["at"] = _("时间在将来。做了以后再登记。")
    if faults:
        raise BadInput(faults)


def _new(
    asset: Asset, kind: CheckKind, mark: str, at: datetime, by: User | None, **values: object
) -> Check:
    row = Check.objects.create(
        asset=asset, kind=kind, at=at, by=by, no=f"~{kind}{asset.pk}{at.timestamp()}"[:40], **values
    )
    row.no = f"{mark}-{timezone.localtime(at):%Y%m%d}-{row.pk:04d}"
    row.save(update_fields=["no"])
    return row
