"""A small fixed cast."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

from bihuan.apps.people import actions
from bihuan.apps.people.models import Region, Team, WorkCalendar
from bihuan.base.access.models import User

NOW = datetime(
    2026, 10, 9, 6, 32, tzinfo=UTC
)  # Friday 14:32 in Shanghai, before a make-up Saturday
_numbers = count(1)


def person(name: str = "李慕言", *roles: str, region: str = "", **values: object) -> User:
    """Somebody with posts held since the year began."""
    number = next(_numbers)
    user = User.objects.create(
        username=f"user{number}", name=name, staff_no=f"T{number:04}", region=region, **values
    )
    place = (
        Region.objects.get_or_create(code=region, defaults={"name": region})[0] if region else None
    )
    for role in roles:
        actions.appoint(
            user=user, role=role, region=place, from_on=date(2026, 1, 1), by=None, now=NOW
        )
    return user


def team(name: str = "华东组", lead: User | None = None) -> Team:
    return Team.objects.create(code=f"team{next(_numbers)}", name=name, lead=lead)


def company_calendar() -> WorkCalendar:
    return actions.first_calendar(now=NOW)
