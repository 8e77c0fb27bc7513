"""Which rules are on trial, and what they would have told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from bihuan.apps.monitoring import figures
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.enums import Hushed, Verdict
from bihuan.apps.monitoring.models import Trial
from bihuan.apps.monitoring.queries.alarms import seen
from bihuan.base.access.models import User
from bihuan.base.texts import in_language
from bihuan.lib.machines import Rule, Template, Watch

NUMBERS = ("times", "machines", "real", "false")


def days(now: datetime) -> int:
    """So many days back a rule is tried, and what it told is counted."""
    return round(figures.number("try_days", now))


def on_trial(template: Template) -> set[str]:
    """The rules of a template that are told to nobody yet (one query)."""
    return all_on_trial([template])[template.code]


def all_on_trial(of: Iterable[Template]) -> dict[str, set[str]]:
    """As `on_trial`, of each of these templates by its code (one query)."""
    chosen = {template.code: template for template in of}
    rows = Trial.objects.filter(template__in=chosen, ended_at=None)
    said = {(row.template, row.rule): row.observe for row in rows}
    return {
        code: {
            each.code for each in template.every_alarm if said.get((code, each.code), each.observe)
        }
        for code, template in chosen.items()
    }


@dataclass(frozen=True)
class OnTrial:
    """A rule on trial: how often it would have been told in the last days, and what people found."""

    template: Template
    rule: Rule | Watch
    title: str
    said: Trial | None
    times: int
    machines: int
    real: int
    false: int


def trials(person: User, now: datetime) -> list[OnTrial]:
    """All rules on trial, of the alarms that a person sees (a fixed number of queries)."""
    said = {
        (row.template, row.rule): row
        for row in Trial.objects.filter(ended_at=None).select_related("by")
    }
    rows = (
        seen(person).filter(hushed=Hushed.TRIAL, raised_at__gte=now - timedelta(days=days(now))).order_by()
        .values("rule", "device__template")
        .annotate(
            times=Count("pk"), machines=Count("asset", distinct=True), real=Count("pk", filter=Q(verdict=Verdict.REAL)),
            false=Count("pk", filter=Q(verdict=Verdict.FALSE)),
        )
    )  # fmt: skip
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        numbers: Mapping[str, Any] = row
        key = (numbers["device__template"] or "", numbers["rule"])
        counts[key] = {name: numbers[name] for name in NUMBERS}
    found = []
    for template in templates().values():
        for rule in template.every_alarm:
            word = said.get((template.code, rule.code))
            if word.observe if word else rule.observe:
                of = counts.get((template.code, rule.code), dict.fromkeys(NUMBERS, 0))
                found.append(OnTrial(template, rule, in_language(rule.title), word, **of))
    return found
