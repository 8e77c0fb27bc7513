"""Accounts as their pages show them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bihuan.base.access.models import User
from bihuan.base.access.scope import reaches
from bihuan.base.texts import in_words
from bihuan.base.vocabulary import vocabulary


def accounts(*, text: str = "", role: str = "", closed: bool = False) -> QuerySet[User]:
    """Accounts by name, sign-in name or staff number."""
    rows = User.objects.filter(is_active=not closed)
    if role:
        rows = rows.filter(roles__contains=[role])
    for word in text.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(username__icontains=word) | Q(staff_no__icontains=word)
        )
    return rows.order_by("name", "id")


def role_titles(user: User) -> list[str]:
    roles = vocabulary().roles
    return [in_words(roles[code].title) if code in roles else code for code in user.roles]


def who_may(verb: str) -> list[User]:
    """The people at work whose roles carry a verb, however far."""
    return [
        user for user in User.objects.filter(is_active=True).order_by("pk") if reaches(user, verb)
    ]
