"""Answers from the other sections: a complaint's grade, points, thresholds, the channel mix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bihuan.lib.policy.making import Asked, Stop, local_of
from bihuan.lib.policy.model import Pack, Rule
from bihuan.lib.policy.parts import Complaints, Earn, Threshold
from bihuan.lib.policy.telling import Calendars, Telling
from bihuan.lib.workcal.periods import add_months

_MIX_MONTHS = 12  # the language defines the mix over rolling twelve months


def grade(complaints: Complaints, answers: Mapping[str, bool]) -> str:
    """The gravest grade that a yes asks for; the lightest when nothing does.

    Raises ``KeyError`` for an answer to a question that the pack does not ask.
    """
    order = [each.code for each in complaints.grades]
    asked = {question.id: question for question in complaints.questions}
    found = 0
    for question, yes in answers.items():
        wanted = asked[question].yes
        if yes:
            found = max(found, order.index(wanted))
    return order[found]


@dataclass(frozen=True)
class Earned:
    """Points for a fact: which row of the programme gave how many."""

    row: int
    points: int
    earn: Earn


def points_for(pack: Pack, fact: Telling, calendars: Calendars) -> list[Earned]:
    """The points that a fact brings; a row whose condition cannot be judged brings none.

    The calendars say what `fact.day` is: a day of work or not.
    """
    if pack.points is None:
        return []
    found: list[Earned] = []
    for row, earn in enumerate(pack.points.earn):
        if earn.on != fact.kind:
            continue
        if earn.condition is not None:
            terms = pack.terms.get(fact.kind)
            local = local_of(pack, calendars, fact.sections)
            asked = Asked(terms, earn.condition.names, fact.sections, fact.at, local)
            try:
                if earn.condition.ask(asked.key, asked.activation) is not True:
                    continue
            except Stop:
                continue
        found.append(Earned(row, earn.points, earn))
    return found


def crossed(pack: Pack, of: str, value: float) -> list[Threshold]:
    """The thresholds of this measured value that it passes."""
    return [t for t in pack.thresholds if t.of == of and t.crossed(value)]


@dataclass(frozen=True)
class Share:
    """One channel of the mix: its share of the acts, what is asked, whether that is kept."""

    channel: str
    share: float
    operator: str
    wanted: float
    kept: bool


@dataclass(frozen=True)
class MixState:
    """The channel mix over the last twelve months.

    ``enough`` is false while fewer acts than the rule's least number were counted: then nothing
    is said about ``kept``. ``kept`` counts the rule's tolerance in.
    """

    counted: int
    enough: bool
    kept: bool
    shares: tuple[Share, ...]


def mix_from(day: date) -> date:
    """The first of the days whose acts count in the mix judged on ``day``: twelve months."""
    return add_months(day, -_MIX_MONTHS) + timedelta(days=1)


def mix(counts: Mapping[str, int], rule: Rule) -> MixState:
    """Judge the channels of the acts done since ``mix_from``: channel -> how many acts."""
    done = sum(counts.values())
    shares = tuple(
        _share(channel, operator, wanted, counts.get(channel, 0) / max(done, 1), rule.mix_tolerance)
        for channel, (operator, wanted) in rule.mix.items()
    )
    enough = done >= max(rule.mix_min, 1)
    return MixState(done, enough, not enough or all(s.kept for s in shares), shares)


def _share(channel: str, operator: str, wanted: float, share: float, tolerance: float) -> Share:
    slack, rounding = tolerance, 1e-9
    match operator:
        case ">=":
            kept = share >= wanted - slack - rounding
        case ">":
            kept = share > wanted - slack + rounding
        case "<=":
            kept = share <= wanted + slack + rounding
        case "<":
            kept = share < wanted + slack - rounding
        case _:
            kept = abs(share - wanted) <= slack + rounding
    return Share(channel, share, operator, wanted, kept)
