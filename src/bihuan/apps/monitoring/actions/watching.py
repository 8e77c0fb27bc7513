"""Hour by hour: each machine against its own life, and against the machines of its model.

Runs behind the packing of hours and reads nothing but packed ones. What was judged is written in the
transaction that moves `Baseline.upto` on, so an hour read again raises nothing a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Max, Min

from bihuan.apps.assets.enums import Status
from bihuan.apps.assets.models import Part, StageChange
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.actions import events
from bihuan.apps.monitoring.actions.comparing import compare
from bihuan.apps.monitoring.actions.standing import (
    Machines,
    cleared_event,
    device_of,
    event_of,
    evidence_of,
    learned_of,
    one_voice,
    recent_of,
    said_by,
    stand,
    watched,
)
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Baseline, Block, Device, Hour, Limit
from bihuan.apps.monitoring.store import spread
from bihuan.apps.monitoring.store.hours import Hours, hours_of
from bihuan.lib.diagnosis import (
    SLOW,
    NoBaseline,
    Ordinary,
    State,
    departed,
    ordinary,
)
from bihuan.lib.machines import Template, Watch
from bihuan.lib.machines.evaluate import Event
from bihuan.lib.machines.watch import FLEET

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
AT_ONCE = 100
CHUNK = timedelta(days=31)


def watch(now: datetime) -> int:
    """Judge the hours that were packed since; returns how many alarms began. Twice is once."""
    last = Hour.objects.aggregate(last=Max("hour"))["last"]
    if last is None:
        return 0
    with spread.waiting(None, set()):
        _meet(last, now)
    behind = (
        Baseline.objects.filter(upto__lt=last).order_by("upto", "pk").values_list("pk", flat=True)
    )
    begun, left, gone = 0, AT_ONCE, set[int | None]()
    waiting = list(behind)
    of = dict(Device.objects.filter(asset__in=waiting).order_by("pk").values_list("asset", "pk"))
    servers = spread.servers_of(of.values())
    for pk in waiting:
        server = servers.get(of.get(pk, 0))
        if left and server not in gone:
            with spread.waiting(server, gone):
                begun += _tried(pk, last, now)
                left -= 1
    if not behind.exists():
        begun += compare(last, now)
    return begun


def _tried(pk: int, last: datetime, now: datetime) -> int:
    """A machine whose hours cannot be judged holds up neither the others nor the pipe."""
    try:
        return _machine(pk, last, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("the hours of machine %d until %s were not judged", pk, last)
        Baseline.objects.filter(pk=pk, upto__lt=last).update(upto=last)
        return 0


def _meet(last: datetime, now: datetime) -> None:
    """Machines that have packed hours and are not known yet."""
    back = timedelta(days=figures.number("watch_back_days", now))
    watched = [code for code, template in templates().items() if template.hourly]
    since, after = last - back, 0
    rows = Device.objects.filter(
        template__in=watched, revoked_at=None, latest__at__gte=since
    ).exclude(asset__in=Baseline.objects.values("asset"))
    while page := list(rows.filter(pk__gt=after).order_by("pk")[:AT_ONCE]):
        after = page[-1].pk
        own = dict(
            Device.objects.filter(asset__in={device.asset_id for device in page}).values_list("pk", "asset")
        )  # fmt: skip
        blocks = Block.objects.filter(device__in=own, hour__gte=since)
        firsts: dict[int, datetime] = {}
        for device, hour in blocks.values_list("device").annotate(first=Min("hour")).order_by():
            firsts[own[device]] = min(hour, firsts.get(own[device], hour))
        Baseline.objects.bulk_create([
            Baseline(asset_id=device.asset_id, template=device.template, from_at=first, upto=first - HOUR)
            for device in page if (first := firsts.get(device.asset_id)) is not None
        ], ignore_conflicts=True)  # fmt: skip


def _machine(pk: int, last: datetime, now: datetime) -> int:
    with transaction.atomic():
        row = (
            Baseline.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(pk=pk, upto__lt=last).select_related("asset").first()
        )  # fmt: skip
        template = templates().get(row.template) if row else None
        if row is None:
            return 0
        if template is None or not template.hourly or not watched([pk], now):
            Baseline.objects.filter(pk=pk).update(upto=last)  # else its hours hold all others up
            return 0
        moment = repaired(row)
        ended = [] if moment is None else anew(row, moment)
        until = min(last, row.upto + CHUNK)
        hours = hours_of(pk, template, row.upto, until)
        row.upto = until
        row.hours += len(hours.ends)
        _remember(row, hours)
        limits = dict(Limit.objects.edges().filter(asset=pk).values_list("rule", "value"))
        found = []
        for each in template.hourly:
            if each.kind != FLEET:
                found += _judged(row, own_time(each, pk), template, hours, limits, now)
        row.save()
        device = device_of(pk)
        assert device is not None
        told = [said_by(device, each) for each in [*ended, *one_voice(found)]]
        fleet = Machines({device: (pk, recent_of(row, len(template.points)))}, template)
        return events.record(template, told, fleet=fleet, now=now)


def own_time(each: Watch, asset: int) -> Watch:
    """The watch with the duration that holds for this machine."""
    found = Limit.objects.filter(asset=asset, rule=each.code).durations()
    return replace(each, lasting=found.get(asset, each.lasting))


def repaired(row: Baseline) -> datetime | None:
    """When the machine last became another: repaired, or with another part; None if not since."""
    stages = StageChange.objects.filter(asset=row.pk, before=Status.UNDER_REPAIR)
    parts = Part.objects.filter(asset=row.pk)
    found = [
        row.relearn_at, stages.aggregate(at=Max("at"))["at"],
        parts.filter(added_at__gt=row.from_at).aggregate(at=Max("added_at"))["at"],
    ]  # fmt: skip
    moment = max((each for each in found if each is not None), default=None)
    return moment if moment is not None and moment > row.from_at else None


def anew(row: Baseline, moment: datetime) -> list[Event]:
    """Its life before says nothing any more, nor do the alarms that were raised by it."""
    row.from_at, row.hours, row.relearn_at = moment, 0, None
    row.learned, row.state, row.memory, row.recent = {}, {}, {}, []
    template = templates()[row.template]
    codes = [each.code for each in template.watches]
    at = moment.timestamp()
    rows = Alarm.objects.filter(asset=row.pk, rule__in=codes, cleared_at=None)
    return [cleared_event(each.rule, at, each.value or 0.0) for each in rows]


def learn_anew(*, asset: int, at: datetime) -> None:
    """The machine became another one then; it is learnt from what it says since. Twice is once."""
    Baseline.objects.filter(asset=asset, from_at__lt=at).update(relearn_at=at)


def _remember(row: Baseline, hours: Hours) -> None:
    """The means of the last days, for the fleet and for what people are shown."""
    kept = [
        *row.recent,
        *(
            [end, *(None if value != value else value for value in mean)]  # noqa: PLR0124 - NaN
            for end, mean in zip(hours.ends, hours.means, strict=True)
        ),
    ]
    since = row.upto.timestamp() + HOUR.total_seconds() - SLOW.short_s
    row.recent = [each for each in kept if each[0] > since]


def _judged(
    row: Baseline, each: Watch, template: Template, hours: Hours, limits: Mapping[str, float | None], now: datetime
) -> list[Event]:  # fmt: skip
    """Go on with a watch, or learn for it; its event if there is one."""
    learned = learned_of(row, each, template)
    if learned is None:
        _learn(row, each, template)
        return []
    beyond = limits.get(each.code, each.beyond)
    known = Ordinary.from_data(learned).beyond(beyond or each.beyond)
    state = State.from_data(row.state[each.code])
    state, found = departed(known, state, hours.ends, hours.of(each.points), hours.of(each.by))
    row.state[each.code] = state.to_data()
    memory = row.memory.setdefault(each.code, {"since": None, "back": None})
    for end, beyond_it in zip(hours.ends, found.alarm.tolist(), strict=True):
        stand(memory, end, beyond=beyond_it)
    if not hours.ends:
        return []
    said = evidence_of(known, state, recent_of(row, len(template.points)), template)
    off = each.code in limits and beyond is None
    return event_of(row, each, memory, hours.ends[-1], said, template, off=off, now=now)


def _learn(row: Baseline, each: Watch, template: Template) -> None:
    if row.hours < each.least or (row.upto - row.from_at).total_seconds() < each.learn:
        return
    hours = hours_of(row.pk, template, row.from_at - HOUR / 2, row.upto)
    names = [template.points[place].code for place in each.points]
    settings = replace(SLOW, worth=each.worth)
    try:
        known, state = ordinary(
            hours.ends, hours.of(each.points), hours.of(each.by), names, settings
        )
    except NoBaseline:
        row.from_at += timedelta(seconds=each.learn) / 2  # what is learnt later may hold more
        row.hours //= 2
        return
    row.learned[each.code], row.state[each.code] = known.to_data(), state.to_data()
