"""How soon the hourly watches of the shipped templates find a fault, and how often they cry in vain.

Simulated machines (`lib/simulate`), judged as the product judges them: 28 days of training, then each
watch with its own `beyond` for its own `for`. `limit` is when the first alarm by a limit of the same template
would have been passed by the means of two hours in a row. All days are counted from the beginning of the fault.
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
Floats = NDArray[np.float64]
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


RENEWED = {"instrument": ("HOURS", 1000.0)}
"""Parts that are changed by the hour meter: a column."""


@dataclass(frozen=True)
class Told:
    """The first word of a watch: after so many days since START, of which points."""

    watch: str
    day: float
    points: tuple[str, ...]


def run(size: str = "") -> dict[str, Any]:
    """All templates, or the one named by `size`; JSON-ready."""
    return {name: measured(name) for name in FAULTS if size in {"", name}}


def measured(
    name: str, *, healthy: int = HEALTHY, failing: int = FAILING, weeks: int = WEEKS
) -> dict[str, Any]:
    """One template: false alarms of healthy machines, and the days to each fault."""
    template = as_shipped()[name]
    well, worn = lived(name, healthy, failing, days=TRAINED + 7 * weeks)
    well = [_until_renewed(one, *RENEWED[name]) for one in well] if name in RENEWED else well
    false = [told for one in well for told in alarms(template, one)]
    faults = {}
    for kind, machines in worn.items():
        found = [next(iter(alarms(template, one)), None) for one in machines]
        limits = [limit_passed(template, one) for one in machines]
        faults[str(kind)] = {
            "found": [None if told is None else round(told.day - TRAINED, 1) for told in found],
            "by": sorted({f"{told.watch} {'+'.join(told.points)}" for told in found if told}),
            "limit": [None if day is None else round(day - TRAINED, 1) for day in limits],
        }
    return {
        "machine_weeks": round(sum((one.ends[-1] - START) / DAY - TRAINED for one in well) / 7),
        "false": [f"{told.watch} {'+'.join(told.points)} day {told.day:.0f}" for told in false],
        "faults": faults,
    }


@dataclass(frozen=True)
class Life:
    """When each hour ended in which a machine was long enough in the states that count, and its means."""

    points: tuple[str, ...]
    ends: Floats
    means: Floats


def lived(
    name: str, healthy: int, failing: int, *, days: float
) -> tuple[list[Life], dict[Kind, list[Life]]]:
    """Machines from START on, all side by side: healthy ones, and some of each fault."""
    park = [Machine(f"{name}{each}", name, hours=15.0 * each) for each in range(healthy)]
    for kind in FAULTS[name]:
        failure = Failure(kind, begins=START + TRAINED * DAY, grows=GROWS * DAY)
        park += [Machine(f"{kind}{each}", name, hours=15.0 * each, failures=(failure,)) for each in range(failing)]  # fmt: skip
    fleet = Fleet(park, start=START, tick=TICK, inner=TICK)
    template = as_shipped()[name]
    kept: list[list[tuple[Floats, Floats]]] = [[] for _each in park]
    for number in range(round(days)):
        samples = fleet.step(START + (number + 1) * DAY)
        for machine, said in enumerate(kept):
            said.append(_hours(template, samples, machine))
    lives = [
        Life(fleet.points, *(np.concatenate(part) for part in zip(*said, strict=True))) for said in kept
    ]  # fmt: skip
    first = {kind: healthy + place * failing for place, kind in enumerate(FAULTS[name])}
    return lives[:healthy], {kind: lives[at : at + failing] for kind, at in first.items()}


def _until_renewed(life: Life, counter: str, every: float) -> Life:
    """A new part begins another life (the product learns anew): what follows it is left out."""
    total = life.means[:, life.points.index(counter)]
    kept = np.floor(total / every) == np.floor(total[0] / every)
    return Life(life.points, life.ends[kept], life.means[kept])


def alarms(template: Template, life: Life) -> Iterator[Told]:
    """The first alarm of each watch of a machine, the earliest first."""
    found = [
        told
        for each in template.hourly
        if each.kind != FLEET and (told := _first(each, template, life)) is not None
    ]
    yield from sorted(found, key=lambda told: told.day)


def _hours(template: Template, samples: Samples, machine: int) -> tuple[Floats, Floats]:
    first = template.hourly[0]
    known = TEMPLATES[samples.template].states
    counted = [known.index(template.states[place].code) for place in first.states]
    inside = np.isin(samples.states[:, machine], counted)
    of: Floats = np.floor((samples.times - 1) / HOUR)
    kept, where = np.unique(of[inside], return_inverse=True)
    values = samples.values[inside, machine]
    count = np.bincount(where, minlength=len(kept))
    sums = [np.bincount(where, column, minlength=len(kept)) for column in values.T]
    means = np.column_stack([each / np.maximum(count, 1) for each in sums])
    enough = count * TICK >= first.hour
    ends: Floats = (kept[enough] + 1.0) * HOUR
    return ends, means[enough]


def _first(each: Watch, template: Template, life: Life) -> Told | None:
    ends, means = life.ends, life.means
    names = [template.points[place].code for place in each.points]
    columns = [life.points.index(name) for name in names]
    by = [life.points.index(template.points[place].code) for place in each.by]
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


def limit_passed(template: Template, life: Life) -> float | None:
    """Days until the means of two hours in a row lay beyond a limit of the template."""
    ends, means = life.ends, life.means
    later = ends > START + TRAINED * DAY
    days: list[float] = []
    for rule in template.rules:
        if rule.rate or rule.times > 1 or template.points[rule.point].counter:
            continue
        values = means[:, life.points.index(template.points[rule.point].code)]
        if rule.of is not None:
            values = values - means[:, life.points.index(template.points[rule.of].code)]
        fine = rule.states and not rule.states & template.hourly[0].states
        beyond = (values > rule.above) | (values < rule.below)
        twice = beyond & np.roll(beyond, 1) & later
        if not fine and twice.any():
            days.append((float(ends[twice][0]) - START) / DAY)
    return min(days, default=None)
