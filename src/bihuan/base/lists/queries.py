"""Reads of kept views and batches."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bihuan.base.access.models import User
from bihuan.base.lists.models import Arrangement, Audience, View

MOST_SHOWN = 20
"""Kept views beside the built-in ones: each costs a count, and more nobody finds again."""


def within(person: User) -> QuerySet[View]:
    """The views that this person sees: own ones, and those of the team and the roles."""
    seen = Q(owner=person) | Q(audience=Audience.ROLE, role__in=list(person.roles))
    if person.team_id is not None:
        seen |= Q(audience=Audience.TEAM, team_id=person.team_id)
    return View.objects.filter(seen)


def views_of(listing: str, person: User) -> list[View]:
    """The views of a list that this person sees, own ones first."""
    rows = within(person).filter(listing=listing).order_by("made_at", "pk")
    return sorted(rows[: 2 * MOST_SHOWN], key=lambda view: view.owner_id != person.pk)[:MOST_SHOWN]


def arrangement_of(listing: str, person: User) -> Arrangement | None:
    """How this person has the tabs of a list."""
    return Arrangement.objects.filter(person=person, listing=listing).first()
