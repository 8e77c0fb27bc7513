"""Times in which alarms of machines are expected: which hold now, which come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import time_format

from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.models import Expected
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import listed


def expecting(assets: Iterable[int], at: datetime) -> set[int]:
    """Those of these machines whose alarms are expected at a moment (one query)."""
    return {asset for asset, rows in between(assets, at, at).items() if holds(rows, at)}


def between(assets: Iterable[int], first: datetime, last: datetime) -> dict[int, list[Expected]]:
    """Of these machines the times that touch a span (one query)."""
    found: dict[int, list[Expected]] = {}
    for row in Expected.objects.filter(
        asset__in=set(assets), from_at__lte=last, until_at__gt=first
    ):
        found.setdefault(row.asset_id, []).append(row)
    return found


def holds(rows: Iterable[Expected], at: datetime) -> bool:
    """Whether alarms are expected by any of these times at a moment."""
    zone = timezone.get_current_timezone()
    return any(row.times.holds(at, zone) for row in rows)


def of_machine(asset: int, now: datetime) -> list[dict[str, Any]]:
    """All of a machine: what holds or comes first, then the newest of those that are over."""
    rows = Expected.objects.filter(asset=asset).select_related("by", "ended_by")
    found = [said(row, now) for row in rows.order_by("-pk")[:50]]
    return sorted(found, key=_order)


def coming(asset: int, now: datetime) -> list[dict[str, Any]]:
    """What holds or comes of a machine, the nearest first."""
    return [each for each in of_machine(asset, now) if each["next"] is not None]


def everywhere(person: User, now: datetime, most: int) -> list[dict[str, Any]]:
    """What holds or comes of the machines that a person sees, the nearest first."""
    rows: QuerySet[Expected] = visible(Expected.objects.all(), person, "monitoring.see")
    rows = rows.filter(until_at__gt=now, ended_at=None).select_related(
        "by", "asset__model", "asset__customer"
    )
    found = [said(row, now) for row in rows.order_by("from_at", "pk")[:500]]
    return sorted((each for each in found if each["next"]), key=_order)[:most]


def quiet_now(person: User, now: datetime, most: int) -> list[dict[str, Any]]:
    """One time for each machine that a person sees and whose alarms are expected now."""
    held = [each for each in everywhere(person, now, most) if each["holds"]]
    return list({each["row"].asset_id: each for each in held}.values())


def said(row: Expected, now: datetime) -> dict[str, Any]:
    """A time as pages show it; `next` is the run that holds or comes, none when it is over."""
    run = row.times.run(now, timezone.get_current_timezone())
    return {
        "row": row, "reason": words.title(words.AWAITED, row.reason), "next": run,
        "holds": run is not None and run[0] <= now, "days": listed(words.title(words.DAYS, str(day)) for day in sorted(row.days)),
        "clock": f"{time_format(row.starts, 'H:i')}–{time_format(row.ends, 'H:i')}" if row.starts and row.ends else "",
    }  # fmt: skip


def _order(each: dict[str, Any]) -> tuple[bool, float]:
    run = each["next"]
    return (run is None, run[0].timestamp() if run else -each["row"].until_at.timestamp())
