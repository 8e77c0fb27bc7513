"""How a machine is, as its page says it: one row read, no sample."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.catalogue import plans, templates
from bihuan.apps.monitoring.models import Condition, MachineDay
from bihuan.base.facts.models import Fact
from bihuan.base.texts import in_language
from bihuan.lib.condition import Part, Plan
from bihuan.lib.machines import Template

TREND = timedelta(days=30)
WIDE, TALL = 120, 32


@dataclass(frozen=True)
class Line:
    """One share of the index: `lost` points, `weight` and `level` in whole numbers."""

    title: str
    weight: int
    level: int
    lost: str
    tone: str
    reasons: Sequence[str]


@dataclass(frozen=True)
class Piece:
    """What is left of a part, in words; `known` False: nobody wrote down when it was changed."""

    code: str
    title: str
    serial: str
    known: bool
    percent: int = 0
    low: str = "0"
    wide: str = "0"
    used: str = "0"
    tone: str = ""
    left: str = ""
    between: str = ""
    on: date | None = None
    on_first: date | None = None
    on_last: date | None = None
    measured: str = ""
    since: date | None = None
    total: str = ""


@dataclass(frozen=True)
class Coming:
    title: str
    left: str
    at: str
    on: date | None
    near: bool


@dataclass(frozen=True)
class View:
    row: Condition
    index: int | None
    grade: str
    tone: str
    change: int | None
    confidence: int
    unknown: Sequence[str]
    lines: Sequence[Line]
    ceiling: str
    parts: Sequence[Piece]
    services: Sequence[Coming]
    trend: str
    total: str
    a_day: str


def view_of(asset: Asset, now: datetime) -> View | None:
    """None for a machine of which no day is known (two queries)."""
    row = Condition.objects.filter(asset=asset).first()
    template = templates().get(row.template) if row else None
    if row is None or template is None:
        return None
    plan = plans()[template.code]
    since = timezone.localdate(now) - TREND
    days = MachineDay.objects.filter(asset=asset, day__gte=since, health__isnull=False).order_by(
        "day"
    )
    history = [
        (day, float(health))
        for day, health in days.values_list("day", "health")
        if health is not None
    ]
    return View(
        row=row, index=None if row.index is None else round(row.index), grade=words.title(words.CONDITION, row.grade),
        tone=words.CONDITION_COLOUR.get(row.grade, "grey"), change=_change(row, history, now), confidence=round(100 * row.confidence),
        unknown=[words.title(words.SHARE, name) for name in row.why.get("unknown", ())],
        lines=[_line(share, template, plan) for share in row.why.get("shares", ())], ceiling=_ceiling(row, template, plan),
        parts=[part_view(each, plan) for each in row.lives], services=[_coming(each, plan) for each in row.services],
        trend=_trend(history, since), total=f"{row.hours:,.0f}" if row.hours is not None else "", a_day=f"{row.hours_a_day:.1f}",
    )  # fmt: skip


def _change(row: Condition, history: Sequence[tuple[date, float]], now: datetime) -> int | None:
    """Against a week ago, or the nearest day before within another week."""
    week = timezone.localdate(now) - timedelta(days=7)
    before = [value for day, value in history if week - timedelta(days=7) <= day <= week]
    return round(row.index - before[-1]) if before and row.index is not None else None


def _trend(history: Sequence[tuple[date, float]], since: date) -> str:
    """A polyline in a box of 120 by 32; empty for less than two days."""
    if len(history) < 2:
        return ""
    return " ".join(
        f"{WIDE * (day - since).days / TREND.days:.1f},{TALL * (1 - value / 100):.1f}"
        for day, value in history
    )


def _line(share: Mapping[str, Any], template: Template, plan: Plan) -> Line:
    level = float(share["level"])
    tone = "" if level >= 85 else "orange" if level >= 50 else "red"
    reasons = [reason_text(each, template, plan) for each in share["reasons"]]
    return Line(
        words.title(words.SHARE, share["name"]), round(100 * share["weight"]), round(level), f"{share['lost']:.1f}", tone, reasons
    )  # fmt: skip


def reason_text(reason: Mapping[str, Any], template: Template, plan: Plan) -> str:
    """Why points are missing, in words."""
    if "limit" in reason:
        point = template.point(reason["point"])
        return _("%(point)s %(value)s %(unit)s，限值 %(limit)s") % {
            "point": in_language(point.title), "value": f"{reason['value']:.{point.digits}f}", "unit": point.unit, "limit": f"{reason['limit']:g}",
        }  # fmt: skip
    if "rule" in reason:
        rule = template.rule(reason["rule"])
        title = in_language(rule.title) if rule else reason["rule"]
        if reason.get("stands", True):
            return _("报警持续：%(title)s") % {"title": title}
        return _("%(title)s，%(n)s 天前解除") % {"title": title, "n": round(reason["days"])}
    if "part" in reason:
        return _("%(part)s已用寿命的 %(n)s%%") % {
            "part": part_title(plan.part(reason["part"]), reason["part"]),
            "n": round(100 * reason["value"]),
        }
    if "point" in reason:
        return _("%(point)s偏离自己的常态，达到平日波动的 %(n)s 倍") % {
            "point": in_language(template.point(reason["point"]).title), "n": f"{reason['value']:.1f}",
        }  # fmt: skip
    return _("%(what)s逾期 %(n)s 天") % {
        "what": words.title(words.OWED, reason["item"]),
        "n": round(reason["value"]),
    }


def part_title(part: Part | None, code: str) -> str:
    return in_language(part.title) if part else code


def _ceiling(row: Condition, template: Template, plan: Plan) -> str:
    because = row.why.get("because") or {}
    top = row.why.get("ceiling", 100)
    shares = 100 - sum(share["lost"] for share in row.why.get("shares", ()))
    if not because or shares <= top:
        return ""
    return _("%(why)s：指数最高 %(n)s") % {
        "why": reason_text(because, template, plan),
        "n": f"{top:g}",
    }


def amount(value: float, unit: str) -> str:
    """So much of a part's life: “2,997 次”, “410 小时”."""
    number = f"{value:,.0f}"
    if unit == "h":
        return _("%(n)s 小时") % {"n": number}
    return pgettext("life", "%(n)s 次") % {"n": number} if not unit else f"{number} {unit}"


def part_view(row: Mapping[str, Any], plan: Plan) -> Piece:
    """A part of `Condition.lives`."""
    title = part_title(plan.part(row["part"]), row["part"])
    if "wear" not in row:
        return Piece(row["part"], title, "", known=False)
    wear, low, high = (float(row[name]) for name in ("wear", "wear_low", "wear_high"))
    scale = 100 / max(1.0, min(high, 1.5))
    measured = ""
    if row["measured"] is not None:
        day = timezone.localtime(datetime.fromisoformat(row["measured_at"])).date()
        measured = _("%(day)s 实测磨损 %(n)s%%") % {"day": day, "n": round(100 * row["measured"])}
    between = (
        ""
        if row["left_low"] == row["left_high"]
        else f"{row['left_low']:,.0f}–{row['left_high']:,.0f}"
    )
    return Piece(
        row["part"], title, row["serial"], known=True, percent=round(100 * wear), used=f"{min(100, wear * scale):.1f}",
        low=f"{min(100, low * scale):.1f}", wide=f"{max(0.8, min(100, high * scale) - min(100, low * scale)):.1f}",
        tone="red" if wear >= 1 else "orange" if row["told"] is not None else "",
        left=amount(row["left"], row["unit"]), between=between, on=_day(row["on"]), on_first=_day(row["on_first"]),
        on_last=_day(row["on_last"]), measured=measured, since=_day(row["since"]),
        total=f"{row['used']:,.0f} / {amount(row['limit'], row['unit'])}",
    )  # fmt: skip


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _coming(row: Mapping[str, Any], plan: Plan) -> Coming:
    service = next((each for each in plan.services if each.code == row["code"]), None)
    title = in_language(service.title) if service else row["code"]
    near = service is not None and row["left"] <= service.ahead
    return Coming(
        title, amount(row["left"], row["unit"]), f"{row['at']:,.0f}", _day(row["on"]), near
    )


def of_facts(facts: Iterable[Fact]) -> dict[int, dict[str, Any]]:
    """What the timeline says of parts and services (one query)."""
    rows = list(facts)
    known = dict(
        Condition.objects.filter(pk__in={row.asset_id for row in rows}).values_list(
            "pk", "template"
        )
    )
    found = {}
    for row in rows:
        plan = plans().get(known.get(row.asset_id or 0, ""))
        if plan is not None:
            found[row.pk] = _of_fact(row, plan)
    return found


def _of_fact(row: Fact, plan: Plan) -> dict[str, Any]:
    own = row.own()
    if row.kind == "machine.hours_reached":
        code = str(own.get("service", "")).rpartition("-")[0]
        service = next((each for each in plan.services if each.code == code), None)
        return {"title": in_language(service.title) if service else code}
    code = str(own.get("part", ""))
    wear = own.get("wear")
    return {
        "title": part_title(plan.part(code), code),
        "percent": round(100 * float(wear)) if isinstance(wear, int | float) else None,
    }
