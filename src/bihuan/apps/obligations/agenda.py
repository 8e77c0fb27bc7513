"""The service calendar: what is due on which day, with working days, and its iCal feed."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.fields import ArrayField
from django.core import signing
from django.db.models import Count, DateTimeField, F, Func, IntegerField, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.apps.obligations.enums import DONE, LIVE
from bihuan.apps.obligations.models import Obligation
from bihuan.apps.obligations.querysets import by_plan, meant_by
from bihuan.apps.obligations.rows import Row, for_rows, rows_of
from bihuan.apps.obligations.words import language, said
from bihuan.apps.obligations.workbench import ZONE, badge, lunar_word
from bihuan.apps.people.calendars import COMPANY, calendars
from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches, visible
from bihuan.lib.workcal import days
from bihuan.lib.workcal.calendar import DayInfo

SALT = "obligations.calendar"
FEED = 400
LAYERS = ("callback", "visit", "maintenance", "training", "meeting", "report", "care", "other")
_LAYER_OF = {
    "callback": "callback", "contact": "callback", "visit": "visit", "maintenance": "maintenance",
    "inspection": "maintenance", "health": "maintenance", "training": "training", "exam": "training",
    "meeting": "meeting", "report": "report", "greeting": "care", "notice": "care",
}  # fmt: skip
VIEWS = ("month", "week", "list")


def layer_of(kind: str) -> str:
    """The calendar layer of a kind of duty."""
    return _LAYER_OF.get(kind.partition(".")[0], "other")


def layer_titles() -> dict[str, str]:
    return {
        "callback": _("回访"), "visit": _("走访"), "maintenance": _("巡检保养"), "training": _("培训"),
        "meeting": _("会议"), "report": _("报告"), "care": _("节点关怀"), "other": _("其他"),
    }  # fmt: skip


@dataclass(frozen=True)
class Day:
    """One cell."""

    info: DayInfo
    rows: list[Row]
    count: int
    today: bool
    outside: bool

    @property
    def badge(self) -> str:
        return badge(self.info)

    @property
    def lunar(self) -> str:
        return lunar_word(self.info.day)

    @property
    def name(self) -> str:
        return self.info.name.of(language())


@dataclass(frozen=True)
class Agenda:
    """The calendar page."""

    view: str
    first: date
    title: str
    weeks: list[list[Day]]
    layers: list[dict[str, Any]]
    before: str
    after: str
    views: list[dict[str, Any]]
    everybody: bool
    truncated: bool


def agenda(person: User, now: datetime, asked: Mapping[str, str], tiers: dict[str, str]) -> Agenda:
    """The part of the calendar that the query string asks for."""
    view = asked.get("view") if asked.get("view") in VIEWS else "month"
    assert view is not None
    day = _day(asked.get("day"), now)
    first, last = _span(view, day)
    hidden = {name for name in asked.get("hide", "").split(",") if name in LAYERS}
    everybody = asked.get("who") == "all"
    most = {"month": 4, "week": 12, "list": 40}[view]
    found, counts = _rows(person, first, last, hidden, everybody=everybody, most=most)
    by_day: dict[date, list[Row]] = defaultdict(list)
    for row in rows_of(found, now, tiers):
        meant = row.ob.planned_at or row.ob.due_at
        assert meant is not None
        by_day[(meant.astimezone(ZONE) - timedelta(seconds=1)).date()].append(row)
    today = now.astimezone(ZONE).date()
    cells = [
        Day(
            info, by_day.get(info.day, []), counts.get(info.day, 0), info.day == today,
            view == "month" and info.day.month != day.month,
        )
        for info in days(calendars().for_(COMPANY, {}), first, last)
    ]  # fmt: skip
    if view == "list":
        cells = [cell for cell in cells if cell.rows]
    step = timedelta(days=7) if view == "week" else timedelta(days=32)
    earlier = (
        day - timedelta(days=7) if view == "week" else (day.replace(day=1) - timedelta(days=1))
    )
    later = day + step if view == "week" else (day.replace(day=1) + step)
    return Agenda(
        view=view, first=day, title=_title(view, first, last, day),
        weeks=[cells[at : at + 7] for at in range(0, len(cells), 7)],
        layers=_layers(asked, hidden), before=_link(asked, day=earlier.isoformat()),
        after=_link(asked, day=later.isoformat()),
        views=[
            {"title": word, "url": _link(asked, view=code), "current": code == view}
            for code, word in (("month", _("月")), ("week", _("周")), ("list", _("列表")))
        ],
        everybody=everybody, truncated=len(found) < sum(counts.values()),
    )  # fmt: skip


def _day(text: str | None, now: datetime) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return now.astimezone(ZONE).date()


def _span(view: str, day: date) -> tuple[date, date]:
    if view == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    last = day.replace(day=months.monthrange(day.year, day.month)[1])
    if view == "list":
        return first, last
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def _title(view: str, first: date, last: date, day: date) -> str:
    if view == "week":
        return f"{first.isoformat()} – {last.isoformat()}"
    return _("%(year)d 年 %(month)d 月") % {"year": day.year, "month": day.month}


def _rows(
    person: User, first: date, last: date, hidden: set[str], *, everybody: bool, most: int
) -> tuple[list[Obligation], dict[date, int]]:
    """The first rows of each day, and how many each day has."""
    start = datetime.combine(first, time(), tzinfo=ZONE)
    end = datetime.combine(last + timedelta(days=1), time(), tzinfo=ZONE)
    rows: QuerySet[Obligation] = Obligation.objects.filter(by_plan(gt=start, lte=end))
    if everybody:  # what is done by everybody is not looked for here, there is too much of it
        rows = visible(rows.filter(state__in=LIVE), person, "obligations.see")
    else:
        rows = rows.filter(assignee=person, state__in=(*LIVE, *DONE))
    for prefix in (name for name, layer in _LAYER_OF.items() if layer in hidden):
        rows = rows.exclude(kind__startswith=f"{prefix}.")
    if "other" in hidden:
        named = Q()
        for prefix in _LAYER_OF:
            named |= Q(kind__startswith=f"{prefix}.")
        rows = rows.filter(named)
    midnights = [start + timedelta(days=n) for n in range((last - first).days + 1)]
    # a due time of 24:00 belongs to the day that ends
    nth_day = Func(
        meant_by() - timedelta(seconds=1), Value(midnights, ArrayField(DateTimeField())),
        function="width_bucket", output_field=IntegerField(),
    )  # fmt: skip
    days_of = rows.order_by().annotate(nth_day=nth_day).values("nth_day")
    found = days_of.annotate(
        load=Count("pk"), ids=ArrayAgg("pk", order_by=(meant_by(), "pk"))
    ).annotate(early=F("ids")[:most])
    shown: list[int] = []
    counts: dict[date, int] = {}
    for each in found.values("nth_day", "load", "early"):
        shown += each["early"]
        counts[first + timedelta(days=each["nth_day"] - 1)] = each["load"]
    listed = for_rows(Obligation.objects.filter(pk__in=shown))
    return list(listed.order_by(meant_by(), "pk")), counts


def _layers(asked: Mapping[str, str], hidden: set[str]) -> list[dict[str, Any]]:
    return [
        {
            "title": title, "on": name not in hidden,
            "url": _link(asked, hide=",".join(sorted(hidden ^ {name}))),
        }
        for name, title in layer_titles().items()
    ]  # fmt: skip


def _link(asked: Mapping[str, str], **change: str) -> str:
    kept = {k: v for k, v in asked.items() if k in ("view", "day", "hide", "who")} | change
    return "?" + urlencode({k: v for k, v in kept.items() if v})


def feed_token(person: User) -> str:
    """What stands in the address of a person's feed; void when the password changes."""
    return signing.dumps([person.pk, person.password[-12:]], salt=SALT)


def whose_feed(token: str) -> User | None:
    """The person of a token, or None."""
    try:
        pk, tail = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    return person if person is not None and person.password[-12:] == tail else None


def feed(person: User, now: datetime, base: str) -> str:
    """Live obligations of a person as iCalendar; titles and clauses, no names of people."""
    rows = Obligation.objects.filter(assignee=person, state__in=LIVE, due_at__isnull=False)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Bihuan//Obligations//EN",
        "METHOD:PUBLISH",
    ]
    named = bool(reaches(person, "customers.see"))
    for row in rows.select_related("customer").order_by("due_at", "pk")[:FEED]:
        assert row.due_at is not None
        due = row.due_at.astimezone(ZONE)
        name = (row.customer.short_name or row.customer.name) if row.customer and named else ""
        lines += [
            "BEGIN:VEVENT", f"UID:{row.uid}@bihuan", f"DTSTAMP:{_utc(now)}",
            f"DTSTART:{_utc(due - timedelta(minutes=30))}", f"DTEND:{_utc(due)}",
            f"SUMMARY:{_escaped(f'{said(row.title)} {name}'.strip())}",
            f"DESCRIPTION:{_escaped(f'§ {row.clause_number}')}",
            f"URL:{base}{reverse('obligations:detail', args=[row.pk])}", "END:VEVENT",
        ]  # fmt: skip
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for mark in ("\\", ";", ","):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """RFC 5545: at most 75 octets a line, never within a character."""
    parts, part, size = [], "", 0
    for char in line:
        width = len(char.encode())
        if size + width > 73:
            parts.append(part)
            part, size = " ", 1
        part, size = part + char, size + width
    return [*parts, part]
