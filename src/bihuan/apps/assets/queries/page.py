"""The page of one machine: a fixed number of queries, whatever it has lived through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Q

from bihuan.apps.assets import profile
from bihuan.apps.assets.models import Asset, Check, Part, Reading, ServiceLine, Stay
from bihuan.apps.assets.rules.life import Life
from bihuan.apps.customers.models import Customer
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.facts.models import Fact

TIMELINE_PAGE = 25
LINKED = (
    "model", "customer", "customer__account_manager", "customer__dedicated_engineer", "owner", "sold_to", "serviced_by",
    "place", "parent__model", "machine_set",
)  # fmt: skip
KINDS: dict[str, tuple[str, ...]] = {
    "service": ("fault.", "ticket.", "alarm.", "complaint.", "quality.", "warning."),
    "care": ("maintenance.", "asset.inspected", "health."),
    "record": ("asset.", "part."),
    "rules": ("obligation.",),
}
QUIET = (
    "period.began",
    "obligation.arose",
    "obligation.assigned",
    "obligation.noted",
    "obligation.opened",
    "asset.reading",
)


@dataclass
class Node:
    """A part with what is inside it; `life` None without limits."""

    part: Part
    life: Life | None
    children: list[Node] = field(default_factory=list)
    depth: int = 0

    @property
    def percent(self) -> int | None:
        return None if self.life is None else round(self.life.left * 100)


def tree(asset: Asset, day: date) -> list[Node]:
    """What is in the machine on a day, outermost first (one query)."""
    parts = list(Part.objects.on(day).filter(asset=asset).order_by("position", "pk"))
    hours = float(asset.hours or 0)
    nodes = {part.pk: Node(part, part.life(day, hours)) for part in parts}
    roots: list[Node] = []
    for part in parts:
        node = nodes[part.pk]
        above = nodes.get(part.parent_id) if part.parent_id else None
        (above.children if above else roots).append(node)
    return _flat(roots, 0)


def _flat(nodes: Sequence[Node], depth: int) -> list[Node]:
    found: list[Node] = []
    for node in nodes:
        node.depth = depth
        found += [node, *_flat(node.children, depth + 1)]
    return found


@dataclass(frozen=True)
class Tile:
    """The last value at a point: `tone` red over the alarm limit, orange over the warning."""

    point: profile.Point
    value: Decimal
    at: datetime
    tone: str
    share: float | None
    warn: float | None
    alarm: float | None


def tiles(asset: Asset) -> list[Tile]:
    """The last reading of each point of the family (one query)."""
    rows = Reading.objects.filter(asset=asset).order_by("point", "-at", "-pk").distinct("point")
    last = {row.point: row for row in rows}
    found = []
    for point in profile.points_of(asset.model.family):
        row = last.get(point.code)
        if row is None:
            continue
        own = asset.model.limits.get(point.code, {})
        warn, alarm = own.get("warn", point.warn), own.get("alarm", point.alarm)
        value = row.total if row.total is not None else row.value
        tone = (
            "red"
            if alarm and value >= Decimal(str(alarm))
            else "orange"
            if warn and value >= Decimal(str(warn))
            else ""
        )
        share = min(1.0, float(value) / (float(alarm) * 1.25)) if alarm else None
        found.append(Tile(point, value.normalize() + 0, row.at, tone, share, warn, alarm))
    return found


def readings(asset: Asset, point: str, limit: int = 200) -> list[Reading]:
    """Readings of one point, newest first."""
    return list(
        Reading.objects.filter(asset=asset, point=point)
        .select_related("by", "meter")
        .order_by("-at", "-pk")[:limit]
    )


@dataclass(frozen=True)
class Line:
    """The polyline of a small chart in a box of 600 by 120."""

    points: str
    low: Decimal
    high: Decimal
    first: datetime
    last: datetime


def line_of(rows: Sequence[Reading]) -> Line | None:
    """A chart of readings (newest first); None for less than two."""
    if len(rows) < 2:
        return None
    ordered = list(reversed(rows))
    values = [row.total if row.total is not None else row.value for row in ordered]
    low, high = min(values), max(values)
    first, last = ordered[0].at.timestamp(), ordered[-1].at.timestamp()
    wide, tall = max(last - first, 1.0), float(high - low) or 1.0
    points = " ".join(
        f"{600 * (row.at.timestamp() - first) / wide:.1f},{112 - 104 * float(value - low) / tall:.1f}"
        for row, value in zip(ordered, values, strict=True)
    )
    return Line(points, low.normalize() + 0, high.normalize() + 0, ordered[0].at, ordered[-1].at)


def timeline(
    asset: Asset, person: User, *, kind: str = "", before: tuple[datetime, int] | None = None
) -> tuple[list[Fact], bool, int]:
    """Facts of a machine, newest first; whether there are more; how many are a former customer's
    that this person does not reach (what happened there stays there).
    """
    rows = Fact.objects.filter(asset_id=asset.pk)
    if kind in KINDS:
        wanted = Q()
        for name in KINDS[kind]:
            wanted |= Q(kind__startswith=name) if name.endswith(".") else Q(kind=name)
        rows = rows.filter(wanted).exclude(kind="asset.reading")
    else:
        rows = rows.exclude(kind__in=QUIET)
    within = visible(Customer.objects.all(), person, "customers.see").values("pk")
    served = Asset.objects.filter(pk=asset.pk, serviced_by_id=person.dealer_id or 0).exists()
    mine = Q(customer_id=None) | Q(customer_id__in=within)
    if served:
        mine |= Q(customer_id=asset.customer_id)
    hidden = rows.exclude(mine).count() if before is None else 0
    rows = rows.filter(mine)
    if before is not None:
        at, pk = before
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))
    found = list(rows.order_by("-at", "-id")[: TIMELINE_PAGE + 1])
    return found[:TIMELINE_PAGE], len(found) > TIMELINE_PAGE, hidden


def stays(asset: Asset) -> list[Stay]:
    return list(asset.stays.select_related("customer", "place").order_by("-from_at", "-pk"))


def named(asset: Asset, rows: Sequence[Stay], person: User) -> set[int]:
    """Of those who had or bought the machine, whom this person may know by name: those within his
    reach, and those to whom it belongs now (one query).
    """
    now = {asset.customer_id, asset.owner_id}
    past = {row.customer_id for row in rows} | {asset.sold_to_id or asset.customer_id}
    within = visible(Customer.objects.filter(pk__in=past - now), person, "customers.see")
    return now | set(within.values_list("pk", flat=True))


def checks(asset: Asset) -> list[Check]:
    return list(asset.checks.select_related("by").order_by("-at", "-pk")[:50])


def removed(asset: Asset) -> list[Part]:
    return list(asset.parts.exclude(removed_on=None).order_by("-removed_on", "-pk")[:50])


def near_life(asset: Asset, day: date) -> list[Node]:
    """Parts with limits, least left first."""
    limited = [node for node in tree(asset, day) if node.life is not None]
    return sorted(limited, key=lambda node: node.life.left if node.life else 1)


def service_line(family: str) -> ServiceLine | None:
    """The number to call: the family's own, else that of all machines (one query)."""
    found: dict[str, ServiceLine] = defaultdict()
    for row in ServiceLine.objects.filter(family__in=[family, ""]):
        found[row.family] = row
    return found.get(family) or found.get("")
