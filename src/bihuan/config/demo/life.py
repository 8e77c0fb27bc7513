"""One year, week by week and then day by day: facts are told, people act, the clock ticks. Each step is a transaction."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from functools import partial

from django.db import connection, transaction
from django.utils import translation

from bihuan.base import clock, ticks
from bihuan.base.facts.listeners import all_heard, drain_all
from bihuan.base.garbage import keep_for_good
from bihuan.base.together import together
from bihuan.config.demo import (
    deeds,
    duties,
    founding,
    happenings,
    turning_points,
)
from bihuan.config.demo.chance import ZONE
from bihuan.config.demo.makers import DEFAULT, maker
from bihuan.config.demo.notebook import Notebook, Outline, opened
from bihuan.config.demo.stage import Stage
from bihuan.lib.workcal import DayKind, china, days

SEED = 20261009
CUSTOMERS = 300
CHUNK = 25
DAILY = 14
# When, as a share of the life, and which share of the customers joins.
WAVES = ((0.0, 0.3), (0.28, 0.25), (0.55, 0.25), (0.78, 0.2))
DAY_ENDS = clock_time(21, 0)
FOUNDED = clock_time(6, 0)
TRIES = 500
FOUNDING = 2
"""After so many steps those of `welcome` can sign in."""
AT_WORK = (DayKind.WORKDAY, DayKind.MAKEUP, DayKind.CHANGED)
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Step:
    """One whole piece of the life, in one transaction."""

    title: str
    moment: datetime
    run: Callable[[Stage, datetime], None]


def live(
    progress: Progress = lambda _done, _total, _what: None, *, seed: int = SEED, customers: int = CUSTOMERS,
    until: datetime | None = None, start: date | None = None, pack: str = DEFAULT, stop: Callable[[], bool] = lambda: False,
    founded: Callable[[], None] = lambda: None,
) -> Notebook:  # fmt: skip
    """Live the company's year up to `until` (now), or go on where a life was broken off.

    The same maker, seed, cast and instant give the same story. `stop` is asked between the steps;
    `founded` is called once, when its people can sign in.
    """
    book = opened()
    if book is None:
        end = until or clock.now()
        book = Notebook(Outline(seed, customers, start or first_day(end), end, pack))
    stage = Stage(book)
    steps = steps_of(book)
    keep_for_good()
    with connection.cursor() as cursor:
        # A step that a power cut takes back is simply lived again.
        cursor.execute("SET synchronous_commit TO off")
    if book.step >= FOUNDING:
        founded()
    while book.step < len(steps) and not stop():
        step = steps[book.step]
        with clock.set_to(step.moment), translation.override("zh-hans"), transaction.atomic():
            step.run(stage, step.moment)
            book.step += 1
            book.keep(total=len(steps), now=step.moment)
        progress(book.step, len(steps), step.title)
        if book.step == FOUNDING:
            founded()
    return book


def first_day(until: datetime) -> date:
    """The first day of the quarter that began nearest to a year before."""
    about = (until.astimezone(ZONE) - timedelta(days=365)).date()
    quarters = [
        date(year, month, 1)
        for year in (about.year - 1, about.year, about.year + 1)
        for month in (1, 4, 7, 10)
    ]
    return min(quarters, key=lambda day: abs((day - about).days))


def steps_of(book: Notebook) -> list[Step]:
    """All steps of a life, always the same for one outline."""
    outline = book.outline
    born = datetime.combine(outline.start, FOUNDED, ZONE)
    steps = [
        Step("建立公司、岗位与制度", born, _quick(founding.found)),
        Step("建立客户档案", born, _quick(founding.story)),
    ]
    waves = _waves(outline)
    steps += _joining(waves.pop(outline.start, 0), born)
    for day in evenings(outline):
        moment = min(datetime.combine(day, DAY_ENDS, ZONE), outline.until.astimezone(ZONE))
        if day in waves:
            steps += _joining(waves[day], datetime.combine(day, FOUNDED, ZONE))
        if moment > born:
            title = f"{day:%Y-%m-%d}"
            steps += [Step(title, moment, _facts), Step(title, moment, _deeds)]
    steps.append(Step("听完最后的事", outline.until.astimezone(ZONE), _end))
    return steps


def evenings(outline: Outline) -> list[date]:
    """The days in whose evening the company writes down what happened since the last: working days
    lately, the last working day of each week before. Everything keeps its own time.
    """
    last = outline.until.astimezone(ZONE).date()
    infos = days(china(), outline.start, last)
    working = [
        each.day for each in infos if each.kind in AT_WORK or each.day in (outline.start, last)
    ]
    daily = last - timedelta(days=DAILY)
    ends = {f"{day:%G-%V}": day for day in working}  # the last of each week
    return [day for day in working if day >= daily or day == ends[f"{day:%G-%V}"]]


def _waves(outline: Outline) -> dict[date, int]:
    """How many customers join on which day: the company puts one group of regions after another
    under the regulation.
    """
    story = maker(outline.maker).story
    rest = max(0, outline.customers - len(story["dealers"]) - len(story["customers"]))
    span = (outline.until.astimezone(ZONE).date() - outline.start).days
    found: dict[date, int] = {}
    working = evenings(outline)
    for when, share in WAVES:
        wanted = outline.start + timedelta(days=round(span * when))
        day = next((each for each in working if each >= wanted), working[-1])
        found[day] = found.get(day, 0) + round(rest * share)
    return found


def _joining(count: int, moment: datetime) -> list[Step]:
    return [
        Step("建立客户档案", moment, _quick(partial(_join, min(CHUNK, count - first))))
        for first in range(0, count, CHUNK)
    ]


def _join(count: int, stage: Stage, now: datetime) -> None:
    founding.join(stage, count, now)


def _quick(run: Callable[[Stage, datetime], None]) -> Callable[[Stage, datetime], None]:
    """Everything that is done on one day is written together."""

    def quickly(stage: Stage, now: datetime) -> None:
        with together():
            run(stage, now)

    return quickly


def _facts(stage: Stage, now: datetime) -> None:
    """What happened at customers, and what follows by the regulation from it and from the deeds of
    the evening before. Deeds on these duties are done in a transaction of their own.
    """
    happenings.invent(stage, now)
    with together():
        deeds.tell(stage, stage.book.due(now, deeds.TELL), now)
    hear(now)
    duties.notice(stage, now)


def _deeds(stage: Stage, now: datetime) -> None:
    """What people did, and what the clock makes true in the evening."""
    with together():
        turning_points.today(stage, now)
        duties.chase(stage, now)
        deeds.act(stage, stage.book.due(now, deeds.ACTS), now)
    ticks.tick(now)


def _end(stage: Stage, now: datetime) -> None:
    """What follows from the last evening. In a transaction of its own: a deed counts on what there
    was before its transaction.
    """
    hear(now)
    ticks.tick(now)
    hear(now)


def hear(now: datetime) -> None:
    """Let every listener hear everything. What another process writes at this moment may hold
    our own facts back for some milliseconds: wait for it.
    """
    for _ in range(TRIES):
        drain_all(now)
        if all_heard():
            return
        time.sleep(0.02)
    raise RuntimeError("the listeners did not hear everything: another transaction stays open")
