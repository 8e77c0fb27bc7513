"""Facts within somebody's reach."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from bihuan.base import sql
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches
from bihuan.base.facts.listeners import END
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


def log_after(person: User, pk: int) -> QuerySet[Fact]:
    """What stands behind the fact of this id in the log, in its order: by transaction and only
    what is finished, as listeners read it. By ids alone, what commits late would be passed over.
    """
    [(end,)] = sql.rows(END)
    last = Fact.objects.filter(pk__lte=pk).order_by("-pk").values_list("tx", "pk").first()
    tx, at = last or (0, 0)
    rows = within_reach(person).filter(tx__gte=tx, tx__lt=end).exclude(tx=tx, pk__lte=at)
    return rows.order_by("tx", "pk")
