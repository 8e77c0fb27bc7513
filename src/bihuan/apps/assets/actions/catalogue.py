"""Models, and the numbers that customers call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile
from bihuan.apps.assets.actions.warranties import refresh_warranty
from bihuan.apps.assets.models import Asset, Model, ServiceLine
from bihuan.apps.customers.actions.checks import spelling
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput

FIELDS = frozenset({
    "code", "maker", "name", "family", "warranty_months", "warranty_latest_months", "limits", "note", "retired_on",
})  # fmt: skip
LONGEST_WARRANTY = 240


def add_model(*, by: User | None, now: datetime, code: str, name: str, **values: Any) -> Model:
    """A new model. Raises BadInput."""
    clean = _checked({"code": code, "name": name, **values}, None)
    with transaction.atomic():
        row = Model.objects.create(added_at=now, changed_at=now, **clean)
        log("asset_model.add", by=by, now=now, thing=row, after={"code": row.code})
        return row


def change_model(*, model: Model, by: User | None, now: datetime, **changes: Any) -> Model:
    """Change a model; the warranty of its machines is computed again. Raises BadInput."""
    clean = _checked(changes, model)
    with transaction.atomic():
        row = Model.objects.select_for_update().get(pk=model.pk)
        before = {name: getattr(row, name) for name in clean}
        if all(before[name] == value for name, value in clean.items()):
            return row
        for name, value in clean.items():
            setattr(row, name, value)
        row.changed_at = now
        row.save()
        if {"family", "warranty_months", "warranty_latest_months"} & set(clean):
            for asset in Asset.objects.select_related("model").filter(model=row).order_by("pk"):
                refresh_warranty(asset)
        log("asset_model.change", by=by, now=now, thing=row, before=before, after=clean)
        return row


def _checked(values: dict[str, Any], old: Model | None) -> dict[str, Any]:
    if unknown := set(values) - FIELDS:
        raise TypeError(f"no such fields of a model: {sorted(unknown)}")
    clean: dict[str, Any] = {
        name: value.strip() if isinstance(value, str) else value for name, value in values.items()
    }
    faults: dict[str, str] = {}
    for name in ("code", "name"):
        if name in clean and not clean[name]:
            faults[name] = _("请填写。")
    if clean.get("family") and clean["family"] not in profile.data()["families"]:
        faults["family"] = _("没有这个产品系列：%(value)s。") % {"value": clean["family"]}
    for name in ("warranty_months", "warranty_latest_months"):
        months = clean.get(name)
        if months is not None and not 0 <= months <= LONGEST_WARRANTY:
            faults[name] = _("保修月数在 0 到 %(most)s 之间。") % {"most": LONGEST_WARRANTY}
    if "code" in clean or "maker" in clean:
        code = clean.get("code", old.code if old else "")
        maker = clean.get("maker", old.maker if old else "")
        if Model.objects.filter(code=code, maker=maker).exclude(pk=old.pk if old else 0).exists():
            faults["code"] = _("型号 %(code)s 已经有了。") % {"code": code}
    if faults:
        raise BadInput(faults)
    if "name" in clean:
        spelled = spelling(f"{clean['name']}")
        clean.update(pinyin=spelled["pinyin"][:240], initials=spelled["initials"][:60])
    return clean


def set_service_line(
    *, family: str, phone: str, hours: str = "", by: User | None, now: datetime
) -> ServiceLine:
    """The number to call for a family, or for all machines (`family` empty). Raises BadInput."""
    if family and family not in profile.data()["families"]:
        raise BadInput({"family": _("没有这个产品系列：%(value)s。") % {"value": family}})
    if not 3 <= len(phone.strip()) <= 30 or not any(each.isdigit() for each in phone):
        raise BadInput({"phone": _("电话应由数字组成，例如 400-888-6666。")})
    with transaction.atomic():
        row, _made = ServiceLine.objects.update_or_create(
            family=family, defaults={"phone": phone.strip(), "hours": hours.strip()[:80]}
        )
        log("service_line.set", by=by, now=now, thing=row, after={"family": family})
        return row


def is_made(model: Model, day: date) -> bool:
    """Whether the model was still made on a day."""
    return model.retired_on is None or day <= model.retired_on
