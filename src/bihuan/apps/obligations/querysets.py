"""How obligations are looked up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models

from bihuan.apps.obligations.enums import DONE, LIVE, State

if TYPE_CHECKING:
    from bihuan.apps.obligations.models import Obligation  # noqa: F401 - in quotes below

if TYPE_CHECKING:
    pass


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

    def locked(self, *names: str) -> Self:
        """Locked, always in one order. What `names` a row is fetched after it: a join would show
        what the row named before the wait for the lock.
        """
        return self.select_for_update().order_by("pk").prefetch_related(*names)
