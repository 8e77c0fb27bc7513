"""Sample by sample: machines whose template asks for it against their own life of minutes.

A tick reads what came since and stores how far it has read with what it found, so the same samples
raise nothing a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db import DatabaseError, transaction

from bihuan.apps.monitoring.actions import events
from bihuan.apps.monitoring.actions.standing import (
    Machines,
    device_of,
    event_of,
    evidence_of,
    learned_of,
    said_by,
    stand,
    watched,
)
from bihuan.apps.monitoring.actions.watching import anew, own_time, repaired
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Alarm, Baseline, Latest, Limit
from bihuan.apps.monitoring.store.samples import first_of, samples_of
from bihuan.lib.diagnosis import FAST, NoBaseline, Ordinary, State, departed, ordinary
from bihuan.lib.machines import Template, Watch
from bihuan.lib.machines.evaluate import Event
from bihuan.lib.machines.hours import inside_of

log = logging.getLogger(__name__)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVER = 253_370_764_800.0
"""The year 9999, in epoch seconds."""


def watch_samples(now: datetime) -> int:
    """Judge the samples that came since; returns how many alarms began. Twice is once."""
    codes = [code for code, template in templates().items() if template.quick]
    if not codes:
        return 0
    rows = Latest.objects.filter(
        device__template__in=codes, device__revoked_at=None, at__gte=now - DAY
    ).order_by("device")
    said = list(rows.values_list("device__asset", "device__template", "at"))
    memories = dict(
        Baseline.objects.filter(asset__in=[asset for asset, _code, _at in said])
        .values_list("asset", "memory")
    )  # fmt: skip
    begun, judged = 0, watched([asset for asset, _code, _at in said], now)
    for asset, code, at in said:
        read = [
            memories.get(asset, {}).get(each.code, {}).get("upto", 0.0)
            for each in templates()[code].quick
        ]
        if asset in judged and min(read) < at.timestamp():
            begun += _tried(asset, code, now)
    return begun


def _tried(asset: int, code: str, now: datetime) -> int:
    """A machine whose samples cannot be judged holds up nobody."""
    try:
        _meet(asset, code, now)
        return _machine(asset, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("the samples of machine %d were not judged", asset)
        return 0


def _meet(asset: int, code: str, now: datetime) -> None:
    if Baseline.objects.filter(asset=asset).exists():
        return
    first = first_of(asset, (now - DAY).timestamp())
    if first is not None:
        at = datetime.fromtimestamp(first, UTC)
        hour = at.replace(minute=0, second=0, microsecond=0)
        Baseline.objects.get_or_create(
            asset_id=asset, defaults={"template": code, "from_at": at, "upto": hour - HOUR}
        )


def _machine(asset: int, now: datetime) -> int:
    with transaction.atomic():
        row = (
            Baseline.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(asset=asset).select_related("asset").first()
        )  # fmt: skip
        template = templates().get(row.template) if row else None
        if row is None or template is None:
            return 0
        moment = repaired(row)
        if moment is not None:
            _over(row, anew(row, moment), template, now)
        limits = dict(Limit.objects.edges().filter(asset=asset).values_list("rule", "value"))
        begun = 0
        for each in template.quick:
            memory = row.memory.setdefault(each.code, {})
            if learned_of(row, each, template) is None:
                if row.learned.pop(each.code, None):  # what came before may lack its points
                    memory["from"] = memory["upto"]
                _learn(row, each, template, memory)
            if each.code in row.learned:
                off = each.code in limits and limits[each.code] is None
                beyond = limits.get(each.code) or each.beyond
                watch = own_time(each, asset)
                begun += _Run(row, watch, template, memory, now=now, off=off).judge(beyond)
        row.save()
        return begun


def _over(row: Baseline, ended: Sequence[Event], template: Template, now: datetime) -> None:
    """The alarms of its life before."""
    device = device_of(row.pk)
    if device is not None:
        fleet = Machines({device: (row.pk, [None] * len(template.points))}, template)
        events.record(template, [said_by(device, each) for each in ended], fleet=fleet, now=now)


def _learn(row: Baseline, each: Watch, template: Template, memory: dict[str, Any]) -> None:
    """From the first `learn` seconds that hold enough; what is too little is left behind."""
    while (first := first_of(row.pk, memory.get("from", row.from_at.timestamp()))) is not None:
        end = first + each.learn
        following = first_of(row.pk, end)
        if following is None:
            return
        found = samples_of(row.pk, template, first, end, most=100_000)
        inside = inside_of(template, found.millis, found.values, each.states)
        values = found.values[inside]
        memory["from"] = following
        names = [template.points[place].code for place in each.points]
        try:
            if len(values) < each.least:
                continue
            known, state = ordinary(
                (found.millis[inside] / 1000).tolist(), _columns(values, each.points), _columns(values, each.by), names, FAST
            )  # fmt: skip
        except NoBaseline:
            continue
        row.learned[each.code], row.state[each.code] = known.to_data(), state.to_data()
        memory |= {
            "since": None,
            "back": None,
            "raised": False,
            "upto": float(found.millis[-1]) / 1000,
        }
        return


def _columns(values: Any, places: Sequence[int]) -> list[list[float]]:
    found: list[list[float]] = values[:, list(places)].tolist()
    return found


class _Run:
    """One watch of one machine over what came since."""

    def __init__(
        self, row: Baseline, each: Watch, template: Template, memory: dict[str, Any], *, now: datetime, off: bool
    ) -> None:  # fmt: skip
        self._row, self._each, self._template, self._memory = row, each, template, memory
        self._now, self._off = now, off

    def judge(self, beyond: float) -> int:
        row, each, memory = self._row, self._each, self._memory
        standing = Alarm.objects.filter(asset=row.pk, rule=each.code, cleared_at=None).exists()
        if memory["raised"] and not standing:  # over for the people: what still stands begins anew
            memory["since"] = memory["back"] = None
        memory["raised"] = standing
        known = Ordinary.from_data(row.learned[each.code]).beyond(beyond)
        state = State.from_data(row.state[each.code])
        # the last one that was read stands before the first new one: what changes a second needs both
        found = samples_of(row.pk, self._template, memory["upto"], EVER)
        times = found.millis / 1000
        inside = inside_of(self._template, found.millis, found.values, each.states)
        begun = 0
        for place in np.flatnonzero(inside & (times > memory["upto"])).tolist():
            at, values = float(times[place]), found.values[place : place + 1]
            state, said = departed(
                known, state, [at], _columns(values, each.points), _columns(values, each.by)
            )
            stand(memory, at, beyond=bool(said.alarm[0]))
            if self._due(at):
                row.state[each.code] = state.to_data()
                evidence = evidence_of(known, state, _known(values[0]), self._template)
                begun += self._told(found.values[place], at, evidence)
        row.state[each.code] = state.to_data()
        if len(times):
            memory["upto"] = float(times[-1])
        return begun

    def _due(self, at: float) -> bool:
        """Whether it is time to raise or to end; what could not be raised is tried again later."""
        memory, each = self._memory, self._each
        since, back = memory["since"], memory["back"]
        if memory["raised"]:
            return self._off or (back is not None and at - back >= each.settled)
        if since is None or at - max(since, memory.get("tried", since)) < each.lasting:
            return False
        memory["tried"] = at
        return not self._off

    def _told(self, values: Any, at: float, evidence: list[dict[str, Any]]) -> int:
        memory = self._memory
        said = event_of(
            self._row, self._each, memory, at, evidence, self._template, off=self._off, now=self._now
        )  # fmt: skip
        memory["raised"] = bool(said) and not memory["raised"]
        self._row.save()  # the first opinion reads there what has drifted
        device = device_of(self._row.pk)
        assert device is not None
        fleet = Machines({device: (self._row.pk, _known(values))}, self._template)
        told = [said_by(device, event) for event in said]
        return events.record(self._template, told, fleet=fleet, now=self._now)


def _known(values: Any) -> list[float | None]:
    return [None if value != value else float(value) for value in values]  # noqa: PLR0124 - NaN
