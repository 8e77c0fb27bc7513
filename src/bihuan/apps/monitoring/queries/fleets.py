"""The fleet on a plain grid and in a list, and one measure among the machines of a model: a fixed
number of queries for any number of machines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, F, FloatField, Max, Min, Q, QuerySet, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Floor
from django.utils.translation import gettext as _

from bihuan.apps.assets import profile
from bihuan.apps.assets.models import Asset, Model
from bihuan.apps.customers.queries.lists import regions_in_use
from bihuan.apps.monitoring import words
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Klass
from bihuan.apps.monitoring.models import Condition, MachineDay
from bihuan.apps.monitoring.queries.consents import placeable
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.texts import in_language

ACROSS, DOWN = 24, 14
"""Cells of the map: what lies in one is one circle."""
LEAST_SPAN = 0.02
"""Degrees: a yard fills no more than the map."""
RED = Q(grade="DANGER") | Q(open_class=Klass.URGENT)
ORANGE = Q(grade="POOR") | Q(open_class=Klass.HIGH)


@dataclass(frozen=True)
class Asked:
    """Conditions of an address; `box` is south, west, north, east in degrees."""

    family: str = ""
    region: str = ""
    grade: str = ""
    text: str = ""
    box: tuple[float, float, float, float] | None = None


def rows(person: User, asked: Asked, now: datetime) -> QuerySet[Condition]:
    """Machines whose condition is known, within this person's reach."""
    found = visible(Condition.objects.all(), person, "monitoring.see")
    if asked.family:
        found = found.filter(asset__model__family=asked.family)
    if asked.region:
        found = found.filter(asset__customer__region=asked.region)
    if asked.grade:
        found = found.filter(grade=asked.grade)
    if asked.text:
        like = Q(asset__serial__icontains=asked.text) | Q(
            asset__customer__name__icontains=asked.text
        )
        found = found.filter(like | Q(asset__customer__short_name__icontains=asked.text))
    if asked.box:
        south, west, north, east = asked.box
        found = found.filter(
            placeable(now), latitude__gte=south, latitude__lte=north, longitude__gte=west, longitude__lte=east
        )  # fmt: skip
    return found


def worst_first(found: QuerySet[Condition]) -> QuerySet[Condition]:
    joined = found.select_related("asset__model", "asset__customer")
    return joined.order_by(F("index").asc(nulls_last=True), "asset")


def shown(page: Sequence[Condition]) -> list[dict[str, Any]]:
    return [
        {
            "row": row, "grade": words.title(words.CONDITION, row.grade) if row.grade else "", "tone": words.CONDITION_COLOUR.get(row.grade, "grey"),
            "alarm": words.title(words.KLASS, row.open_class) if row.open_class else "", "alarm_tone": words.KLASS_COLOUR.get(row.open_class, "grey"),
            "wear": round(100 * row.worst_wear) if row.worst_wear is not None else None,
        }
        for row in page
    ]  # fmt: skip


@dataclass(frozen=True)
class Circle:
    """Machines of one cell: `x` and `y` in per cent, `r` in pixels; `box` opens what is in it."""

    x: str
    y: str
    r: int
    n: int
    tone: str
    red: int
    orange: int
    box: str
    asset: int | None


@dataclass(frozen=True)
class Map:
    """`totals` counts by grade; `placed` have a position; `nowhere` are the others by region."""

    circles: Sequence[Circle]
    across: Sequence[tuple[str, str]]
    up: Sequence[tuple[str, str]]
    totals: Mapping[str, int]
    placed: int
    nowhere: Sequence[tuple[str, str, int, int]]


def drawn(found: QuerySet[Condition], regions: Mapping[str, str], now: datetime) -> Map:
    """Three queries. A machine whose customer does not want its place known is among those that
    have none.
    """
    here = Q(latitude__isnull=False) & placeable(now)
    asked: dict[str, Any] = {grade: Count("pk", filter=Q(grade=grade)) for grade in words.CONDITION}
    totals = found.order_by().aggregate(
        n=Count("pk"), placed=Count("pk", filter=here), south=Min("latitude", filter=here), north=Max("latitude", filter=here),
        west=Min("longitude", filter=here), east=Max("longitude", filter=here), **asked,
    )  # fmt: skip
    without = (
        found.exclude(here).order_by().values_list("asset__customer__region")
        .annotate(n=Count("pk"), red=Count("pk", filter=RED)).order_by("-n")
    )  # fmt: skip
    nowhere = [(code, regions.get(code, code or _("没有区域")), n, red) for code, n, red in without]
    counts = {grade: int(totals[grade]) for grade in words.CONDITION} | {"all": int(totals["n"])}
    if not totals["placed"]:
        return Map([], [], [], counts, 0, nowhere)
    south, north = _span(totals["south"], totals["north"])
    west, east = _span(totals["west"], totals["east"])
    high, wide = (north - south) / DOWN, (east - west) / ACROSS
    cells = (
        found.filter(here).order_by()
        .annotate(column=Floor((F("longitude") - west) / wide), line=Floor((F("latitude") - south) / high))
        .values("column", "line")
        .annotate(
            n=Count("pk"), lat=Avg("latitude"), lon=Avg("longitude"), red=Count("pk", filter=RED),
            orange=Count("pk", filter=ORANGE & ~RED), one=Min("asset_id"),
        )
        .order_by("red", "orange", "n")
    )  # fmt: skip
    circles = [_circle(each, south, north, west, east, high, wide) for each in cells]
    across = [
        (f"{100 * share:.0f}", f"{west + share * (east - west):.2f}°")
        for share in (0.0, 0.25, 0.5, 0.75)
    ]
    up = [
        (f"{100 * (1 - share):.0f}", f"{south + share * (north - south):.2f}°")
        for share in (0.25, 0.5, 0.75, 1.0)
    ]
    return Map(circles, across, up, counts, int(totals["placed"]), nowhere)


def _span(low: float, high: float) -> tuple[float, float]:
    """A little more than what is to be seen, and never nothing."""
    spare = max((high - low) * 0.08, LEAST_SPAN / 2)
    return low - spare, high + spare


def _circle(
    cell: Mapping[str, Any], south: float, north: float, west: float, east: float, high: float, wide: float
) -> Circle:  # fmt: skip
    left, bottom = west + float(cell["column"]) * wide, south + float(cell["line"]) * high
    return Circle(
        f"{100 * (cell['lon'] - west) / (east - west):.2f}", f"{100 * (north - cell['lat']) / (north - south):.2f}",
        round(7 + 5 * math.log10(cell["n"])), cell["n"], "red" if cell["red"] else "orange" if cell["orange"] else "calm",
        cell["red"], cell["orange"], f"{bottom:.5f},{left:.5f},{bottom + high:.5f},{left + wide:.5f}",
        cell["one"] if cell["n"] == 1 else None,
    )  # fmt: skip


def choices(person: User) -> dict[str, list[tuple[str, str]]]:
    """What the list can be narrowed by."""
    families = sorted({family for template in templates().values() for family in template.families})
    regions = [(str(code), str(title)) for code, title in regions_in_use(person, "assets.see")]
    grades = [(code, str(title)) for code, title in words.CONDITION.items()]
    return {
        "family": [(code, profile.family_title(code)) for code in families],
        "region": regions,
        "grade": grades,
    }


# --- one measure among the machines of a model

OWN = ("index", "hours_a_day", "worst_wear")


def models(person: User) -> list[tuple[int, str]]:
    """Models of which a machine is known, within reach; that of most machines first."""
    found = (
        visible(Condition.objects.all(), person, "monitoring.see")
        .order_by()
        .values_list("asset__model")
    )
    numbers = dict(found.annotate(n=Count("pk")))
    rows = Model.objects.filter(pk__in=numbers)
    return [
        (row.pk, row.called) for row in sorted(rows, key=lambda row: (-numbers[row.pk], row.code))
    ]


def measures(model: Model) -> list[tuple[str, str, str]]:
    """What can be compared: code, title, unit."""
    own = [
        ("index", _("健康指数"), ""),
        ("hours_a_day", _("每天运行时间"), "h"),
        ("worst_wear", _("磨损最大的部件"), "%"),
    ]
    template = next((each for each in templates().values() if model.family in each.families), None)
    points = [template.point(code) for code in template.main] if template else []
    return [
        *own,
        *(
            (point.code, in_language(point.title), point.unit)
            for point in points
            if not point.counter
        ),
    ]


def compared(
    person: User, model: Model, measure: str, today: date, days: int = 7
) -> list[tuple[int, float]]:
    """Machine and value, the highest first: a measure of the condition, or a point's mean at speed over
    some days (one query).
    """
    if measure in OWN:
        known = visible(Condition.objects.all(), person, "monitoring.see").filter(
            asset__model=model
        )
        pairs = (
            known.exclude(**{measure: None})
            .order_by(f"-{measure}", "asset")
            .values_list("asset", measure)
        )
        factor = 100 if measure == "worst_wear" else 1
        return [(pk, float(value) * factor) for pk, value in pairs]
    seconds, mean = (Cast(KT(f"points__{measure}__{place}"), FloatField()) for place in (0, 1))
    lately = visible(MachineDay.objects.all(), person, "monitoring.see").filter(
        asset__model=model, day__gt=today - timedelta(days=days), points__has_key=measure
    )
    sums = (
        lately.order_by().values("asset").annotate(weight=Sum(seconds), total=Sum(seconds * mean))
    )
    found = [(row["asset"], row["total"] / row["weight"]) for row in sums if row["weight"]]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Band:
    """Where four of five machines of the fleet lie, and their middle."""

    low: float
    middle: float
    high: float


def band_of(values: Sequence[float]) -> Band | None:
    """None for fewer than three machines: that is no fleet."""
    if len(values) < 3:
        return None
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        low = math.floor(place)
        more = min(low + 1, len(ordered) - 1)
        return ordered[low] + (ordered[more] - ordered[low]) * (place - low)

    return Band(at(0.1), at(0.5), at(0.9))


def ranked(
    page: Sequence[tuple[int, float]], values: Sequence[float], band: Band | None, first: int
) -> list[dict[str, Any]]:
    """A page of the ranking with its machines (one query); places in per cent of the drawing."""
    known = Asset.objects.select_related("model", "customer").in_bulk([pk for pk, _value in page])
    low, high = min(values), max(values)
    spread = (high - low) or 1.0

    def place(value: float) -> str:
        return f"{2 + 96 * (value - low) / spread:.1f}"

    return [
        {
            "rank": first + number, "asset": known[pk], "value": f"{value:,.2f}", "x": place(value),
            "outside": band is not None and not band.low <= value <= band.high,
            "low": place(band.low) if band else "0", "middle": place(band.middle) if band else "0",
            "wide": f"{96 * (band.high - band.low) / spread:.1f}" if band else "0",
        }
        for number, (pk, value) in enumerate(page) if pk in known
    ]  # fmt: skip
