"""From a fact to duties and discharges. No state: the same telling gives the same response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from bihuan.lib.policy import keys
from bihuan.lib.policy.cadence import cadence_duties
from bihuan.lib.policy.duty import Calendars, Duty, Stop, occasion_duty
from bihuan.lib.policy.index import KindIndex, PackIndex, index_of
from bihuan.lib.policy.model import Pack, Rule

_SECTION_NAMES = frozenset(("fact", *keys.SUBJECTS))


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
        if data and all(k in _SECTION_NAMES and isinstance(v, Mapping) for k, v in data.items()):
            return dict(data)
        found: dict[str, dict[str, Any]] = {"fact": {}}
        for key, value in data.items():
            section, dot, name = key.partition(".")
            if dot and section in _SECTION_NAMES:
                found.setdefault(section, {})[name] = value
            else:
                found["fact"][key] = value
        return dict(found)


@dataclass(frozen=True)
class Discharge:
    """A fact that fulfils what these rules asked.

    It fits open obligations of the rules with this subject (when the rules' subject is known
    here) whose origin had the same values in ``same``.
    """

    rules: tuple[str, ...]
    subject_type: str
    subject_id: str
    same: Mapping[str, str]
    at: datetime


@dataclass(frozen=True)
class Failure:
    """A rule that could not be judged: counted, never taken for false."""

    rule: str
    clause: str
    where: str
    detail: str


@dataclass(frozen=True)
class Override:
    """A dated exception or a contract's term that lies over a rule for one subject.

    Empty fields leave the rule as it is; ``never`` frees the subject from it. The caller finds
    those that hold for the telling's subjects.
    """

    rule: str
    source: str
    within: str = ""
    calendar: str = ""
    by: str = ""
    never: bool = False


@dataclass(frozen=True)
class Response:
    """All that a telling calls for."""

    duties: tuple[Duty, ...]
    discharges: tuple[Discharge, ...]
    failures: tuple[Failure, ...]
    taken: bool = True


class Respond(Protocol):
    """The form of ``respond``, for callers that wrap it."""

    def __call__(self, pack: Pack, fact: Telling, calendars: Calendars) -> Response: ...


def respond(
    pack: Pack,
    fact: Telling,
    calendars: Calendars,
    overrides: Sequence[Override] = (),
) -> Response:
    """The duties a fact creates, the ones it discharges, and the rules that could not be judged.

    ``taken`` is false when no rule of the pack listens to this kind of fact at all. A failing
    condition stops its rule alone.
    """
    kind = index_of(pack).kinds.get(fact.kind)
    if kind is None:
        return Response((), (), (), taken=False)
    over = {override.rule: override for override in overrides}
    duties: list[Duty] = []
    failures: list[Failure] = []
    asked = _Asked(kind, fact)
    for rule in kind.rules:
        stop = _event(pack, rule, fact, asked, calendars, over.get(rule.id), duties)
        if stop is not None:
            failures.append(Failure(rule.id, rule.clause, stop.where, stop.detail))
    if kind.turns:
        cadence_duties(pack, kind, fact, calendars, over, duties, failures)
    settled = _settle(pack, duties) if len(duties) > 1 and pack.settlements else duties
    discharges = tuple(_discharges(kind, fact, asked, failures))
    return Response(tuple(settled), discharges, tuple(failures))
