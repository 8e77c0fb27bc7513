"""What machines did by the day, week or month: of one machine, a customer, the fleet. No sample is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, FloatField, Q, QuerySet, Sum, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.catalogue import plans, templates
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import MachineDay
from bihuan.apps.monitoring.queries.consents import left_with_its_owner, placeable
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import in_language

PERIODS = ("day", "week", "month")
SCOPES = ("fleet", "customer", "machine")


@dataclass(frozen=True)
class Span:
    """Both days inside."""

    kind: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


def span_of(kind: str, on: date) -> Span:
    """The day, the week from Monday, or the month in which a day lies."""
    if kind == "week":
        start = on - timedelta(days=on.weekday())
        return Span(kind, start, start + timedelta(days=6))
    if kind == "month":
        start = on.replace(day=1)
        return Span(kind, start, (start + timedelta(days=31)).replace(day=1) - timedelta(days=1))
    return Span("day", on, on)


def before(span: Span) -> Span:
    return span_of(span.kind, span.start - timedelta(days=1))


def after(span: Span) -> Span:
    return span_of(span.kind, span.end + timedelta(days=1))


def rows(
    person: User, of: str, pk: int | None, span: Span, *, right: str = "monitoring.see"
) -> QuerySet[MachineDay]:
    """The machine-days of a brief, as far as this person's right reaches."""
    found = visible(MachineDay.objects.all(), person, right).filter(
        day__gte=span.start, day__lte=span.end
    )
    if of == "machine":
        return found.filter(asset=pk)
    return found.filter(asset__customer=pk) if of == "customer" else found


@dataclass(frozen=True)
class Figure:
    """A number of the brief beside that of the period before; `change` in per cent."""

    title: str
    value: str
    unit: str
    before: str
    change: int | None


def sums(found: QuerySet[MachineDay]) -> dict[str, float]:
    """All that is added up, in one statement."""
    return {name: float(value or 0) for name, value in found.aggregate(**_sums()).items()}


def _sums() -> dict[str, Any]:
    asked: dict[str, Any] = {
        "run": Sum("run_s"), "seen": Sum("seen_s"), "starts": Sum("starts"), "machines": Count("asset", distinct=True),
    }  # fmt: skip
    asked |= {f"state_{code}": _key("states", code) for code in _states()}
    asked |= {f"used_{code}": _key("used", code) for code in uses()}
    asked |= {f"alarm_{klass}": _key("alarms", klass) for klass in Klass}
    asked["cycles"] = _key("gained", "CYCLES")
    return asked


def _key(field: str, code: str) -> Sum:
    return Sum(Cast(KT(f"{field}__{code}"), FloatField()))


def _states() -> dict[str, str]:
    """Every state that some machine passes, with its title."""
    return {
        state.code: in_language(state.title)
        for template in templates().values()
        for state in template.states
    }


def uses() -> dict[str, tuple[str, str]]:
    return {
        use.code: (in_language(use.title), use.unit)
        for plan in plans().values()
        for use in plan.uses
    }


def figures(now: Mapping[str, float], earlier: Mapping[str, float]) -> list[Figure]:
    """The numbers of a brief: what no machine here has is left out."""
    alarms, alarms_before = (
        sum(each[f"alarm_{klass}"] for klass in Klass) for each in (now, earlier)
    )
    found = [
        _figure(_("运行时间"), now["run"] / 3600, earlier["run"] / 3600, "h"),
        _figure(_("运行占上报时间"), _share(now), _share(earlier), "%"),
        _figure(_("启动"), now["starts"], earlier["starts"], pgettext("brief", "次"), 0),
    ]
    if now["cycles"] or earlier["cycles"]:
        found.append(
            _figure(_("循环"), now["cycles"], earlier["cycles"], pgettext("brief", "次"), 0)
        )
    for code, (title, unit) in uses().items():
        if now[f"used_{code}"] or earlier[f"used_{code}"]:
            found.append(_figure(title, now[f"used_{code}"], earlier[f"used_{code}"], unit))
    found.append(_figure(_("报警"), alarms, alarms_before, pgettext("brief", "次"), 0))
    return found


def _share(of: Mapping[str, float]) -> float | None:
    return 100 * of["run"] / of["seen"] if of["seen"] else None


def _figure(
    title: str, value: float | None, earlier: float | None, unit: str, digits: int = 1
) -> Figure:
    change = round(100 * (value - earlier) / earlier) if value is not None and earlier else None
    return Figure(title, _said(value, digits), unit, _said(earlier, digits), change)


def _said(value: float | None, digits: int) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def states(of: Mapping[str, float]) -> list[tuple[str, str, str]]:
    """State, hours, share of what was seen in per cent; the longest first."""
    known = sorted(
        ((of[f"state_{code}"], title) for code, title in _states().items()), reverse=True
    )
    return [
        (title, f"{seconds / 3600:,.1f}", f"{100 * seconds / of['seen']:.0f}")
        for seconds, title in known
        if seconds
    ]


def alarms(of: Mapping[str, float]) -> list[tuple[str, str, int]]:
    """Class, its colour, how many; the gravest first."""
    return [
        (words.title(words.KLASS, klass), words.KLASS_COLOUR[klass], round(of[f"alarm_{klass}"]))
        for klass in reversed(Klass) if of[f"alarm_{klass}"]
    ]  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """A day of the drawing, in per cent of its box."""

    day: date
    x: str
    wide: str
    y: str
    tall: str
    hours: str
    inside: bool


def bars(found: QuerySet[MachineDay], shown: Span, span: Span) -> tuple[list[Bar], str]:
    """Run hours by day, and the number at the top of the drawing."""
    known = dict(found.order_by().values_list("day").annotate(Sum("run_s")))
    most = max([value / 3600 for value in known.values()], default=0.0) or 1.0
    wide = 100 / shown.days
    drawn = []
    for number in range(shown.days):
        day = shown.start + timedelta(days=number)
        hours = known.get(day, 0.0) / 3600
        tall = 100 * hours / most
        drawn.append(
            Bar(day, f"{wide * (number + 0.15):.2f}", f"{wide * 0.7:.2f}", f"{100 - tall:.2f}", f"{tall:.2f}", f"{hours:,.1f}", span.start <= day <= span.end)
        )  # fmt: skip
    return drawn, f"{most:,.1f}"


def by_machine(found: QuerySet[MachineDay]) -> QuerySet[Any]:
    """A row a machine, who ran most first."""
    return (
        found.order_by().values("asset_id").annotate(**_by()).order_by(F("run").desc(), "asset_id")
    )


def _by() -> dict[str, Any]:
    wanted = (
        "run",
        "seen",
        "starts",
        "cycles",
        *(f"used_{code}" for code in uses()),
        *(f"alarm_{klass}" for klass in Klass),
    )
    asked = _sums()
    return {name: asked[name] for name in wanted}


def machines(page: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a page with their machines (one query)."""
    known = Asset.objects.select_related("model", "customer").in_bulk(
        [row["asset_id"] for row in page]
    )
    return [_row(row, known[row["asset_id"]]) for row in page if row["asset_id"] in known]


def _row(row: Mapping[str, Any], asset: Asset) -> dict[str, Any]:
    used = [
        (title, unit, row[f"used_{code}"])
        for code, (title, unit) in uses().items()
        if row[f"used_{code}"] is not None
    ]
    return {
        "asset": asset, "run": round((row["run"] or 0) / 3600, 1), "starts": row["starts"] or 0,
        "share": round(100 * row["run"] / row["seen"]) if row["seen"] else None, "cycles": row["cycles"],
        "used": [f"{value:,.1f} {unit}" for _title, unit, value in used],
        "alarms": round(sum(row[f"alarm_{klass}"] or 0 for klass in Klass)),
    }  # fmt: skip


def by_day(found: QuerySet[MachineDay], now: datetime) -> list[dict[str, Any]]:
    """A row a day of one machine; without its place where its customer does not want that known."""
    names = _states()
    found = found.annotate(
        placeable=Case(When(placeable(now) & ~Q(left_with_its_owner()), then=True), default=False)
    )
    return [
        {
            "day": row.day, "run": round(row.run_s / 3600, 1), "starts": row.starts, "cycles": row.gained.get("CYCLES"),
            "states": [(names.get(code, code), round(seconds / 3600, 1)) for code, seconds in row.states.items()],
            "used": [f"{row.used[code]:,.1f} {unit}" for code, (_title, unit) in uses().items() if code in row.used],
            "alarms": sum(row.alarms.values()), "health": row.health, "total": row.totals.get("HOURS"),
            "place": f"{row.latitude:.4f}, {row.longitude:.4f}" if row.placeable and row.latitude is not None else "",
        }
        for row in found.order_by("-day")
    ]  # fmt: skip


def table(found: QuerySet[MachineDay], of: str) -> list[list[Any]]:
    """The rows of a file, headings first: a line a machine, of one machine a line a day."""
    known_uses = uses()
    heads = [*(f"{title} ({unit})" for title, unit in known_uses.values()), _("报警")]
    if of == "machine":
        lines = [
            [row.day, round(row.run_s / 3600, 2), round(row.seen_s / 3600, 2), row.starts, row.gained.get("CYCLES"), *(row.used.get(code) for code in known_uses), sum(row.alarms.values())]
            for row in found.order_by("day")
        ]  # fmt: skip
        return [
            [_("日期"), _("运行时间 (h)"), _("上报时间 (h)"), _("启动"), _("循环"), *heads],
            *lines,
        ]
    lots = list(by_machine(found))
    known = Asset.objects.select_related("model", "customer").in_bulk(
        [row["asset_id"] for row in lots]
    )
    lines = [
        [
            known[row["asset_id"]].model.code, known[row["asset_id"]].serial, known[row["asset_id"]].customer.name,
            round((row["run"] or 0) / 3600, 2), round((row["seen"] or 0) / 3600, 2), row["starts"], row["cycles"],
            *(row[f"used_{code}"] for code in known_uses), round(sum(row[f"alarm_{klass}"] or 0 for klass in Klass)),
        ]
        for row in lots if row["asset_id"] in known
    ]  # fmt: skip
    return [
        [
            _("型号"),
            _("出厂编号"),
            _("客户"),
            _("运行时间 (h)"),
            _("上报时间 (h)"),
            _("启动"),
            _("循环"),
            *heads,
        ],
        *lines,
    ]
