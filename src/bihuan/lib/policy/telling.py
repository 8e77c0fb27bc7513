"""What goes into an evaluation and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from bihuan.lib.policy import keys
from bihuan.lib.policy.model import Proof, Step
from bihuan.lib.workcal import Answer, Calendar, due, elapsed, milestone
from bihuan.lib.workcal.duration import CLOCK, Duration, Unit

SECTIONS = frozenset(("fact", *keys.SUBJECTS))
# The nearest subject of a fact that knows several: the first of these that it names.
NEAREST = ("asset", "contract", "contact", "person", "customer", "company")


class Calendars(Protocol):
    """Where calendars come from. ``24x7`` is always there; a strange name is a ``KeyError``."""

    def for_(self, name: str, sections: Mapping[str, Mapping[str, Any]]) -> Calendar: ...


@dataclass(frozen=True)
class Telling:
    """A fact as it was told.

    ``data`` holds the fact's values and the state of its subjects: nested
    (``{"fact": {...}, "customer": {...}}``), dotted (``{"fact.severity": ...}``), or the fact's
    own values alone. ``subjects`` maps a subject's type to its id.
    """

    uid: str
    kind: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def sections(self) -> dict[str, Mapping[str, Any]]:
        """The values by ``fact`` and subject type."""
        data = self.data
        if data and all(k in SECTIONS and isinstance(v, Mapping) for k, v in data.items()):
            return {"fact": {}, **data}
        found: dict[str, dict[str, Any]] = {"fact": {}}
        for key, value in data.items():
            section, dot, name = key.partition(".")
            if dot and section in SECTIONS:
                found.setdefault(section, {})[name] = value
            elif key in SECTIONS and isinstance(value, Mapping):
                found[key] = {**found.get(key, {}), **value}
            else:
                found["fact"][key] = value
        return dict(found)

    @property
    def nearest(self) -> str:
        """The type of the nearest subject: of a machine's fact the machine, not its customer."""
        named = self.sections["fact"].get("of")
        if isinstance(named, str) and named in self.subjects:
            return named
        return next((kind for kind in NEAREST if kind in self.subjects), "company")


class Told(NamedTuple):
    """One step of the ladder: when who is told."""

    at: datetime
    percent: int
    tell: str


class Beaten(NamedTuple):
    """A duty that the pack's choice between conflicting rules did not let stand."""

    rule: str
    clause: str
    within: str
    due_at: datetime | None


@dataclass(frozen=True)
class Duty:
    """Who owes what to whom by when, made by one rule from one occasion.

    ``role`` owes it. ``opens_at`` lies later than the fact when the duty is only scheduled yet.
    ``due_at`` is None when there is no limit. ``answer`` explains the limit slice by slice; it
    is None for limits that are a plain date. ``same`` holds the values that a discharging fact
    must share. ``window`` is set when the act belongs into one. ``source`` names the exception
    or contract term that changed the rule for this subject; ``beat`` lists what it was preferred to.
    """

    rule: str
    clause: str
    subject_type: str
    subject_id: str
    occasion: str
    must: str
    role: str
    anchor: datetime
    opens_at: datetime
    due_at: datetime | None
    calendar: str
    proof: Proof
    verified: str
    needs: tuple[str, ...]
    severity: str
    care: bool
    contact: bool
    app: str
    channel: tuple[str, ...]
    window: tuple[datetime, datetime] | None
    same: Mapping[str, str]
    steps: tuple[Step, ...]
    source: str
    answer: Answer | None = field(compare=False, repr=False)
    days: Calendar | None = field(compare=False, repr=False)
    # by when it is meant to be done where a first period is spread: a plan, never the limit
    planned_at: datetime | None = None
    beat: tuple[Beaten, ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes the obligation one: rule, subject type, subject, occasion."""
        return (self.rule, self.subject_type, self.subject_id, self.occasion)

    @cached_property
    def ladder(self) -> tuple[Told, ...]:
        """Each step with its instant, in order of time. Empty without a limit."""
        if self.due_at is None:
            return ()
        return tuple(
            Told(self._instant(step.percent, self.due_at), step.percent, step.tell)
            for step in self.steps
        )

    def _instant(self, percent: int, end: datetime) -> datetime:
        """Shares up to the limit are of the counted time; beyond it the count goes on."""
        if percent == 100:
            return end
        if self.answer is None or self.answer.backward or self.days is None:
            start = min(self.opens_at, end)
            return start + (end - start) * percent / 100
        if percent < 100:
            return milestone(self.answer, percent) or end
        return self._beyond(self.answer, self.days, end, percent - 100)

    def _beyond(self, answer: Answer, calendar: Calendar, end: datetime, percent: int) -> datetime:
        if answer.within.unit in CLOCK:
            return end + (end - answer.start) * percent / 100
        worked = elapsed(calendar, answer.start, end) * percent / 100
        minutes = max(1, round(worked / timedelta(minutes=1)))
        return due(calendar, end, Duration(minutes, Unit.WORK_MINUTE)).due or end


@dataclass(frozen=True)
class Discharge:
    """A fact that fulfils what these rules asked.

    It fits the open obligations of these rules with this subject (``subject_id`` empty: of any
    subject) whose ``same`` values are equal.
    """

    rules: tuple[str, ...]
    subject_type: str
    subject_id: str
    same: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class Failure:
    """A rule that could not be judged: counted, never taken for false.

    ``where`` is the part of the rule: parameter, for, if, calendar, by, within, opens, subject,
    done.
    """

    rule: str
    clause: str
    where: str
    detail: str


@dataclass(frozen=True)
class Override:
    """A dated exception or a contract's term that lies over a rule for one subject.

    Empty fields leave the rule as it is; ``never`` frees the subject from it. The caller hands
    in those that hold for the telling's subjects at its time, the strongest last.
    """

    rule: str
    source: str
    within: str = ""
    calendar: str = ""
    by: str = ""
    never: bool = False


@dataclass(frozen=True)
class Response:
    """All that a telling calls for. ``taken`` is false when no rule listens to its kind."""

    duties: tuple[Duty, ...]
    discharges: tuple[Discharge, ...]
    failures: tuple[Failure, ...]
    taken: bool = True
