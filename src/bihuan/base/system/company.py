"""Whose installation this is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from bihuan.base.access.models import User
from bihuan.base.audit.actions import log
from bihuan.base.seldom import seldom
from bihuan.base.sql import rows
from bihuan.base.system.models import CompanyRow

NAMELESS = "闭环 Bihuan"


@dataclass(frozen=True)
class Company:
    """`logo_url` is empty while there is no logo; `zone` is an IANA time zone."""

    name: str
    short_name: str
    logo_url: str
    zone: str
    code: str


def company() -> Company:
    """The company; before `bihuan init` the product's own name stands in."""
    found = _row()
    if not found:
        return Company(NAMELESS, NAMELESS, "", "Asia/Shanghai", "")
    ((name, short_name, logo_hash, zone_name, code),) = found
    logo = f"{reverse('system:logo')}?{logo_hash}" if logo_hash else ""
    return Company(name, short_name or name, logo, zone_name, code)


@seldom("system_company")
def _row() -> list[tuple[str, ...]]:
    return rows("SELECT name, short_name, logo_hash, zone, code FROM system_company WHERE id = 1")


def zone() -> ZoneInfo:
    """The company's time zone."""
    return ZoneInfo(company().zone)


def set_company(
    *,
    by: User | None,
    now: datetime,
    name: str,
    short_name: str = "",
    zone: str = "Asia/Shanghai",
    code: str = "",
) -> Company:
    """Name the company of this installation."""
    values = {"name": name, "short_name": short_name, "zone": zone, "code": code}
    with transaction.atomic():
        old = CompanyRow.objects.filter(pk=1).values("name", "short_name", "zone", "code").first()
        if old != values:
            CompanyRow.objects.update_or_create(pk=1, defaults=values)
            log(
                "company.named",
                by=by,
                now=now,
                thing=("system.Company", 1),
                before=old,
                after=values,
            )
    return company()


def set_logo(content: bytes, *, by: User | None, now: datetime) -> Company:
    """Keep the logo, written anew as PNG of at most 512 px. Raises evidence's refusals."""
    from bihuan.base.evidence.images import as_png

    image = as_png(content, longest=512)
    mark = hashlib.sha256(image).hexdigest()[:16]
    with transaction.atomic():
        CompanyRow.objects.update_or_create(
            pk=1,
            defaults={"logo": image, "logo_kind": "image/png", "logo_hash": mark},
            create_defaults={
                "name": NAMELESS,
                "logo": image,
                "logo_kind": "image/png",
                "logo_hash": mark,
            },
        )
        log("company.logo", by=by, now=now, thing=("system.Company", 1), after={"sha256": mark})
    return company()
