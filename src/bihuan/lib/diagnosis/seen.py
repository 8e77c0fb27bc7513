"""Which symptoms a machine shows, from what is known of it now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bihuan.lib.diagnosis.knowledge import (
    Alarm,
    Answer,
    Change,
    Drift,
    Event,
    Knowledge,
    Reading,
    Sign,
)

NEVER = float("inf")
"""Days since an event that did not happen."""


@dataclass(frozen=True)
class Seen:
    """What is known; whatever is left out is not known, which is neither yes nor no.

    points    last good value of a point.
    changes   its change over so many hours: (point, hours) -> difference.
    drifts    against its own baseline: 1 above, -1 below, 0 within.
    alarms    codes that stand or stood shortly before; None when alarms are not watched.
    answers   of people: code of a symptom -> yes or no. An answer goes before the readings.
    days      since an event; `NEVER` when the history is complete and it did not happen.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    changes: Mapping[tuple[str, float], float] = field(default_factory=dict)
    drifts: Mapping[str, int] = field(default_factory=dict)
    alarms: Collection[str] | None = None
    answers: Mapping[str, bool] = field(default_factory=dict)
    days: Mapping[str, float] = field(default_factory=dict)


def symptoms(knowledge: Knowledge, seen: Seen) -> dict[str, bool]:
    """Symptoms that are known to be there or not."""
    found = {}
    for symptom in knowledge.symptoms:
        if symptom.code in seen.answers:
            found[symptom.code] = seen.answers[symptom.code]
            continue
        said = [shown for sign in symptom.signs if (shown := _shown(sign, seen)) is not None]
        if said:
            found[symptom.code] = any(said)
    return found


def _shown(sign: Sign, seen: Seen) -> bool | None:
    """Whether a sign is there; None when that is not known."""
    match sign:
        case Reading(point, less, above, below):
            value = seen.points.get(point)
            other = seen.points.get(less) if less else 0.0
            return None if value is None or other is None else _beyond(value - other, above, below)
        case Change(point, hours, above, below):
            change = seen.changes.get((point, hours))
            return None if change is None else _beyond(change, above, below)
        case Drift(point, up):
            drift = seen.drifts.get(point)
            return None if drift is None else drift == (1 if up else -1)
        case Alarm(code):
            return None if seen.alarms is None else code in seen.alarms
        case Event(code, days):
            since = seen.days.get(code)
            return None if since is None else since <= days
        case Answer():
            return None


def _beyond(value: float, above: float | None, below: float | None) -> bool | None:
    """A value that is no number says nothing."""
    if value != value:  # noqa: PLR0124 - NaN
        return None
    return (above is not None and value > above) or (below is not None and value < below)
