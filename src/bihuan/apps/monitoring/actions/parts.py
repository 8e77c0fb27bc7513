"""A part is replaced, or its wear was measured: what is left is counted anew from there."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from bihuan.apps.assets import actions as assets
from bihuan.apps.assets.enums import PartWhy
from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.models import Part as Fitted
from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.catalogue import plans, template_for
from bihuan.apps.monitoring.models import Condition, Wear
from bihuan.apps.monitoring.refusals import NoSuchPart, ReasonMissing
from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.errors import BadInput
from bihuan.base.facts.actions import tell
from bihuan.lib.condition import Part

NOTE = 200


def part_of(asset: Asset, code: str) -> Part:
    """The part of this name in the machine's template. Raises NoSuchPart."""
    template = template_for(asset)
    part = plans()[template.code].part(code) if template else None
    if part is None:
        raise NoSuchPart
    return part


def replace(
    *, asset: Asset, part: str, on: date, why: PartWhy, note: str, serial: str = "", by: User | None, now: datetime
) -> Fitted:  # fmt: skip
    """Another part in its place: its life begins anew, on the record of the machine's parts; tells
    `part.replaced`. Raises NoSuchPart, ReasonMissing, BadInput and what the record refuses.
    """
    known = part_of(asset, part)
    if not note.strip():
        raise ReasonMissing
    with transaction.atomic():
        Asset.objects.select_for_update(of=("self",), no_key=True).get(pk=asset.pk)
        old = Fitted.objects.inside().filter(asset=asset, position=known.position).first()
        worn = _wear(asset, part)
        if old is not None:
            new = assets.replace_part(part=old, on=on, why=why, serial=serial, by=by, now=now)
        else:
            limits: dict[str, Any] = (
                {} if known.counter is not None else {"hour_limit": int(known.limit)}
            )
            new = assets.install_part(
                asset=asset, position=known.position, name=known.title["zh"], installed_on=on, serial=serial, by=by, now=now, **limits,
            )  # fmt: skip
        said = {
            "part": part,
            "serial": serial.strip(),
            "why": str(why),
            "note": note.strip()[:NOTE],
            "wear": worn,
        }
        log("part.renew", by=by, now=now, thing=asset, after=said)
        tell(
            "part.replaced", at=now, now=now, by=by, subjects=subjects(asset), key=f"part:{new.pk}:replaced",
            data={"change": f"HJ-{new.pk}", "part": part, "why": str(why), "wear": worn},
        )  # fmt: skip
        assess([asset.pk], now)
    return new


def measure(
    *, asset: Asset, part: str, at: datetime, wear: float, note: str, by: User | None, now: datetime
) -> Wear:
    """A wear (0 new, 1 used up) that an inspection measured: recorded as an inspection, and the
    estimate goes on from it. Raises NoSuchPart, BadInput.
    """
    known = part_of(asset, part)
    if not math.isfinite(wear) or not 0 <= wear <= 1:
        raise BadInput({"wear": _("磨损在 0（新）和 1（用完）之间。")})
    fitted = Fitted.objects.inside().filter(asset=asset, position=known.position).first()
    if fitted is not None and timezone.localdate(at) < fitted.installed_on:
        raise BadInput(
            {
                "at": _("现在这个部件是 %(day)s 装上的，测量要在那以后。")
                % {"day": fitted.installed_on}
            }
        )
    with transaction.atomic():
        text = f"{known.title['zh']} {wear:.0%}" + (f"，{note.strip()}" if note.strip() else "")
        check = assets.add_inspection(
            asset=asset,
            at=at,
            findings=0,
            wear=Decimal(str(round(wear, 4))),
            text=text,
            by=by,
            now=now,
        )
        row = Wear.objects.create(
            asset=asset,
            part=part,
            at=at,
            wear=wear,
            note=note.strip()[:NOTE],
            check_row=check,
            by=by,
        )
        assess([asset.pk], now)
    return row


def _wear(asset: Asset, part: str) -> float | None:
    """As it was estimated last."""
    lives = Condition.objects.filter(asset=asset).values_list("lives", flat=True).first() or []
    return next((row.get("wear") for row in lives if row["part"] == part), None)
