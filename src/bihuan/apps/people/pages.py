"""People and calendars as their pages show them."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.dates import MONTHS

from bihuan.apps.people.models import Leave, Post, Region, Skill, Team, WorkCalendar
from bihuan.base.access.models import User
from bihuan.base.storable import whole
from bihuan.base.vocabulary import vocabulary
from bihuan.lib.workcal import Calendar
from bihuan.lib.workcal.lunar import cell_words


def role_title(code: str, lang: str) -> str:
    """A role in words; its code when the vocabulary does not know it any more."""
    role = vocabulary().roles.get(code)
    return role.title.of(lang) if role else code


def role_choices(lang: str) -> list[tuple[str, str]]:
    """Every role that somebody can be appointed to: not who a fact is about or names."""
    return [
        (code, role.title.of(lang))
        for code, role in vocabulary().roles.items()
        if role.of not in ("person", "fact")
    ]


def staff(*, text: str = "", role: str = "", team: str = "") -> QuerySet[User]:
    """Everybody who works here and fits."""
    people = User.objects.filter(customer_id=None).order_by("-is_active", "name", "id")
    if text:
        people = people.filter(
            Q(name__icontains=text) | Q(staff_no__icontains=text) | Q(username__icontains=text)
        )
    if role:
        people = people.filter(roles__contains=[role])
    if team:
        number = whole(team)
        people = people.filter(team_id=number) if number is not None else people.none()
    return people


def staff_rows(people: Sequence[User], *, on: date, lang: str) -> list[dict[str, object]]:
    """Some of them with posts, team, region and whether away (three queries)."""
    regions = dict(Region.objects.values_list("code", "name"))
    teams = dict(Team.objects.values_list("id", "name"))
    leaves = Leave.objects.filter(from_on__lte=on, to_on__gt=on, user__in=people)
    away = {leave.user_id: leave for leave in leaves.select_related("substitute")}
    return [
        {
            "person": person,
            "roles": [role_title(code, lang) for code in person.roles],
            "team": teams.get(person.team_id or 0, ""),
            "region": regions.get(person.region, person.region),
            "away": away.get(person.pk),
        }
        for person in people
    ]


def person_page(person: User, *, on: date, lang: str) -> dict[str, object]:
    """One person: posts now and before, skills, leaves."""
    posts = list(
        Post.objects.filter(user=person).select_related("region").order_by("-from_on", "id")
    )
    return {
        "person": person,
        "today": on,
        "team": Team.objects.filter(pk=person.team_id).first() if person.team_id else None,
        "posts": [
            {
                "post": post,
                "title": role_title(post.role, lang),
                "held": post.from_on <= on and (post.to_on is None or post.to_on > on),
            }
            for post in posts
        ],
        "skills": list(Skill.objects.filter(user=person).order_by("code")),
        "leaves": list(
            Leave.objects.filter(user=person).select_related("substitute").order_by("-from_on")[:20]
        ),
    }


@dataclass(frozen=True)
class Cell:
    """One day of the year view."""

    day: date
    kind: str
    badge: str
    name: str
    lunar: str
    provisional: bool
    today: bool


@dataclass(frozen=True)
class Month:
    title: str
    weeks: Sequence[Sequence[Cell | None]]
    working_days: int


def year_view(calendar: Calendar, year: int, *, today: date, lang: str) -> list[Month]:
    """Twelve months of weeks from Monday; None where a week reaches into another month."""
    return [_month(calendar, year, month, today=today, lang=lang) for month in range(1, 13)]


def _month(calendar: Calendar, year: int, month: int, *, today: date, lang: str) -> Month:
    first, length = monthrange(year, month)
    cells: list[Cell | None] = [None] * first
    cells += [
        _cell(calendar, date(year, month, day), today=today, lang=lang)
        for day in range(1, length + 1)
    ]
    cells += [None] * (-len(cells) % 7)
    working = sum(
        1 for cell in cells if cell is not None and cell.kind in ("workday", "makeup", "changed")
    )
    title = f"{month} 月" if lang == "zh" else str(MONTHS[month])
    return Month(title, [cells[start : start + 7] for start in range(0, len(cells), 7)], working)


def _cell(calendar: Calendar, day: date, *, today: date, lang: str) -> Cell:
    info = calendar.info(day)
    badge = {"holiday": "off", "makeup": "work"}.get(info.kind.value, "")
    lunar = (
        cell_words(day).zh
        if lang == "zh" and date(1950, 2, 17) <= day <= date(2100, 12, 31)
        else ""
    )
    return Cell(
        day, info.kind.value, badge, info.name.of(lang), lunar, info.provisional, day == today
    )


def differences(old: Calendar, new: Calendar, year: int, lang: str) -> list[dict[str, object]]:
    """The days of a year on which two calendars do not agree."""
    found: list[dict[str, object]] = []
    day = date(year, 1, 1)
    while day.year == year:
        before, after = old.info(day), new.info(day)
        if before.slots != after.slots or (
            before.provisional != after.provisional and before.kind != after.kind
        ):
            found.append(
                {
                    "day": day,
                    "before": before.kind.value,
                    "after": after.kind.value,
                    "name": after.name.of(lang),
                }
            )
        day += timedelta(days=1)
    return found


def layers() -> list[WorkCalendar]:
    """All calendars, the company's first."""
    return list(WorkCalendar.objects.select_related("parent").order_by("id"))
