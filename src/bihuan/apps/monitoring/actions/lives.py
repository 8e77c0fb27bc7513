"""The parts of a machine and its maintenance by counters: what is left, when, and what others hear of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import FloatField, Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone

from bihuan.apps.assets.models import Asset
from bihuan.apps.assets.models import Part as Fitted
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.common import subjects
from bihuan.apps.monitoring.models import Condition, MachineDay, Wear
from bihuan.base.facts.actions import Telling
from bihuan.lib import condition as lib
from bihuan.lib.condition import Measured, Part, Plan, Rate
from bihuan.lib.machines import Template


@dataclass(frozen=True)
class Life:
    """A part of a machine: what is fitted, and what is left of it. `since` None: since it was new."""

    part: Part
    fitted: Fitted | None
    since: date | None
    unit: str
    life: lib.Life
    measured: Wear | None
    rate: Rate

    @property
    def key(self) -> str:
        return f"{self.part.code}:{self.since or 'new'}"


def lives_of(
    asset: Asset, template: Template, plan: Plan, days: Sequence[MachineDay], now: datetime
) -> list[Life]:
    """The parts that the template names: what the record says is fitted, used since by telemetry,
    corrected by what was measured. A part of which nothing is known is left out.
    """
    if not plan.parts:
        return []
    today = timezone.localdate(now)
    fitted = {
        each.position: each for each in Fitted.objects.inside().filter(asset=asset, position__in=[p.position for p in plan.parts])
    }  # fmt: skip
    first = MachineDay.objects.filter(asset=asset).order_by("day").first()
    wears: dict[str, list[Wear]] = {}
    for row in Wear.objects.filter(asset=asset).select_related("by").order_by("at"):
        wears.setdefault(row.part, []).append(row)
    sums = _sums(asset, plan, fitted, wears)
    found = []
    for part in plan.parts:
        own = fitted.get(part.position)
        since = own.installed_on if own else None
        before = _before(part, own, template, first)
        if own is None and part.spread and before >= part.limit:
            continue  # it was changed some day that nobody wrote down: nothing is known of this one
        used = before + sums[part.code]
        limit = _limit(part, own)
        marks = [row for row in wears.get(part.code, ()) if own is None or row.at >= _from(own)]
        measured = [
            Measured((before + sums[f"{part.code}@{row.pk}"]) / limit, row.wear) for row in marks
        ]
        rate = lib.rate_of(
            daily(days, today, now, lambda row, code=part.code: row.worn.get(code, 0.0))
        )
        new_on = since or asset.commissioned_on or asset.delivered_on
        life = lib.estimate(
            part,
            used,
            rate,
            limit=limit,
            measured=measured,
            age_days=(today - new_on).days if new_on else 0.0,
        )
        unit = "h" if part.counter is None else template.points[part.counter].unit
        found.append(Life(part, own, since, unit, life, marks[-1] if marks else None, rate))
    return found


def _from(own: Fitted) -> datetime:
    """What was measured on the day of the change is of the new part if the change had been written down."""
    local = timezone.localtime(own.added_at)
    if local.date() == own.installed_on:
        return own.added_at
    return datetime.combine(own.installed_on, time(), local.tzinfo)


def _limit(part: Part, own: Fitted | None) -> float:
    given = None if own is None else own.cycle_limit if part.counter is not None else own.hour_limit
    return float(given or part.limit)


def _before(part: Part, own: Fitted | None, template: Template, first: MachineDay | None) -> float:
    """What it had been used before the first day that we have of this machine."""
    counter = template.points[part.counter].code if part.counter is not None else "HOURS"
    ran = 0.0
    if first is not None and counter in first.totals:
        ran = float(first.totals[counter]) - float(first.gained.get(counter, 0.0))
    if own is None:
        return ran
    if part.counter is not None:
        return float(own.cycles)
    seen = first is not None and own.installed_on >= first.day
    return float(own.hours_before) + (0.0 if seen else max(0.0, ran - float(own.hours_at_install)))


def _sums(
    asset: Asset, plan: Plan, fitted: Mapping[str, Fitted], wears: Mapping[str, Sequence[Wear]]
) -> dict[str, float]:
    """Each part's use by telemetry since it was fitted, and until each measurement: one query."""
    asked: dict[str, Any] = {}
    for part in plan.parts:
        own = fitted.get(part.position)
        since = Q(day__gte=own.installed_on) if own else Q()
        amount = Cast(KT(f"worn__{part.code}"), FloatField())
        asked[part.code] = Sum(amount, filter=since)
        for row in wears.get(part.code, ()):
            asked[f"{part.code}@{row.pk}"] = Sum(
                amount, filter=since & Q(day__lte=timezone.localdate(row.at))
            )
    names = {f"s{number}": name for number, name in enumerate(asked)}
    found = MachineDay.objects.filter(asset=asset).aggregate(
        **{each: asked[name] for each, name in names.items()}
    )
    return {name: float(found[each] or 0.0) for each, name in names.items()}


def daily(days: Sequence[MachineDay], today: date, now: datetime, of: Any) -> list[float]:
    """One number a calendar day up to yesterday; a day without a sample is one without use."""
    known = {row.day: float(of(row)) for row in days if row.day < today}
    if not known:
        known = {row.day: float(of(row)) for row in days}
    if not known:
        return []
    last = max(min(known), today - timedelta(days=1))
    first = max(min(known), last - timedelta(days=figures.number("usage_days", now)))
    return [known.get(first + timedelta(days=n), 0.0) for n in range((last - first).days + 1)]


def lives_said(plan: Plan, lives: Sequence[Life], today: date) -> list[dict[str, Any]]:
    """The worst first; of a part without `wear` nobody wrote down when it was changed."""
    known = sorted(lives, key=lambda each: -each.life.wear)
    codes = {each.part.code for each in lives}
    return [_said(each, today) for each in known] + [
        {"part": part.code} for part in plan.parts if part.code not in codes
    ]


def _said(each: Life, today: date) -> dict[str, Any]:
    """A part as pages read it; days become dates."""

    def day(days: float | None) -> str | None:
        return None if days is None else (today + timedelta(days=round(days))).isoformat()

    life = each.life
    numbers = {key: value for key, value in asdict(life).items() if not key.startswith("days")}
    return rounded(numbers) | {
        "part": each.part.code, "unit": each.unit, "since": each.since.isoformat() if each.since else None,
        "serial": each.fitted.serial if each.fitted else "", "on": day(life.days), "on_first": day(life.days_low),
        "on_last": day(life.days_high), "measured": each.measured.wear if each.measured else None,
        "measured_at": each.measured.at.isoformat() if each.measured else None, "a_day": round(each.rate.mean, 4),
        "told": max((share for share in each.part.told if life.wear >= share), default=None),
    }  # fmt: skip


def services(
    plan: Plan, template: Template, totals: Mapping[str, float], days: Sequence[MachineDay], today: date, now: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """What comes next by its counter, the nearest first."""
    found = []
    for each in plan.services:
        counter = template.points[each.counter]
        total = totals.get(counter.code)
        if total is None:
            continue
        rate = lib.rate_of(
            daily(days, today, now, lambda row, code=counter.code: row.gained.get(code, 0.0))
        )
        number = int(total // each.every) + 1
        left = number * each.every - total
        on = (
            today + timedelta(days=round(left / rate.mean))
            if rate.mean > 0 and left / rate.mean < 36500
            else None
        )
        found.append(
            {"code": each.code, "number": number, "at": number * each.every, "total": round(total, 2), "left": round(left, 2), "unit": counter.unit, "on": on.isoformat() if on else None}
        )  # fmt: skip
    return sorted(found, key=lambda row: row["on"] or "9999")


def lives_told(asset: Asset, lives: Sequence[Life], now: datetime) -> list[Telling]:
    """The highest share of its life that a part has reached, once for each part that was fitted."""
    today = timezone.localdate(now)
    found = []
    for each in lives:
        share = max((share for share in each.part.told if each.life.wear >= share), default=None)
        if share is not None:
            on = (
                today + timedelta(days=round(each.life.days))
                if each.life.days is not None
                else None
            )
            data = {
                "mark": f"{each.key}:{share:g}", "part": each.part.code, "share": share, "wear": round(each.life.wear, 4),
                "left": round(each.life.left, 1), "unit": each.unit or "cycles", "on_date": (on or today).isoformat(),
            }  # fmt: skip
            found.append(
                Telling(
                    "part.life_reached",
                    now,
                    subjects(asset),
                    data,
                    key=f"asset:{asset.pk}:life:{each.key}:{share:g}",
                )
            )
    return found


def services_told(
    asset: Asset, plan: Plan, known: Condition | None, services: Sequence[Mapping[str, Any]], now: datetime
) -> list[Telling]:  # fmt: skip
    """Each round of a service, once: when its counter comes within what it is told ahead."""
    today = timezone.localdate(now)
    earlier = {row["code"]: float(row["total"]) for row in known.services} if known else {}
    found = []
    for row in services:
        each = next(service for service in plan.services if service.code == row["code"])
        total, number = float(row["total"]), int(row["number"])
        before = earlier.get(each.code)
        first = number if before is None else int((before + each.ahead) // each.every) + 1
        for round_no in range(max(1, first), number + 1):
            if round_no * each.every - each.ahead <= total:
                data = {
                    "service": f"{each.code}-{round_no}", "kind": each.kind, "at": round_no * each.every, "reached": round(total, 1),
                    "unit": row["unit"] or "cycles", "on_date": row["on"] if round_no == number and row["on"] else today.isoformat(),
                }  # fmt: skip
                found.append(
                    Telling(
                        "machine.hours_reached",
                        now,
                        subjects(asset),
                        data,
                        key=f"asset:{asset.pk}:service:{each.code}:{round_no}",
                    )
                )
    return found


def rounded(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 4) if isinstance(value, float) else value for key, value in reason.items()
    }
