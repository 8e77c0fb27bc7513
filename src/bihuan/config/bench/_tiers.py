"""The process of the bench `tiers`; prints JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from bihuan.config.bench._cpu import Spent, loop, peak_mib, spending
from bihuan.config.bench._many import grow
from bihuan.config.bench._year import BEFORE, CUSTOMERS, MANAGERS, company, copy
from bihuan.config.django_setup import ready

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
KEY = "2026-H1"
LIMIT_S = 30.0


def main() -> None:
    with ready() as home:
        from django.db.models.functions import Mod

        from bihuan.apps.customers.models import Customer, TierChange, TierReview
        from bihuan.base.facts.models import Fact

        company()
        grow(home, CUSTOMERS, managers=MANAGERS, now=BEFORE)
        # a tenth has no tier yet: for them a review proposes one
        tenth = Customer.objects.annotate(place=Mod("pk", 10)).filter(place=3)
        Customer.objects.filter(pk__in=tenth.values("pk")).update(tier="", tier_rank=0)
        ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
        spent, floor = Spent(), Spent()
        before = Fact.objects.count()
        with spending(home, spent):
            made = review(ids)
        again, changes = review(ids), TierChange.objects.count()
        facts, peak = Fact.objects.count() - before, peak_mib()
        for model in (TierReview, TierChange, Fact):
            copy(home, model._meta.db_table, floor)
    print(
        json.dumps({
            "customers": len(ids), "reviews": made, "changes": changes, "facts": facts,
            "seconds": round(spent.wall, 1), **spent.to_data("review"), **floor.to_data("copy"),
            "ratio": round(spent.wall / floor.wall, 1), "cpu_ratio": round(spent.cpu / floor.cpu, 1),
            "peak_mib": peak, "made_by_a_second_run": again, "loop_cpu_s": loop(),
            "limits": {"seconds": LIMIT_S}, "ok": spent.wall < LIMIT_S and made == len(ids) and not again,
        })
    )  # fmt: skip


def review(ids: list[int]) -> int:
    """Review everybody; returns how many reviews that made."""
    from bihuan.apps.customers.actions import review_tiers
    from bihuan.apps.obligations.periods import BATCH

    portions = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(len(review_tiers(customer_ids=some, key=KEY, by=None, now=NOW)) for some in portions)


if __name__ == "__main__":
    main()
