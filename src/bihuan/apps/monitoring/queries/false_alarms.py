"""How often machines call people for nothing, against the company's goal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from bihuan.apps.assets.models import Asset
from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.enums import Verdict
from bihuan.apps.monitoring.queries.alarms import seen
from bihuan.base.access.models import User
from bihuan.base.access.scope import visible

MONTH = timedelta(days=30)
PER = 100


@dataclass(frozen=True)
class FalseAlarms:
    """Of 30 days: alarms that were told and judged false, those judged at all, machines that report;
    `goal` so many false ones of 100 machines and month at most.
    """

    false: int
    judged: int
    told: int
    machines: int
    goal: float

    @property
    def rate(self) -> float | None:
        """Per 100 machines and month; None without machines."""
        return PER * self.false / self.machines if self.machines else None

    @property
    def met(self) -> bool:
        return self.rate is None or self.rate <= self.goal


def false_alarms(person: User, now: datetime) -> FalseAlarms:
    """Of the machines that a person sees (two queries)."""
    told = seen(person).filter(hushed="", raised_at__gte=now - MONTH, raised_at__lt=now)
    counts = told.order_by().aggregate(
        told=Count("pk"), judged=Count("pk", filter=~Q(verdict="")), false=Count("pk", filter=Q(verdict=Verdict.FALSE)),
    )  # fmt: skip
    machines = visible(Asset.objects.filter(connected=True), person, "monitoring.see").count()
    return FalseAlarms(
        counts["false"],
        counts["judged"],
        counts["told"],
        machines,
        figures.number("false_goal", now),
    )
