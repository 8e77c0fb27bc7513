"""How obligations are looked up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.functions import Coalesce

from bihuan.apps.obligations.enums import DONE, LIVE, State

if TYPE_CHECKING:
    from bihuan.apps.obligations.models import Obligation  # noqa: F401 - in quotes below


def meant_by() -> Coalesce:
    """By when it is meant to be done: the plan of a first period, else the limit."""
    return Coalesce("planned_at", "due_at")


def by_plan(**bounds: datetime) -> Q:
    """Those meant to be done within bounds (`gt=`, `lte=`, ...), in a form that indexes answer."""
    planned = Q(**{f"planned_at__{name}": moment for name, moment in bounds.items()})
    limit = Q(**{f"due_at__{name}": moment for name, moment in bounds.items()})
    return (planned & Q(due_at__isnull=False)) | (Q(planned_at=None) & limit)


def for_today(now: datetime, tonight: datetime) -> Q:
    """Not late, and due or meant to be done before the day is over."""
    return Q(due_at__gte=now) & (Q(due_at__lte=tonight) | Q(planned_at__lte=tonight))


def for_later(tonight: datetime) -> Q:
    """Due after the day is over, and not meant to be done before that."""
    return Q(due_at__gt=tonight) & (Q(planned_at=None) | Q(planned_at__gt=tonight))


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def live(self) -> Self:
        """Scheduled or open."""
        return self.filter(state__in=LIVE)

    def open(self) -> Self:
        return self.filter(state=State.OPEN)

    def overdue(self, now: datetime) -> Self:
        return self.filter(state=State.OPEN, due_at__lt=now)

    def done(self) -> Self:
        return self.filter(state__in=DONE)

    def with_pack(self) -> Self:
        """With the version each row was made under, but not its files."""
        return self.select_related("pack_version").defer("pack_version__files")

    def locked(self, *names: str | Prefetch[Any]) -> Self:
        """Locked, always in one order. What `names` a row is fetched after it: a join would show
        what the row named before the wait for the lock.
        """
        return self.select_for_update().order_by("pk").prefetch_related(*names)
