"""Facts within somebody's reach."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches
from bihuan.base.facts.models import Fact
from bihuan.base.facts.subjects import known, rows


def within_reach(person: User) -> QuerySet[Fact]:
    """All facts for those who see the whole company, else those about customers, machines and
    contracts that this person sees.
    """
    far = reaches(person, "facts.see")
    if ALL in far:
        return Fact.objects.all()
    if not far:
        return Fact.objects.none()
    condition = Q(pk__in=[])
    for name, subject in known().items():
        column = f"{name}_id"
        if column in Fact.COLUMNS:
            condition |= Q(**{f"{column}__in": rows(subject, person).values("pk")})
    return Fact.objects.filter(condition)
