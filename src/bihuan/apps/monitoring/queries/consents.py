"""What a customer's agreement lets us do with a machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Agreed
from bihuan.apps.monitoring.models import Consent, Device
from bihuan.lib.machines import Template


def refused(assets: Iterable[int], now: datetime) -> dict[int, frozenset[str]]:
    """What each machine may not be asked for (one query): taken back, or not given where the company
    asks for it beforehand. Machines without a line are free.
    """
    first = figures.classes("consent_first", now)
    known: dict[int, dict[str, bool]] = {}
    for asset, what, given in Consent.objects.filter(
        asset__in=list(assets), replaced_at=None
    ).values_list("asset", "what", "given"):
        known.setdefault(asset, {})[what] = given
    found = {}
    for asset in assets:
        said = known.get(asset, {})
        no = frozenset(str(what) for what in Agreed if not said.get(what, what not in first))
        if no:
            found[asset] = no
    return found


def hidden_points(asset: int, template: Template, now: datetime) -> frozenset[str]:
    """Points that say where a machine is, while its customer does not want that known."""
    positions = frozenset(point.code for point in template.points if point.position)
    if not positions or not refused([asset], now).get(asset, frozenset()) & {
        Agreed.POSITION,
        Agreed.DATA,
    }:
        return frozenset()
    return positions


@dataclass(frozen=True)
class Away:
    """The points of devices, of revoked ones too, that say where a machine is, and to what day (of UTC,
    inside) they are left out: of every day while its customer does not want that known, to the day he gave
    it away where an owner of before did not.
    """

    points: Mapping[int, frozenset[str]]
    to: Mapping[int, date]

    def on(self, day: date) -> dict[int, frozenset[str]]:
        """Those of a day."""
        return {pk: points for pk, points in self.points.items() if self.to[pk] >= day}


def away(now: datetime) -> Away:
    """What no file may hold (three queries)."""
    points = {
        code: frozenset(point.code for point in template.points if point.position)
        for code, template in templates().items()
    }
    kinds = [code for code, positions in points.items() if positions]
    rows = list(Device.objects.filter(template__in=kinds).values_list("pk", "asset", "template"))
    ends = dict(_left().values_list("asset").annotate(Max("replaced_at")))
    to = {asset: at.astimezone(UTC).date() for asset, at in ends.items()}
    to |= dict.fromkeys(refused({asset for _pk, asset, _template in rows}, now), date.max)
    held = [(pk, asset, template) for pk, asset, template in rows if asset in to]
    return Away(
        {pk: points[template] for pk, _asset, template in held},
        {pk: to[asset] for pk, asset, _template in held},
    )


def places_from(asset: int) -> datetime | None:
    """Where a machine was before then is shown to nobody: an owner who is no longer its owner had taken
    it back. None where none did.
    """
    found: datetime | None = _left(asset=asset).aggregate(at=Max("replaced_at"))["at"]
    return found


def left_with_its_owner() -> Exists:
    """Of rows with an `asset` and a `day`: whether the place of that day is not to be shown (`places_from`)."""
    return Exists(_left(asset=OuterRef("asset")).filter(replaced_at__date__gte=OuterRef("day")))


def _left(**of: Any) -> QuerySet[Consent]:
    """What an owner had taken back and no yes of his own ended."""
    yes = Consent.objects.filter(
        asset=OuterRef("asset"), what=OuterRef("what"), given=True, recorded_at=OuterRef("replaced_at")
    )  # fmt: skip
    rows = Consent.objects.filter(given=False, replaced_at__isnull=False, **of)
    return rows.exclude(Exists(yes))


def placeable(now: datetime) -> Q:
    """Of rows with an `asset`: the machines whose place may be known, as `hidden_points` says it."""
    return _agreed(now, Agreed.POSITION) & _agreed(now, Agreed.DATA)


def kept(now: datetime) -> Q:
    """Of rows with an `asset`: the machines whose data may be kept, as `refused` says it."""
    return _agreed(now, Agreed.DATA)


def _agreed(now: datetime, what: Agreed) -> Q:
    said = Consent.objects.filter(asset=OuterRef("asset"), what=what, replaced_at=None)
    if what in figures.classes("consent_first", now):
        return Q(Exists(said.filter(given=True)))
    return ~Q(Exists(said.filter(given=False)))
