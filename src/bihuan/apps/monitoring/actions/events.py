"""What the evaluator found becomes alarms and facts, in the transaction that stores the samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Q

from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions.calling import unseen
from bihuan.apps.monitoring.actions.common import SOURCE, moment, next_numbers, subjects
from bihuan.apps.monitoring.actions.opinion import opinions
from bihuan.apps.monitoring.enums import Hushed
from bihuan.apps.monitoring.models import Alarm, Expected
from bihuan.apps.monitoring.queries.expected import between, holds
from bihuan.apps.monitoring.queries.trials import on_trial
from bihuan.base.facts.actions import Telling, tell_all
from bihuan.lib.machines import Rule, Template, Watch
from bihuan.lib.machines.evaluate import CLEARED, MERGED, RAISED, Event


class Machines(Protocol):
    """What is asked of the worker's memory: the machine of a device, its values now, their order."""

    def asset_of(self, device: int) -> int: ...
    def values_of(self, device: int) -> list[float | None]: ...
    def limit_of(self, device: int, rule: str) -> float | None: ...
    def layout(self, template: str) -> int: ...


def record(template: Template, events: Sequence[Event], *, fleet: Machines, now: datetime) -> int:
    """Write alarms and tell facts; returns how many alarms began."""
    if not events:
        return 0
    assets = {event.machine: fleet.asset_of(event.machine) for event in events}
    trial = on_trial(template)
    book = _Book(Asset.objects.in_bulk(set(assets.values())), now, trial)
    book.expect(event for event in events if event.what == RAISED)
    begun = 0
    said: list[tuple[Callable[..., Telling], Alarm, Asset, int]] = []
    """What to tell of it, and how often it had been there then."""
    for event in events:
        rule = template.alarm(event.rule)
        if rule is None:
            continue
        asset = book.assets[assets[event.machine]]
        if event.what == RAISED:
            alarm, new = book.raised(asset, event, rule, template, fleet)
            begun += new
            if (new or book.came_back(alarm)) and not alarm.hushed:
                said.append((raised, alarm, asset, alarm.times))
        else:
            ended = book.ended(asset, event, template)
            if ended is not None and not ended.hushed and event.what == CLEARED:
                said.append((_cleared, ended, asset, ended.times))
    book.write(template)
    tellings = [what(alarm, asset, now, times) for what, alarm, asset, times in said]
    if tellings:
        tell_all(tellings, now=now, by=None, source=SOURCE)
    return begun


class _Book:
    """The alarms of the machines at hand, as they stand and as they become."""

    def __init__(self, assets: Mapping[int, Asset], now: datetime, trial: Collection[str]) -> None:
        self.assets, self.now, self._trial = assets, now, trial
        self._again = timedelta(minutes=figures.number("again_min", now))
        self._flaps = timedelta(seconds=figures.number("flap_s", now))
        self._flood = int(figures.number("flood_alarms", now))
        self._flood_time = timedelta(minutes=figures.number("flood_min", now))
        self._quiet = figures.classes("expected_classes", now)
        self._at_once = figures.classes("ticket_at_once", now)
        rows = Alarm.objects.filter(asset__in=assets).filter(
            Q(cleared_at=None) | Q(cleared_at__gte=now - self._again) | Q(shelved_until__gt=now)
            | Q(told_at__gte=now - self._flood_time)
        )  # fmt: skip
        self._known: dict[tuple[int, str], Alarm] = {}
        self._recent: dict[int, int] = {}
        for row in rows.order_by("pk"):
            self._known[row.asset_id, row.rule] = row
            if row.told_at >= now - self._flood_time and not row.hushed and row.woken_at is None:
                self._recent[row.asset_id] = self._recent.get(row.asset_id, 0) + 1
        self._new: list[Alarm] = []
        self._merged: dict[int, tuple[Alarm, Alarm]] = {}
        self._changed: dict[int, Alarm] = {}  # by identity: new ones have no key yet
        self._expected: dict[int, list[Expected]] = {}
        self._back: set[int] = set()
        self._unseen: dict[int, Alarm] = {}

    def expect(self, events: Iterable[Event]) -> None:
        """Read the times in which alarms that begin so are expected."""
        at = sorted(moment(event.at) for event in events)
        if at and self._quiet:
            self._expected = between(self.assets, at[0], at[-1])

    def raised(
        self, asset: Asset, event: Event, rule: Rule | Watch, template: Template, fleet: Machines
    ) -> tuple[Alarm, bool]:  # fmt: skip
        """The alarm, and whether it is a new one: what comes back soon after its end is the same."""
        at = moment(event.at)
        known = self._known.get((asset.pk, rule.code))
        if known is not None and self._same(known, at):
            self._back.discard(id(known))
            if self._was_over(known, at):
                self._back.add(id(known))
                self._unseen[id(known)] = known
            known.times += 1
            known.again_at, known.cleared_at, known.merged = at, None, None
            self._merged.pop(id(known), None)
            self._note(known, event)
            return known, False
        expected = rule.klass in self._quiet and holds(self._expected.get(asset.pk, ()), at)
        recent = self._recent.get(asset.pk, 0)
        hushed = (
            Hushed.TRIAL if rule.code in self._trial
            else Hushed.REPAIR if asset.status == Status.UNDER_REPAIR
            else Hushed.EXPECTED if expected
            else Hushed.FLOOD if recent >= self._flood and rule.klass not in self._at_once
            and not self._holds_told(asset, rule, template)
            else ""
        )  # fmt: skip
        self._recent[asset.pk] = recent + (not hushed)
        point = template.points[rule.point if event.point is None else event.point]
        limit = fleet.limit_of(event.machine, rule.code) if event.limit is None else event.limit
        alarm = Alarm(
            asset=asset, device_id=event.machine, rule=rule.code, kind=rule.kind,
            klass=rule.klass, title=dict(rule.title), point=point.code, unit=point.unit, limit=limit, evidence=list(event.evidence),
            value=round(event.value, 6), peak=round(event.peak, 6), machine_state=event.state,
            layout_id=fleet.layout(template.code), snapshot=fleet.values_of(event.machine), since=moment(event.since),
            raised_at=at, told_at=self.now, hushed=hushed,
        )  # fmt: skip
        self._known[asset.pk, rule.code] = alarm
        self._new.append(alarm)
        return alarm, True

    def _was_over(self, known: Alarm, at: datetime) -> bool:
        """For longer than one that flaps, and not held by a graver one, with which it was seen."""
        held = known.merged_id is not None or id(known) in self._merged
        return not held and known.cleared_at is not None and at - known.cleared_at > self._flaps

    def came_back(self, alarm: Alarm) -> bool:
        """Whether it was over when it was raised now: nobody has seen that yet."""
        return id(alarm) in self._back

    def _holds_told(self, asset: Asset, rule: Rule | Watch, template: Template) -> bool:
        """Whether an alarm that people were told of goes into this one: it may not go unseen. (One that
        a flood hushed and that comes back is told by `expecting.wake`.)
        """
        held = [
            self._known.get((asset.pk, each.code)) for each in template.rules if rule.code in template.parents(each.code)
        ]  # fmt: skip
        return any(each and not each.hushed and each.cleared_at is None for each in held)

    def ended(self, asset: Asset, event: Event, template: Template) -> Alarm | None:
        """The alarm that is over, or held by the nearest of its parents; None where none was open."""
        known = self._known.get((asset.pk, event.rule))
        if known is None or known.cleared_at is not None:
            return None
        known.cleared_at = max(moment(event.at), known.raised_at)
        if event.what == MERGED:
            above = [self._known.get((asset.pk, code)) for code in template.parents(event.rule)]
            stands = [each for each in above if each is not None and each.cleared_at is None]
            if stands:
                self._merged[id(known)] = known, stands[0]
        self._note(known, event)
        return known

    def write(self, template: Template) -> None:
        """All of it: what became of those that stood, what began, and the first opinion on that."""
        stood = [alarm for alarm in self._changed.values() if alarm.number]
        Alarm.objects.bulk_update(stood, ["times", "again_at", "cleared_at", "merged", "peak"])
        if self._new:
            numbers = next_numbers(self.now, len(self._new))
            for alarm, number in zip(self._new, numbers, strict=True):
                alarm.number = number
            Alarm.objects.bulk_create(self._new)
            self._judge([alarm for alarm in self._new if not alarm.hushed], template)
        unseen([alarm.pk for alarm in self._unseen.values() if not alarm.hushed], self.now)
        if self._merged:
            for alarm, parent in self._merged.values():
                alarm.merged = parent
            Alarm.objects.bulk_update([alarm for alarm, _ in self._merged.values()], ["merged"])

    def _judge(self, alarms: Sequence[Alarm], template: Template) -> None:
        codes = [point.code for point in template.points]
        values = [dict(zip(codes, alarm.snapshot, strict=True)) for alarm in alarms]
        found = opinions(alarms, template.code, values, self.now)
        for alarm, said in zip(alarms, found, strict=True):
            alarm.diagnosis = said
        Alarm.objects.bulk_update(alarms, ["diagnosis"])

    def _same(self, known: Alarm, at: datetime) -> bool:
        if known.cleared_at is None:
            return True
        shelved = known.shelved_until is not None and known.shelved_until > self.now
        return shelved or at - known.cleared_at <= self._again

    def _note(self, alarm: Alarm, event: Event) -> None:
        peak = round(event.peak, 6)
        worse = max if alarm.limit is None or (alarm.value or 0) >= alarm.limit else min
        alarm.peak = peak if alarm.peak is None or math.isnan(peak) else worse(alarm.peak, peak)
        self._changed[id(alarm)] = alarm


def raised(alarm: Alarm, asset: Asset, now: datetime, times: int = 1) -> Telling:
    """The clocks of the regulation start when we know of it, not by the machine's clock. `times`: one
    that came back is told of again.
    """
    data = {
        "alarm": alarm.number, "class": alarm.klass, "kind": alarm.kind, "point": alarm.point, "value": alarm.value,
    }  # fmt: skip
    key = f"alarm:{alarm.number}:raised" + (f":{times}" if times > 1 else "")
    return Telling("alarm.raised", now, subjects(asset), data, key=key)


def _cleared(alarm: Alarm, asset: Asset, now: datetime, times: int) -> Telling:
    key = f"alarm:{alarm.number}:cleared:{times}"
    return Telling("alarm.cleared", now, subjects(asset), {"alarm": alarm.number}, key=key)
