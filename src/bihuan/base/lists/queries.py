"""Reads of kept views and batches."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from bihuan.base.access.models import User
from bihuan.base.lists.models import Arrangement, Audience, View
from bihuan.base.seldom import seldom

MOST_SHOWN = 20
"""Kept views beside the built-in ones: each costs a count, and more nobody finds again."""


def within(person: User) -> QuerySet[View]:
    """The views that this person sees: own ones, and those of the team and the roles."""
    return View.objects.filter(_within(person.pk, person.roles, person.team_id))


def _within(pk: int, roles: Sequence[str], team_id: int | None) -> Q:
    seen = Q(owner_id=pk) | Q(audience=Audience.ROLE, role__in=list(roles))
    return seen if team_id is None else seen | Q(audience=Audience.TEAM, team_id=team_id)


def views_of(listing: str, person: User) -> Sequence[View]:
    """The views of a list that this person sees, own ones first."""
    return _views(listing, person.pk, tuple(person.roles), person.team_id)


@seldom("lists_view")
def _views(listing: str, pk: int, roles: tuple[str, ...], team_id: int | None) -> Sequence[View]:
    seen = _within(pk, roles, team_id)
    rows = View.objects.filter(seen, listing=listing).order_by("made_at", "pk")
    return sorted(rows[: 2 * MOST_SHOWN], key=lambda view: view.owner_id != pk)[:MOST_SHOWN]


def arrangement_of(listing: str, person: User) -> Arrangement | None:
    """How this person has the tabs of a list."""
    return _arrangement(listing, person.pk)


@seldom("lists_arrangement")
def _arrangement(listing: str, pk: int) -> Arrangement | None:
    return Arrangement.objects.filter(person_id=pk, listing=listing).first()
