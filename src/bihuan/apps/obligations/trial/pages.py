"""The pages of a trial: what came out, version beside version, in words and small pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.trial.enums import TrialState
from bihuan.apps.obligations.trial.models import Trial, TrialResult
from bihuan.apps.obligations.trial.reading import Span
from bihuan.apps.obligations.trial.tally import people_needed
from bihuan.apps.obligations.words import language, role_word
from bihuan.apps.people.calendars import calendars
from bihuan.apps.policy.models import PackVersion
from bihuan.apps.policy.queries import pack_of
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.policy import Pack
from bihuan.lib.workcal import elapsed
from bihuan.lib.workcal.duration import Duration, Unit

CHANGED, ALL = "changed", "all"
SHOWN_ROLES = 12
NIGHT = (20, 6)  # what the page calls night; no duty hangs on it
NAMED = ("customer", "person", "fact")
"""Whose holder a role is that somebody is named for without holding a post."""


@dataclass(frozen=True)
class Column:
    """One version in figures."""

    version: PackVersion
    stale: bool  # the draft has been changed since
    hits: int
    rate: float | None  # on time of those that fell due, 0 to 1
    late: int
    late_new: int
    open: int
    facts: int

    @property
    def percent(self) -> str:
        return percent(self.rate)


@dataclass(frozen=True)
class Bar:
    """A week: on time and late in pixels of a picture 60 high."""

    x: float
    kept: float
    late: float
    title: str


@dataclass(frozen=True)
class Hour:
    hour: int
    late: int
    level: int  # 0 to 4


@dataclass(frozen=True)
class Load:
    """One role: duties and people that the busiest week asks for, version by version; `there` is
    None for a role that no post gives, such as the owner whom a decision names.
    """

    title: str
    figures: list[tuple[str, int, float]]
    there: int | None


@dataclass(frozen=True)
class Limit:
    words: str
    percent: str
    count: int
    own: bool


def percent(rate: float | None) -> str:
    """Never rounds a miss up to 100."""
    if rate is None:
        return "—"
    shown = int(rate * 1000) / 10
    return f"{shown:.0f}%" if shown == int(shown) else f"{shown:.1f}%"


def page(
    trial: Trial, person: User, asked: str, of: str, span: Span, now: datetime
) -> dict[str, Any]:
    """Everything that the page of a trial shows (six queries): all versions side by side, and of
    one of those that were tried, the last unless `of` names another, the weeks and the late ones.
    """
    rows = list(trial.results.select_related("version").order_by("place"))
    part = ALL if asked == ALL or not rows[0].result.get("rules") else CHANGED
    found: dict[str, Any] = {
        "trial": trial, "part": part, "versions": [row.version for row in rows],
        "parts": part == CHANGED or bool(rows[0].result.get("rules")),
    }  # fmt: skip
    if trial.state != TrialState.DONE:
        return found
    shown = next((row for row in rows[1:] if str(row.version_id) == of), rows[-1])
    pack = pack_of(shown.version)
    return found | {
        "columns": [_column(row, part) for row in rows],
        "weeks": _weeks(shown.result[part]["weeks"]),
        "hours": _hours(shown.result[part]["hours"]),
        "night": _night(shown.result[part]["hours"]),
        "loads": _loads(rows, shown, part, trial, span),
        "limits": _limits(shown, pack),
        "rules": _rules(rows, shown, part),
        "late": _late(shown.result[part]["worst"], person, pack),
        "late_all": shown.result[part]["late_new"],
        "failures": sum(shown.result["failures"].values()),
        "shown": shown, "several": len(rows) > 2,
    }  # fmt: skip


def columns(trial: Trial) -> list[Column]:
    """The versions of a trial in figures: of the changed rules where there are any."""
    rows = list(trial.results.select_related("version").order_by("place"))
    if trial.state != TrialState.DONE:
        return []
    return [_column(row, CHANGED if rows[0].result["rules"] else ALL) for row in rows]


def _column(row: TrialResult, part: str) -> Column:
    ends: Mapping[str, int] = row.result[part]["ends"]
    on_time, late = ends.get("on_time", 0), ends.get("late", 0)
    return Column(
        version=row.version, stale=row.hash != row.version.hash,
        hits=sum(ends.get(each, 0) for each in ("on_time", "late", "open", "waived")),
        rate=on_time / (on_time + late) if on_time + late else None,
        late=late, late_new=row.result[part]["late_new"] if row.place else 0,
        open=ends.get("open", 0), facts=row.result["facts"],
    )  # fmt: skip


def _weeks(counted: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    weeks = {week: counted.get(week, {}) for week in _every_week(counted)}
    most = max((sum(ends.values()) for ends in weeks.values()), default=0) or 1
    step = 600 / max(len(weeks), 1)
    bars = []
    for place, (week, ends) in enumerate(weeks.items()):
        late = ends.get("late", 0)
        kept = sum(ends.values()) - late
        bars.append(
            Bar(
                round(place * step, 1), round(60 * kept / most, 1), round(60 * late / most, 1),
                f"{_days(week)}: {kept} / {late}",
            )
        )  # fmt: skip
    return {
        "bars": [
            {
                "x": bar.x, "title": bar.title, "late_y": round(60 - bar.kept - bar.late, 1),
                "late_h": bar.late, "kept_y": round(60 - bar.kept, 1), "kept_h": bar.kept,
            }
            for bar in bars
        ],
        "width": round(max(step - 2, 1), 1), "most": most,
        "first": _days(min(weeks)) if weeks else "", "last": _days(max(weeks)) if weeks else "",
    }  # fmt: skip


def _every_week(weeks: Iterable[str]) -> list[str]:
    """Every ISO week from the first to the last, so that an empty one is seen."""
    known = sorted(weeks)
    if not known:
        return []
    first, last = _monday(known[0]), _monday(known[-1])
    count = (last - first).days // 7 + 1
    found = ((first + timedelta(weeks=n)).isocalendar() for n in range(count))
    return [f"{year}-W{week:02d}" for year, week, _day in found]


def _monday(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def _days(week: str) -> str:
    """The week of `2026-W11` as a person says it: its first and last day."""
    begin = _monday(week)
    return _("%(begin)s 至 %(end)s") % {"begin": begin, "end": begin + timedelta(days=6)}


def _hours(hours: Sequence[Mapping[str, int]]) -> list[Hour]:
    late = [ends.get("late", 0) for ends in hours]
    most = max(late, default=0) or 1
    return [Hour(hour, n, -(-4 * n // most) if n else 0) for hour, n in enumerate(late)]


def _night(hours: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """How many of the late ones began at night."""
    late = [ends.get("late", 0) for ends in hours]
    count = sum(n for hour, n in enumerate(late) if hour >= NIGHT[0] or hour < NIGHT[1])
    return {"count": count, "all": sum(late), "percent": round(100 * count / (sum(late) or 1))}


def _loads(
    rows: Sequence[TrialResult], shown: TrialResult, part: str, trial: Trial, span: Span
) -> list[Load]:
    calendar = calendars().for_("cn", {})
    weeks = max((span.until - span.since) / timedelta(weeks=1), 1)
    weekly = elapsed(calendar, span.since, span.until) / timedelta(minutes=1) / weeks
    loads = [row.result[part]["load"] for row in (shown, *reversed(rows))]
    roles = dict.fromkeys(role for load in loads for role in load)  # those of the one shown first

    def peaks(role: str) -> list[int]:
        return [-max(load.get(role, {}).values(), default=0) for load in loads]

    busiest = sorted(roles, key=peaks)[:SHOWN_ROLES]
    there = _there(busiest)
    return [
        Load(
            role_word(role),
            [
                (row.version.version, sum(load.values()), people_needed(load, trial.minutes, weekly))
                for row in rows
                for load in [row.result[part]["load"].get(role, {})]
            ],
            there.get(role),
        )
        for role in busiest
    ]  # fmt: skip


def _there(roles: Sequence[str]) -> dict[str, int | None]:
    held = list(User.objects.filter(is_active=True).values_list("roles", flat=True))
    found: dict[str, int | None] = {}
    for role in roles:
        count = sum(role in own for own in held)
        known = vocabulary().roles.get(role)
        found[role] = count or (None if known is not None and known.of in NAMED else 0)
    return found


def _limits(row: TrialResult, pack: Pack) -> list[dict[str, Any]]:
    found = []
    for rule, lines in row.result[CHANGED]["limits"].items():
        known = pack.rules.get(rule)
        if known is None:
            continue
        own = str(known.limit.duration) if known.limit and known.limit.duration else ""
        choices = [
            Limit(
                Duration.parse(text).words(language()), percent(kept / all_), all_, text == own
            )
            for text, (all_, kept) in sorted(lines.items(), key=lambda line: _size(line[0]))
            if all_
        ]  # fmt: skip
        found.append({"title": known.title.of(language()), "number": pack.clauses[known.clause].number, "clause": known.clause, "choices": choices})  # fmt: skip
    return found


def _size(limit: str) -> int:
    """For putting limits of one rule into order: its minutes, or its units."""
    found = Duration.parse(limit)
    return found.amount * (60 if found.unit in (Unit.HOUR, Unit.WORK_HOUR) else 1)


def _rules(rows: Sequence[TrialResult], shown: TrialResult, part: str) -> list[dict[str, Any]]:
    """Each rule with its figures, those that lose most in the version shown first. A rule that
    this version has no more is named as another one has it.
    """
    packs = [pack_of(row.version) for row in (shown, *rows)]
    at = rows.index(shown)
    found = []
    for name in {name for row in rows for name in row.result[part]["rules"]}:
        cells = []
        for row in rows:
            ends = row.result[part]["rules"].get(name, {})
            due = ends.get("on_time", 0) + ends.get("late", 0)
            cells.append((row.version.version, due + ends.get("open", 0), percent(ends.get("on_time", 0) / due if due else None), ends.get("late", 0)))  # fmt: skip
        pack = next((each for each in packs if name in each.rules), None)
        known = pack.rules[name] if pack else None
        found.append(
            {
                "title": known.title.of(language()) if known else name, "cells": cells,
                "number": pack.clauses[known.clause].number if pack and known else "",
                "clause": known.clause if known else "", "more": cells[at][3] - cells[0][3],
                "count": cells[at][1],
            }
        )  # fmt: skip
    return sorted(found, key=lambda each: (-each["more"], -each["count"], each["title"]))


def _late(worst: Sequence[Mapping[str, Any]], person: User, pack: Pack) -> list[dict[str, Any]]:
    """The late ones whose customer this person may see."""
    ids = {each["customer"] for each in worst if each["customer"]}
    known = visible(Customer.objects.filter(pk__in=ids), person, "customers.see").in_bulk()
    found = []
    for each in worst:
        if each["customer"] and each["customer"] not in known:
            continue
        rule = pack.rules.get(each["rule"])
        due_at, done_at = (_moment(each[name]) for name in ("due_at", "done_at"))
        found.append(
            {
                **each, "customer": known.get(each["customer"]),
                "title": rule.title.of(language()) if rule else each["rule"],
                "role": role_word(each["role"]), "cause_at": _moment(each["cause_at"]),
                "due_at": due_at, "done_at": done_at, "why": each["why"].get(language(), ""),
            }
        )  # fmt: skip
    return found


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
