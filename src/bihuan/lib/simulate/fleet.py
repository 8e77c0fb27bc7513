"""Machines of one template, simulated side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bihuan.lib.simulate.cabinet import Cabinet
from bihuan.lib.simulate.centrifuge import Centrifuge
from bihuan.lib.simulate.dice import Array, Dice, Flags
from bihuan.lib.simulate.excavator import Excavator
from bihuan.lib.simulate.failures import Failure, Faults, Kind
from bihuan.lib.simulate.instrument import Instrument
from bihuan.lib.simulate.model import TEMPLATES, BadMachine, Machine, Physics, Settable, States
from bihuan.lib.simulate.pump import Pump
from bihuan.lib.simulate.sensors import Sensors

_PHYSICS: dict[str, type[Physics]] = {
    "centrifuge": Centrifuge,
    "pump": Pump,
    "excavator": Excavator,
    "instrument": Instrument,
    "cabinet": Cabinet,
}
_GRID = 1e-6


@dataclass(frozen=True)
class Samples:
    """What the machines measured.

    ``values`` is [time, machine, point] in the order of ``points``; ``times`` are true seconds
    since 1970, ``clocks`` [time, machine] what each device believes. A silent device measures
    but sends nothing: ``sent`` is False. ``states`` index into the template's states.
    """

    template: str
    points: tuple[str, ...]
    machines: tuple[str, ...]
    times: Array
    clocks: Array
    values: Array
    sent: Flags
    states: States

    def __len__(self) -> int:
        return len(self.times)

    def point(self, code: str) -> Array:
        """One measuring point of all machines, [time, machine]."""
        values: Array = self.values[:, :, self.points.index(code)]
        return values

    def state(self, row: int, column: int) -> str:
        """The true state of a machine at the time of this row."""
        return TEMPLATES[self.template].states[int(self.states[row, column])]

    def sent_by(self, machine: str) -> Iterator[tuple[int, list[float]]]:
        """Yield what this machine sent: its own clock in milliseconds, and the values in order."""
        column = self.machines.index(machine)
        for row in np.flatnonzero(self.sent[:, column]):
            clock = round(float(self.clocks[row, column]) * 1000)
            yield clock, self.values[row, column].tolist()


class Fleet:
    """Machines of one template that measure every ``tick`` seconds.

    The physics moves on a grid of ``inner`` seconds that is fixed to the epoch, so the samples
    are the same however far each ``step`` goes and whatever else is in the fleet.
    """

    def __init__(
        self, machines: Sequence[Machine], *, start: float, tick: float = 10.0, inner: float = 10.0
    ) -> None:
        templates = {each.template for each in machines}
        if len(templates) != 1:
            raise BadMachine(f"a fleet holds machines of one template, not {sorted(templates)}")
        if len({each.id for each in machines}) != len(machines):
            raise BadMachine("two machines of this fleet have the same id")
        self._every = round(tick / inner)
        if inner <= 0 or self._every < 1 or abs(self._every * inner - tick) > _GRID:
            raise BadMachine(f"the tick of {tick} s is no multiple of {inner} s")
        self.template = templates.pop()
        self.machines = tuple(machines)
        self.points = TEMPLATES[self.template].codes
        self.tick = tick
        self._inner = inner
        dice = Dice([each.chance for each in machines])
        self._count = self._ticks(start) * self._every
        faults = self._faults()
        begins = self._count * inner
        self._physics = _PHYSICS[self.template](self.machines, dice, faults, begins)
        self._sensors = Sensors(TEMPLATES[self.template], len(machines), dice)

    @property
    def now(self) -> float:
        """How far it has been stepped."""
        return self._count * self._inner

    def step(self, until: float) -> Samples:
        """Return the samples after ``now`` up to and including ``until``."""
        last = self._ticks(until)
        first = self._count // self._every + 1
        rows, columns = max(last - first + 1, 0), len(self.machines)
        values = np.empty((rows, columns, len(self.points)))
        states = np.empty((rows, columns), dtype=np.int8)
        times = np.empty(rows)
        clocks = np.empty((rows, columns))
        sent = np.empty((rows, columns), dtype=bool)
        faults = self._physics.faults
        for row in range(rows):
            for _ in range(self._every - 1):
                self._advance()
            true, states[row] = self._advance()
            times[row] = t = self.now
            values[row] = self._sensors.read(true, t, faults)
            clocks[row] = t + faults.severity(Kind.CLOCK_WRONG, t)
            sent[row] = faults.severity(Kind.DEVICE_SILENT, t) <= 0
        ids = tuple(each.id for each in self.machines)
        return Samples(self.template, self.points, ids, times, clocks, values, sent, states)

    def _advance(self) -> tuple[Array, States]:
        self._count += 1
        return self._physics.advance(self.now, self._inner)

    def declare(self, machine: str, *failures: Failure) -> None:
        """Let something go wrong that was not foreseen; it begins after ``now``."""
        early = [each.kind for each in failures if each.begins < self.now]
        if early:
            raise BadMachine(f"{machine}: {early[0]} would begin in the past")
        self._change(machine, (*self._of(machine).failures, *failures))

    def set(self, machine: str, point: str, value: float) -> None:
        """Somebody changes a set-point; the machine follows from ``now`` on as its physics allows."""
        self._of(machine)
        if not isinstance(self._physics, Settable) or point not in self._physics.settable:
            raise BadMachine(f"{point} of {self.template} cannot be set")
        self._physics.set([each.id for each in self.machines].index(machine), point, value)

    def repair(self, machine: str, kind: Kind, *, at: float) -> None:
        """Somebody puts this kind of failure right."""
        if at < self.now:
            raise BadMachine(f"{machine}: {kind} would be repaired in the past")
        own = self._of(machine).failures
        self._change(
            machine, tuple(_ended(each, at) if each.kind is kind else each for each in own)
        )

    def _of(self, machine: str) -> Machine:
        found = next((each for each in self.machines if each.id == machine), None)
        if found is None:
            raise BadMachine(f"no machine {machine!r} in this fleet")
        return found

    def _change(self, machine: str, failures: tuple[Failure, ...]) -> None:
        changed = replace(self._of(machine), failures=failures)
        self.machines = tuple(changed if each.id == machine else each for each in self.machines)
        self._physics.faults = self._faults()

    def _faults(self) -> Faults:
        return Faults([each.failures for each in self.machines], self.points)

    def _ticks(self, t: float) -> int:
        return int(np.floor(t / self.tick + _GRID))


def _ended(failure: Failure, at: float) -> Failure:
    """A failure that was put right before it began never was."""
    return replace(failure, ends=max(min(failure.ends, at), failure.begins))


def fleets(
    machines: Sequence[Machine], *, start: float, tick: float = 10.0, inner: float = 10.0
) -> list[Fleet]:
    """Sort machines of any kind into fleets, one a template."""
    kinds = dict.fromkeys(each.template for each in machines)
    return [
        Fleet(
            [each for each in machines if each.template == kind],
            start=start,
            tick=tick,
            inner=inner,
        )
        for kind in kinds
    ]
