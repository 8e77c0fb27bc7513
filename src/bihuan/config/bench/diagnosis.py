"""Is the first cause as often right as it says: simulated faults, on others than it learnt from."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.config.django_setup import set_up

DAY, HOUR = 86_400.0, 3_600.0
START = 1_764_554_400.0
QUIET, ILL = 30, 30
"""Days in which a machine is learnt, and in which its fault grows."""
COARSE = 300.0
EACH = 8
"""Faults of a kind; every other one is learnt from."""
SEED = 11
TRUE = {
    "centrifuge": {"imbalance": "IMBALANCE", "bearing_wear": "BEARING_WEAR", "loose_foot": "FOOT_LOOSE", "cooling_loss": "COOLING_LOSS"},
    "pump": {"imbalance": "OTHER", "bearing_wear": "BEARING_WEAR", "loose_foot": "OTHER", "cavitation": "CAVITATION", "filter_blockage": "FILTER_BLOCKED", "dry_run": "DRY_RUN"},
    "excavator": {"radiator_blockage": "RADIATOR_BLOCKED", "hydraulic_leak": "PUMP_LEAKAGE"},
    "instrument": {"filter_blockage": "COLUMN_BLOCKED", "lamp_ageing": "LAMP_AGED"},
    "cabinet": {"fan_failure": "AIR_BLOCKED", "supply_ripple": "SUPPLY_WEAK", "bus_fault": "CONNECTOR"},
}  # fmt: skip
"""What a simulated fault is called in the list of causes; what the list does not have is `OTHER`."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """An alarm: the fault that was simulated, and what was known of the machine then."""

    machine: int
    cause: str
    shown: Mapping[str, bool]


def run(each: int | str = EACH) -> dict[str, Any]:
    """Measure; JSON-ready. `each`: faults of a kind."""
    set_up()
    each = int(each)
    from bihuan.apps.monitoring.actions.opinion import knowledge
    from bihuan.lib.diagnosis import Closed, Counts, taught, weighed

    found: dict[str, Any] = {"faults_of_a_kind": each, "templates": {}}
    pooled: dict[str, list[Any]] = {"file": [], "taught": [], "weighed": []}
    for template in TRUE:
        known = knowledge(template)
        assert known is not None
        cases = list(_cases(template, each))
        learnt = [Closed(case.cause, case.shown) for case in cases if case.machine % 2 == 0]
        tried = [case for case in cases if case.machine % 2]
        ways = {
            "file": known, "taught": taught(known, Counts.of(learnt)), "weighed": weighed(known, learnt),
        }  # fmt: skip
        said = {name: _said(way, tried) for name, way in ways.items()}
        for name, rows in said.items():
            pooled[name] += rows
        found["templates"][template] = {
            "alarms_learnt": len(learnt), "alarms_tried": len(tried), "weight": ways["weighed"].weight,
            **{name: _figures(rows) for name, rows in said.items()},
        }  # fmt: skip
    found["all"] = {name: _figures(rows) | {"table": _table(rows)} for name, rows in pooled.items()}
    file, learnt_ = found["all"]["file"], found["all"]["weighed"]
    found["ok"] = all(learnt_[name] <= file[name] for name in ("calibration_error", "brier"))
    return found


def _said(known: Any, cases: Sequence[Case]) -> list[Any]:
    """The first cause of the list, as a person reads it; right where it was the one."""
    from bihuan.lib.diagnosis import Said, diagnose

    found = []
    for case in cases:
        first = diagnose(known, case.shown).ranked[0]
        found.append(Said(first.probability, first.cause == case.cause))
    return found


def _figures(said: Sequence[Any]) -> dict[str, float]:
    from bihuan.lib.diagnosis import brier, calibration_error, reliability

    return {
        "right": round(sum(each.right for each in said) / max(len(said), 1), 3),
        "stated": round(sum(each.probability for each in said) / max(len(said), 1), 3),
        "calibration_error": round(calibration_error(reliability(said)), 3), "brier": round(brier(said), 3),
    }  # fmt: skip


def _table(said: Sequence[Any]) -> list[dict[str, Any]]:
    from bihuan.lib.diagnosis import reliability

    return [
        {
            "stated": f"{row.low:.1f} to {row.high:.1f}", "alarms": row.count, "right": row.right,
            "share": None if not row.count else round(row.share, 2), "interval": [round(each, 2) for each in row.interval],
        }
        for row in reliability(said)
    ]  # fmt: skip


def _cases(template: str, each: int) -> Iterator[Case]:
    """The alarms of a fleet in which every machine has one fault: the first by a limit, the first by
    its own life.
    """
    from bihuan.apps.monitoring.actions.opinion import knowledge
    from bihuan.apps.monitoring.catalogue import as_shipped
    from bihuan.lib.diagnosis import Seen, symptoms
    from bihuan.lib.simulate import Failure, Fleet, Kind, Machine

    chance, own = random.Random(f"{SEED} {template}"), as_shipped()[template]
    known = knowledge(template)
    assert known is not None
    kinds = [kind for kind in TRUE[template] for _ in range(each)]
    chance.shuffle(kinds)
    machines = []
    for place, kind in enumerate(kinds):
        begins = START + (QUIET + chance.uniform(0, 3)) * DAY
        failure = Failure(
            Kind(kind), begins=begins, grows=chance.uniform(0.5, 25) * DAY, extent=chance.uniform(0.4, 1)
        )  # fmt: skip
        machines.append(Machine(f"{template}{place}", template, failures=(failure,)))
    fleet = Fleet(machines, start=START, tick=COARSE, inner=COARSE)
    samples = fleet.step(START + (QUIET + ILL) * DAY)
    order = [samples.points.index(point.code) for point in own.points]
    values = samples.values[:, :, order]
    raised = _raised(own, samples.times, values)
    for place, kind in enumerate(kinds):
        mine, cause = values[:, place], TRUE[template][kind]
        life = _Life(own, samples.times, mine)
        at = raised.get(place)
        if at is not None:
            row, rules = at
            here = _here(own, mine[row])
            changes = {(point, hours): life.change(point, hours, row) for point, hours in known.changes if point in here}  # fmt: skip
            seen = Seen(
                points=here, drifts=life.drifts(samples.times[row], here), alarms=rules,
                changes={key: value for key, value in changes.items() if not math.isnan(value)},
            )  # fmt: skip
            yield Case(place, cause, symptoms(known, seen))
        early = life.first()
        if early is not None and (at is None or early < samples.times[at[0]]):
            drifts = {code: side for code, side in life.drifts(early, {}).items() if side}
            yield Case(place, cause, symptoms(known, Seen(drifts=drifts)))


def _here(own: Any, row: Floats) -> dict[str, float]:
    return {
        point.code: float(value)
        for point, value in zip(own.points, row, strict=True)
        if not math.isnan(value)
    }


def _raised(own: Any, times: Floats, values: Floats) -> dict[int, tuple[int, set[str]]]:
    """Machine -> the row in which the first rule by a limit raised, and what did."""
    from bihuan.lib.machines.evaluate import RAISED, Evaluator

    judge = Evaluator(replace(own, silent=1e9))
    many = np.arange(values.shape[1])
    found: dict[int, tuple[int, set[str]]] = {}
    for row in range(int((times < START + QUIET * DAY).sum()), len(times)):
        new: dict[int, set[str]] = {}
        for event in judge.feed(many, np.full(len(many), times[row]), values[row]):
            if event.what == RAISED and event.machine not in found:
                new.setdefault(event.machine, set()).add(event.rule)
        found |= {machine: (row, rules) for machine, rules in new.items()}
    return found


class _Life:
    """One machine's hours, and how far they are from what they were in its quiet time."""

    def __init__(self, own: Any, times: Floats, values: Floats) -> None:
        from bihuan.lib.machines.states import states_of

        self.own, self.times, self.values = own, times, values
        with np.errstate(invalid="ignore", divide="ignore"):
            speeds = np.diff(values, axis=0, prepend=np.nan) / COARSE
        self.states = states_of(own, values, speeds)
        self._lives = [life for watch in own.hourly if (life := self._learn(watch)) is not None]

    def _learn(self, watch: Any) -> Any:
        from bihuan.lib.diagnosis import NoBaseline, departed, ordinary

        if watch.kind == "FLEET":
            return None
        names = [self.own.points[place].code for place in watch.points]
        ends, means, drivers = self._hours(watch)
        quiet = int((ends <= START + QUIET * DAY).sum())
        if quiet < watch.least:
            return None
        try:
            known, state = ordinary(ends[:quiet], means[:quiet], drivers[:quiet], names)
        except NoBaseline:
            return None
        known = known.beyond(watch.beyond)
        later = ends[quiet:], means[quiet:], drivers[quiet:]
        _state, found = departed(known, state, *later)
        since, first = math.nan, None
        for end, alarm in zip(later[0].tolist(), found.alarm, strict=True):
            since = math.nan if not alarm else end if math.isnan(since) else since
            if end - since >= watch.lasting:
                first = end
                break
        return known, state, later, first

    def _hours(self, watch: Any) -> tuple[Any, Any, Any]:
        """Means of the hours spent in the states of a watch."""
        hour = np.floor((self.times - 1) / HOUR).astype(np.int64)
        rows = (
            np.isin(self.states, list(watch.states)) if watch.states else np.ones(len(hour), bool)
        )
        numbers, place, many = np.unique(hour[rows], return_inverse=True, return_counts=True)

        def means(points: Sequence[int]) -> Floats:
            sums = np.zeros((len(numbers), len(points)))
            np.add.at(sums, place, self.values[rows][:, list(points)])
            return sums / many[:, None]

        long = many * COARSE >= watch.hour
        return (numbers[long] + 1) * HOUR, means(watch.points)[long], means(watch.by)[long]

    def first(self) -> float | None:
        """When a watch first raised."""
        found = [first for *_life, first in self._lives if first is not None]
        return min(found, default=None)

    def drifts(self, at: float, here: Mapping[str, float]) -> dict[str, int]:
        """As `opinion.drifts_of`, at a moment."""
        from bihuan.lib.diagnosis import departed, departures

        found: dict[str, int] = {}
        for known, before, (ends, means, drivers), _first in self._lives:
            upto = int((ends <= at).sum())
            state, _found = departed(known, before, ends[:upto], means[:upto], drivers[:upto])
            lines = dict(zip((each.name for each in known.baseline.channels), state.lines, strict=True))  # fmt: skip
            for each in departures(known, state):
                if lines[each.name].alarm:
                    found[each.name] = 1 if each.ratio > 0 else -1
                elif (
                    known.explained is None
                    and each.name in here
                    and abs(here[each.name] - each.level) <= abs(each.limit - each.level)
                ):
                    found.setdefault(each.name, 0)
        return found

    def change(self, point: str, hours: float, row: int) -> float:
        """Since the day's hours around, so many hours ago; NaN where nothing was measured."""
        place = self.own.places[point]
        at = self.times[row] - hours * HOUR
        rows = np.abs(self.times - at) <= 12 * HOUR
        if at < START or not rows.any():
            return math.nan
        return float(self.values[row, place] - np.nanmedian(self.values[rows, place]))
