"""What a measure is, and what measures are counted with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils.functional import Promise

from bihuan.apps.customers.models import Customer
from bihuan.apps.obligations.workbench import ZONE
from bihuan.base.access.models import User
from bihuan.base.access.reach import ALL
from bihuan.base.access.scope import reaches, visible
from bihuan.base.facts.models import Fact
from bihuan.lib.policy import Pack
from bihuan.lib.policy.parts import Target

VERB = "compliance.see"
Rows = QuerySet[Any]
Figures = tuple[float | None, float, float]
"""The value, and the part and the whole that it was counted from."""


@dataclass(frozen=True)
class Asked:
    """A target and the span from `start` until before `end`, for one person's reach."""

    person: User
    pack: Pack
    target: Target
    start: datetime
    end: datetime
    now: datetime

    @property
    def days(self) -> tuple[date, date]:
        """The first day, and the one after the last."""
        return self.start.astimezone(ZONE).date(), self.end.astimezone(ZONE).date()


@dataclass(frozen=True)
class Counted:
    """The rows of a span, those of them that count, and how the figure comes of them."""

    rows: Rows
    kept: Q
    figures: Callable[[Rows, Q], Figures] | None = None


@dataclass(frozen=True)
class Measure:
    """`how` says in one sentence what is divided by what."""

    how: str | Promise
    count: Callable[[Asked], Counted]
    needs: tuple[tuple[str, ...], ...] = ()
    of_now: bool = False


def share(rows: Rows, kept: Q) -> Figures:
    """Part and whole (one query)."""
    found = rows.order_by().aggregate(part=Count("pk", filter=kept), whole=Count("pk"))
    part, whole = found["part"], found["whole"]
    return (part / whole if whole else None, part, whole)


def amount(rows: Rows, kept: Q) -> Figures:
    """How many there are."""
    number = rows.filter(kept).count()
    return (number, number, number)


def told(asked: Asked, *kinds: str) -> QuerySet[Fact]:
    """Facts of the span about customers within reach."""
    rows = Fact.objects.filter(kind__in=kinds, at__gte=asked.start, at__lt=asked.end)
    if ALL in reaches(asked.person, VERB):
        return rows
    return rows.filter(
        customer_id__in=visible(Customer.objects.all(), asked.person, VERB).values("pk")
    )


def keyed(rows: QuerySet[Fact], *fields: str) -> Rows:
    """With the number of the thing that the fact is about."""
    numbers = [KT(f"data__fact__{field}") for field in fields]
    return rows.annotate(number=Coalesce(*numbers) if len(numbers) > 1 else numbers[0])


def since(asked: Asked, fields: tuple[str, ...], *kinds: str) -> Q:
    """Whose number is named by a later fact of these kinds."""
    later = Fact.objects.filter(kind__in=kinds, at__gte=asked.start, at__lte=asked.now)
    return Q(number__in=keyed(later, *fields).filter(number__isnull=False).values("number"))
