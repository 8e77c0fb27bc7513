"""A customer's health from what is known; the unknown only lowers the coverage, nothing is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bihuan.apps.customers import profile
from bihuan.apps.customers.models import Customer
from bihuan.apps.customers.rules import health as rules
from bihuan.base import registry
from bihuan.base.texts import in_language


@dataclass(frozen=True)
class Part:
    """One component; `score` is None when nobody knows it."""

    code: str
    score: int | None
    weight: float
    why: str


@dataclass(frozen=True)
class Health:
    """`score` 0..100 over the known components, None when none is known; `coverage` in percent."""

    score: int | None
    coverage: int
    band: str
    parts: tuple[Part, ...]


def health_of(customer: Customer, *, bought: tuple[float, float], now: datetime) -> Health:
    """`bought` are the purchases of the last twelve months and of the twelve before."""
    settings = profile.data()["health"]
    known: dict[str, tuple[float, str]] = {}
    if (commerce := rules.commerce(*bought, settings["commerce"])) is not None:
        known["COMMERCE"] = (commerce, "")
    if customer.last_contact_at is not None:
        days = max(0, (now - customer.last_contact_at).days)
        known["ENGAGEMENT"] = (rules.engagement(days, **settings["engagement"]), "")
    for _app, component, function in registry.named("health"):
        for pk, (score, why) in function([customer.pk], now).items():
            if pk == customer.pk:
                known[component] = (
                    float(score),
                    in_language(why) if isinstance(why, Mapping) else str(why),
                )
    parts = tuple(
        Part(
            code,
            round(known[code][0]) if code in known else None,
            weight,
            known[code][1] if code in known else "",
        )
        for code, weight in settings["weights"].items()
    )
    score, coverage = rules.total(
        {code: value[0] for code, value in known.items()}, settings["weights"]
    )
    return Health(score, round(coverage * 100), rules.band(score, settings["bands"]), parts)
