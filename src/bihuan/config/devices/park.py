"""A park of simulated machines: which, with what wrong, and what they send."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bihuan.config.devices.line import Address, Line
from bihuan.config.devices.obeying import Obeying
from bihuan.lib.simulate import TEMPLATES, Failure, Fleet, Kind, Machine, Samples

TICK = 10.0
HISTORY_TICK = 60.0
AT_ONCE = 200
"""Samples of one message of history."""
# What goes wrong with the first machines of each kind: after so many seconds (before: less than
# nothing), growing for so long, so far.
STORIES: dict[str, tuple[tuple[Kind, float, float, float], ...]] = {
    "centrifuge": (
        (Kind.IMBALANCE, 90, 300, 1.0), (Kind.BEARING_WEAR, -12 * 86400, 16 * 86400, 1.0), (Kind.COOLING_LOSS, -3600, 5400, 1.0),
    ),
    "pump": ((Kind.CAVITATION, 90, 300, 1.0), (Kind.FILTER_BLOCKAGE, -5 * 86400, 6 * 86400, 1.0)),
    "excavator": ((Kind.RADIATOR_BLOCKAGE, -3600, 5400, 1.0), (Kind.HYDRAULIC_LEAK, 60, 600, 1.0)),
    "instrument": ((Kind.FILTER_BLOCKAGE, -4 * 86400, 4 * 86400, 1.0), (Kind.LAMP_AGEING, -10 * 86400, 12 * 86400, 1.0)),
    "cabinet": ((Kind.FAN_FAILURE, -600, 600, 1.0), (Kind.BUS_FAULT, 60, 300, 1.0)),
}  # fmt: skip


AT_WORK = {"AT_SPEED", "RUNNING", "WORKING", "READY"}


@dataclass(frozen=True)
class Reporting:
    """A machine of the company with its credentials."""

    serial: str
    template: str
    code: str
    key: str
    hours: float = 900.0
    cycles: int = 400


def registered(count: int, home: Path, now: datetime) -> list[Reporting]:
    """Machines at customers that report, with credentials: those of the last time, else new ones."""
    from bihuan.apps.assets.models import Asset
    from bihuan.apps.monitoring.actions.devices import register
    from bihuan.apps.monitoring.catalogue import template_for
    from bihuan.apps.monitoring.models import Device

    path = home / "simulated.json"
    kept: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    living = dict(Device.objects.filter(revoked_at=None).values_list("asset", "code"))
    rows = (
        Asset.objects.at_customers()
        .select_related("model")
        .order_by("-connected", "-critical", "pk")
    )
    found: list[Reporting] = []
    for asset in rows[: count * 5]:
        template = template_for(asset)
        if template is None or template.code not in TEMPLATES or len(found) == count:
            continue  # of what the company measures by its own template nobody knows the physics
        known = kept.get(str(asset.pk))
        own = living.get(asset.pk)
        if own is not None and (known is None or known["code"] != own):
            continue  # somebody's own device reports for it: new credentials would revoke those
        if own is None or known is None:
            device, key = register(asset=asset, by=None, now=now)
            known = kept[str(asset.pk)] = {"code": device.code, "key": key}
        hours, cycles = _counters(known["code"], float(asset.hours or 900))
        found.append(
            Reporting(asset.serial, template.code, known["code"], known["key"], hours, cycles)
        )
    path.touch(mode=0o600)
    path.write_text(json.dumps(kept), encoding="utf-8")
    return found


def _counters(code: str, hours: float) -> tuple[float, int]:
    """Where the counters of a machine stood when it last reported, or was last read."""
    from bihuan.apps.monitoring.models import Latest

    row = Latest.objects.select_related("layout").filter(device__code=code).first()
    said = dict(zip(row.layout.points, row.values, strict=False)) if row is not None else {}
    return float(said.get("HOURS") or hours), int(said.get("CYCLES") or 400)


def address(place: dict[str, Any]) -> Address:
    """Where devices of this installation report to."""
    if not place["tls"]:
        return Address(place["mqtt_host"], place["mqtt_port"])
    return Address(
        place["mqtt_host"],
        place["mqtt_port"],
        ssl.create_default_context(cafile=place["ca"] or None),
    )


class Park:
    """Drives the machines through time and their connections.

    With `awake` the machines' day is moved so that it is a weekday's morning for them now: who
    looks on a Sunday night sees them work.
    """

    def __init__(
        self, machines: Sequence[Reporting], where: Address, *, now: float, history: float, awake: bool, stories: bool,
        kept: Path,
    ) -> None:  # fmt: skip
        """`kept` is a file for the numbers of the commands that the machines have heard."""
        boot = secrets.token_hex(4)
        self._lines = {
            each.code: Line([where], each.code, each.key, boot=boot, obey=self._obeying(each, kept))
            for each in machines
        }
        self._last: dict[str, list[float]] = {}
        self._states: dict[str, str] = {}
        self._shift = _to_morning(now) if awake else 0.0
        self._now = now
        self._history = history
        self._kinds: dict[str, list[Machine]] = {}
        for each in machines:
            machine = Machine(each.code, each.template, hours=each.hours, cycles=each.cycles)
            self._kinds.setdefault(each.template, []).append(machine)
        if stories:
            self._kinds = {kind: self._told(kind, park) for kind, park in self._kinds.items()}

    def _obeying(self, each: Reporting, kept: Path) -> Callable[[bytes], list[bytes]] | None:
        """What the machine's own program does with a command; None where nothing can be set."""
        from bihuan.apps.monitoring.catalogue import templates
        from bihuan.apps.monitoring.keys import hash_of

        template = templates()[each.template]
        if not template.settings:
            return None
        points = TEMPLATES[each.template].codes

        def write(point: str, value: float) -> None:
            machines = self._kinds[each.template]
            self._fleets(machines, self._now - TICK, TICK).set(each.code, point, value)
            self._last[each.code][points.index(point)] = value

        obeying = Obeying(
            each.code, hash_of(each.key), template, kept,
            values=lambda: dict(zip(points, self._last.get(each.code, ()), strict=False)),
            state=lambda: self._states.get(each.code, ""), write=write,
        )  # fmt: skip
        return lambda data: obeying.hear(data, time.time_ns() // 1_000_000)

    def _told(self, kind: str, park: list[Machine]) -> list[Machine]:
        """What goes wrong goes wrong with those that will be at work soon, so that it shows."""
        soon = Fleet(park, start=self._now + self._shift, tick=60.0, inner=60.0).step(
            self._now + self._shift + 1200
        )
        at_work = [
            sum(soon.state(row, column) in AT_WORK for row in range(3, len(soon)))
            for column in range(len(park))
        ]
        order = sorted(range(len(park)), key=lambda place: -at_work[place])
        failing = dict(zip(order, STORIES.get(kind, ()), strict=False))
        return [
            replace(machine, failures=(self._failure(*failing[place]),))
            if place in failing
            else machine
            for place, machine in enumerate(park)
        ]

    def _failure(self, kind: Kind, begins: float, grows: float, extent: float) -> Failure:
        return Failure(kind, begins=self._now + self._shift + begins, grows=grows, extent=extent)

    async def run(self, *, seconds: float | None = None) -> None:
        """History first, then live until told to stop."""
        tasks = [asyncio.create_task(line.run()) for line in self._lines.values()]
        try:
            await self._past()
            await self._live(seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _past(self) -> None:
        start = self._now - self._history
        while start < self._now - HISTORY_TICK and self._history:
            end = min(start + AT_ONCE * HISTORY_TICK, self._now - HISTORY_TICK)
            for machines in self._kinds.values():
                fleet = self._fleets(machines, start, HISTORY_TICK)
                self._put(fleet.step(end + self._shift), machines)
                await asyncio.sleep(0)
            for line in self._lines.values():
                await line.room(4)
            start = end
        for line in self._lines.values():
            if line.open:
                await line.confirmed.wait()
        if self._history:
            self._kinds = {
                kind: [self._aged(each) for each in machines]
                for kind, machines in self._kinds.items()
            }

    def _aged(self, machine: Machine) -> Machine:
        """The machine with its counters as its history left them."""
        points, last = list(TEMPLATES[machine.template].codes), self._last.get(machine.id)
        said = dict(zip(points, last, strict=True)) if last else {}
        return replace(
            machine,
            hours=float(said.get("HOURS", machine.hours)),
            cycles=int(said.get("CYCLES", machine.cycles)),
        )

    def _fleets(self, machines: Sequence[Machine], start: float, tick: float) -> Fleet:
        key = (machines[0].template, tick)
        fleets: dict[tuple[str, float], Fleet] = self.__dict__.setdefault("_made", {})
        if key not in fleets:
            fleets[key] = Fleet(machines, start=start + self._shift, tick=tick, inner=tick)
        return fleets[key]

    async def _live(self, seconds: float | None) -> None:
        fleets = [
            self._fleets(machines, self._now - TICK, TICK) for machines in self._kinds.values()
        ]
        until = None if seconds is None else time.time() + seconds
        while until is None or time.time() < until:
            for fleet in fleets:
                self._put(fleet.step(time.time() + self._shift), fleet.machines)
            await asyncio.sleep(1.0)

    def _put(self, samples: Samples, machines: Sequence[Machine]) -> None:
        points = list(TEMPLATES[machines[0].template].codes)
        for machine in machines:
            rows = [
                [round(millis - self._shift * 1000), *values] for millis, values in samples.sent_by(machine.id)
            ]  # fmt: skip
            if rows:
                self._last[machine.id] = rows[-1][1:]
                self._states[machine.id] = samples.state(-1, samples.machines.index(machine.id))
            if len(rows) == 1:
                self._lines[machine.id].put(
                    {"t": rows[0][0], "v": dict(zip(points, rows[0][1:], strict=True))}
                )
            elif rows:
                self._lines[machine.id].put({"p": points, "r": rows})


def _to_morning(now: float) -> float:
    """Seconds from now to ten in the morning of a Tuesday of China, a whole number of minutes."""
    here = datetime.fromtimestamp(now, UTC) + timedelta(hours=8)
    morning = here.replace(hour=10, minute=here.minute, second=here.second)
    morning += timedelta(days=(1 - here.weekday()) % 7)
    return round((morning - here).total_seconds() / 60) * 60.0
