"""How soon the hourly watches of the shipped templates find a fault, and how often they cry in vain.

Simulated machines (`lib/simulate`), judged as the product judges them: 28 days of training, then each
watch with its own `beyond` for its own `for`. `limit` is when the first alarm by a limit of the same template
would have been raised by the mean of an hour. All days are counted from the beginning of the fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.lib.diagnosis import SLOW, NoBaseline, departed, ordinary
from bihuan.lib.machines import Template, Watch
from bihuan.lib.machines.watch import FLEET
from bihuan.lib.simulate import TEMPLATES, Failure, Fleet, Kind, Machine, Samples

START = 1_772_380_800.0
"""1 March 2026 in China: training in a cold month, the faults in spring."""
DAY, HOUR, TICK = 86_400.0, 3600.0, 300.0
TRAINED, GROWS = 28.0, 60.0
WEEKS, HEALTHY, FAILING = 16, 20, 4
FAULTS: Mapping[str, tuple[Kind, ...]] = {
    "centrifuge": (Kind.BEARING_WEAR, Kind.LOOSE_FOOT, Kind.IMBALANCE, Kind.COOLING_LOSS),
    "pump": (Kind.BEARING_WEAR, Kind.FILTER_BLOCKAGE),
    "excavator": (
        Kind.RADIATOR_BLOCKAGE, Kind.HYDRAULIC_LEAK, Kind.INJECTOR_WEAR, Kind.CHARGING_LOSS, Kind.OIL_PUMP_WEAR,
    ),
    "instrument": (Kind.FILTER_BLOCKAGE, Kind.LAMP_AGEING, Kind.SEAL_LEAK),
    "cabinet": (Kind.FILTER_BLOCKAGE, Kind.FAN_FAILURE),
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """The first word of a watch: after so many days since START, of which points."""

    watch: str
    day: float
    points: tuple[str, ...]


def run(size: str = "") -> dict[str, Any]:
    """All templates, or the one named by `size`; JSON-ready."""
    return {name: measured(name) for name in FAULTS if size in {"", name}}


def measured(name: str, *, healthy: int = HEALTHY, failing: int = FAILING) -> dict[str, Any]:
    """One template: false alarms of healthy machines, and the days to each fault."""
    template = as_shipped()[name]
    well = lived(name, healthy, (), days=TRAINED + 7 * WEEKS)
    false = [told for one in range(healthy) for told in alarms(template, well, one)]
    faults = {}
    for kind in FAULTS[name]:
        failure = Failure(kind, begins=START + TRAINED * DAY, grows=GROWS * DAY)
        samples = lived(name, failing, (failure,), days=TRAINED + GROWS)
        found = [next(iter(alarms(template, samples, one)), None) for one in range(failing)]
        limits = [limit_passed(template, samples, one) for one in range(failing)]
        faults[str(kind)] = {
            "found": [None if told is None else round(told.day - TRAINED, 1) for told in found],
            "by": sorted({f"{told.watch} {'+'.join(told.points)}" for told in found if told}),
            "limit": [None if day is None else round(day - TRAINED, 1) for day in limits],
        }
    return {
        "machine_weeks": healthy * WEEKS,
        "false": [f"{told.watch} {'+'.join(told.points)} day {told.day:.0f}" for told in false],
        "faults": faults,
    }


def lived(name: str, machines: int, failures: tuple[Failure, ...], *, days: float) -> Samples:
    """Machines from START on, every five minutes."""
    # A column and a lamp that are changed on the way are another life: these are not.
    park = [
        Machine(f"{name}{each}", name, hours=20.0 * each, failures=failures) for each in range(machines)
    ]  # fmt: skip
    fleet = Fleet(park, start=START, tick=TICK, inner=TICK)
    return fleet.step(START + days * DAY)


def alarms(template: Template, samples: Samples, machine: int) -> Iterator[Told]:
    """The first alarm of each watch of a machine, the earliest first."""
    ends, means = hours(template, samples, machine)
    found = [
        told
        for each in template.hourly
        if each.kind != FLEET and (told := _first(each, template, samples, ends, means))
    ]
    yield from sorted(found, key=lambda told: told.day)


def hours(
    template: Template, samples: Samples, machine: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """When each hour ended in which the machine was long enough in the states, and its means."""
    first = template.hourly[0]
    known = TEMPLATES[samples.template].states
    counted = [known.index(template.states[place].code) for place in first.states]
    inside = np.isin(samples.states[:, machine], counted)
    of = np.floor((samples.times - 1) / HOUR).astype(np.int64)
    kept, where = np.unique(of[inside], return_inverse=True)
    values = samples.values[inside, machine]
    count = np.bincount(where)
    means = np.column_stack(
        [np.bincount(where, values[:, column]) / count for column in range(values.shape[1])]
    )
    enough = count * TICK >= first.hour
    return (kept[enough] + 1) * HOUR, means[enough]


def _first(
    each: Watch, template: Template, samples: Samples, ends: NDArray[np.float64], means: NDArray[np.float64]
) -> Told | None:  # fmt: skip
    names = [template.points[place].code for place in each.points]
    columns = [samples.points.index(name) for name in names]
    by = [samples.points.index(template.points[place].code) for place in each.by]
    training = ends <= START + each.learn
    settings = replace(SLOW, worth=each.worth)
    try:
        known, state = ordinary(
            ends[training].tolist(), means[training][:, columns].tolist(), means[training][:, by].tolist(), names, settings
        )  # fmt: skip
    except NoBaseline:
        return None
    later = ~training
    _state, found = departed(
        known.beyond(each.beyond), state, ends[later].tolist(), means[later][:, columns].tolist(), means[later][:, by].tolist()
    )  # fmt: skip
    since = inf
    for end, over, ratio in zip(ends[later], found.alarm, found.ratio, strict=True):
        since = min(since, float(end)) if over else inf
        if end - since >= each.lasting:
            beyond = [name for name, one in zip(names, np.abs(ratio), strict=True) if one >= 1]
            return Told(each.code, (float(end) - START) / DAY, tuple(beyond))
    return None


def limit_passed(template: Template, samples: Samples, machine: int) -> float | None:
    """Days until the mean of an hour first lay beyond a limit of the template."""
    ends, means = hours(template, samples, machine)
    later = ends > START + TRAINED * DAY
    days: list[float] = []
    for rule in template.rules:
        if rule.rate or rule.times > 1 or template.points[rule.point].counter:
            continue
        values = means[:, samples.points.index(template.points[rule.point].code)]
        if rule.of is not None:
            values = values - means[:, samples.points.index(template.points[rule.of].code)]
        fine = rule.states and not rule.states & template.hourly[0].states
        beyond = (values > rule.above) | (values < rule.below)
        if not fine and (beyond & later).any():
            days.append((float(ends[beyond & later][0]) - START) / DAY)
    return min(days, default=None)
