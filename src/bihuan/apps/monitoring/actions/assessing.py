"""How a machine is, from its days, alarms, parts and what is owed: written whole, told where it counts."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.contracts.models import PlanVisit
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import SOURCE
from bihuan.apps.monitoring.actions.lives import (
    daily,
    lives_of,
    lives_said,
    lives_told,
    rounded,
    services,
    services_told,
)
from bihuan.apps.monitoring.catalogue import plans, templates
from bihuan.apps.monitoring.enums import Klass, Verdict
from bihuan.apps.monitoring.models import Alarm, Condition, Limit, MachineDay
from bihuan.apps.monitoring.queries.consents import places_from
from bihuan.apps.obligations.enums import LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.base.facts.actions import tell_all
from bihuan.lib import condition as lib
from bihuan.lib.condition import Inputs, Plan, Standing, Warned
from bihuan.lib.machines import Template

log = logging.getLogger(__name__)
OWED = ("maintenance.do", "inspection.do", "health.check")
"""Duties about a machine that count as its maintenance."""
KLASSES = [str(klass) for klass in Klass]
STEADY_S = 900
"""A rule that waits longer than this is about time, not about a value."""


def assess(assets: Iterable[int], now: datetime) -> int:
    """Write the condition of these machines anew and tell what was reached; twice is once. A machine
    that cannot be assessed costs no other its condition.
    """
    done = 0
    for pk in sorted(assets):
        try:
            with transaction.atomic():
                asset = (
                    Asset.objects.select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
                )
                done += asset is not None and _one(asset, now)
        except DatabaseError:
            raise
        except Exception:
            log.exception("machine %s could not be assessed", pk)
    return done


def _one(asset: Asset, now: datetime) -> bool:
    today = timezone.localdate(now)
    last = MachineDay.objects.filter(asset=asset).order_by("-day").first()
    if last is None or last.template not in templates():
        return False
    template, plan = templates()[last.template], plans()[last.template]
    known = Condition.objects.filter(asset=asset).first()
    reach = max(plan.settings.base_days + plan.settings.days, figures.number("usage_days", now))
    days = list(
        MachineDay.objects.filter(asset=asset, day__gte=today - timedelta(days=reach)).order_by(
            "day"
        )
    )
    lives = lives_of(asset, template, plan, days, now)
    alarms = _alarms(asset, plan, now)
    given = Inputs(
        standings=_standings(asset, template, plan, days, today), alarms=[each for each, _ in alarms],
        wear={each.part.code: each.life.wear for each in lives}, drift=_drift(plan, template, days, today),
        late=_late(asset, now), fresh=_fresh(plan, last.day, today),
    )  # fmt: skip
    found = lib.health(given, plan.settings)
    hours = daily(days, today, now, lambda row: row.run_s / 3600)
    coming = services(plan, template, last.totals, days, today, now)
    standing = [row for _, row in alarms if row.cleared_at is None]
    place = _place(asset, days)
    Condition.objects.update_or_create(
        asset=asset,
        defaults={
            "template": template.code, "index": round(found.index, 1) if found else None,
            "confidence": round(found.confidence, 3) if found else 0, "grade": found.grade if found else "",
            "why": _why(found), "lives": lives_said(plan, lives, today), "services": coming,
            "worst_wear": max((each.life.wear for each in lives), default=None), "hours": last.totals.get("HOURS"),
            "hours_a_day": round(lib.rate_of(hours).mean, 3), "open_alarms": len(standing),
            "open_class": max((row.klass for row in standing), key=KLASSES.index, default=""),
            "latitude": place[0], "longitude": place[1], "last_day": last.day, "at": now,
        },
    )  # fmt: skip
    if found is not None and last.day >= today - timedelta(
        days=1
    ):  # its last hours come after midnight
        MachineDay.objects.filter(asset=asset, day=last.day).update(health=round(found.index, 1))
    tellings = [*lives_told(asset, lives, now), *services_told(asset, plan, known, coming, now)]
    tell_all(tellings, now=now, by=None, source=SOURCE)
    return True


def _place(asset: Asset, days: Sequence[MachineDay]) -> tuple[float | None, float | None]:
    """Where it was last seen by its present owner's leave."""
    seen = [row for row in days if row.latitude is not None]
    since = places_from(asset.pk) if seen else None
    after = timezone.localdate(since) if since is not None else date.min
    return next(
        ((row.latitude, row.longitude) for row in reversed(seen) if row.day > after), (None, None)
    )


def _standings(
    asset: Asset, template: Template, plan: Plan, days: Sequence[MachineDay], today: date
) -> list[Standing] | None:
    since = today - timedelta(days=plan.settings.days)
    own = dict(Limit.objects.edges().filter(asset=asset).values_list("rule", "value"))
    found = []
    for code in plan.settings.points or template.main:
        limits = limits_of(template, code, own)
        rows = [row.points[code] for row in days if row.day >= since and code in row.points]
        seconds = sum(row[0] for row in rows)
        if limits and seconds:
            low, high = (sum(row[0] * row[place] for row in rows) / seconds for place in (2, 3))
            found.append(Standing(code, low, high, limits, template.point(code).band))
    return found or None


def limits_of(template: Template, code: str, own: Mapping[str, float | None]) -> list[lib.Limit]:
    """Limits of a point's value itself, with those of this machine alone."""
    place = template.index(code)
    found = []
    for rule in template.rules:
        plain = rule.of is None and not rule.rate and rule.times == 1 and rule.lasting < STEADY_S
        if rule.point == place and plain and not rule.observe:
            value = own.get(rule.code, rule.edge)
            if value is not None:
                found.append(lib.Limit(value, rule.upward, rule.klass))
    return found


def _alarms(asset: Asset, plan: Plan, now: datetime) -> list[tuple[Warned, Alarm]]:
    since = now - timedelta(days=plan.settings.alarm_days)
    rows = Alarm.objects.filter(
        Q(cleared_at=None) | Q(cleared_at__gte=since), Q(merged=None) | ~Q(merged__hushed=""), asset=asset, hushed="",
    )  # fmt: skip
    rows = rows.exclude(verdict=Verdict.FALSE).exclude(kind="OFFLINE").order_by("pk")
    return [
        (Warned(row.rule, row.klass, max(0.0, (now - row.cleared_at).total_seconds() / 86400) if row.cleared_at else 0.0, row.cleared_at is None), row)
        for row in rows
    ]  # fmt: skip


def _drift(
    plan: Plan, template: Template, days: Sequence[MachineDay], today: date
) -> dict[str, float] | None:
    """How far the mean of the last days lies from the days before, in their own deviations."""
    since = today - timedelta(days=plan.settings.days)
    found = {}
    for code in plan.settings.points or template.main:
        usual = [row.points[code][1] for row in days if row.day < since and code in row.points]
        lately = [row.points[code][1] for row in days if row.day >= since and code in row.points]
        if len(usual) >= plan.settings.least_days and lately:
            middle = statistics.fmean(usual)
            spread = max(
                statistics.stdev(usual), 0.02 * abs(middle), template.point(code).dead_band, 1e-9
            )
            found[code] = abs(statistics.fmean(lately) - middle) / spread
    return found or None


def _late(asset: Asset, now: datetime) -> dict[str, float] | None:
    """What is overdue -> days; None where nothing was ever planned for this machine."""
    today = timezone.localdate(now)
    visits = list(PlanVisit.objects.filter(asset=asset).order_by("-on_date")[:50])
    duties = list(
        Obligation.objects.filter(asset_id=asset.pk, kind__in=OWED)
        .order_by("-pk")
        .values_list("kind", "state", "due_at")[:200]
    )
    if not visits and not duties:
        return None
    found: dict[str, float] = {}
    for visit in visits:
        if visit.done_on is None and visit.on_date < today:
            found[visit.kind] = max(found.get(visit.kind, 0.0), float((today - visit.on_date).days))
    for kind, state, due_at in duties:
        if state in LIVE and due_at is not None and due_at < now:
            found[kind] = max(found.get(kind, 0.0), (now - due_at).total_seconds() / 86400)
    return found


def _fresh(plan: Plan, last: date, today: date) -> float:
    """Halved with every span in which nothing came."""
    silent = max(0, (today - last).days - 1)
    return float(0.5 ** (silent / plan.settings.days)) if silent else 1.0


def _why(found: lib.Health | None) -> dict[str, Any]:
    if found is None:
        return {}
    shares = [
        {"name": each.name, "weight": round(each.weight, 4), "level": round(each.level, 1), "lost": round(each.lost, 2), "reasons": [rounded(reason) for reason in each.reasons[:6]]}
        for each in found.shares
    ]  # fmt: skip
    return {
        "shares": shares, "unknown": list(found.unknown), "ceiling": found.ceiling, "because": rounded(found.because)
    }  # fmt: skip
