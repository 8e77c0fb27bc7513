"""After the packing: days folded, machines assessed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.models import Condition
from bihuan.apps.monitoring.store.folding import fold

BUDGET_S = 8.0
"""So long at once: packing is not held up by many days that became due together."""
AT_LEAST = timedelta(hours=24)
"""Each machine is assessed so often, for what is owed falls overdue without a sample."""
AT_ONCE = 50


def keep_days(now: datetime) -> int:
    """Fold what is due and assess those machines; returns how many. Twice is once. One that could not
    be assessed is tried again when it is due the next time.
    """
    until, done = time.monotonic() + BUDGET_S, 0
    while time.monotonic() < until:
        changed = fold(now)
        if not changed:
            break
        assess(changed, now)  # who works at a machine holds up neither days nor packing
        done += len(changed)
    due = now - AT_LEAST
    old = Condition.objects.filter(at__lte=due).exclude(tried_at__gt=due).order_by("at", "pk")
    chosen = list(old.values_list("pk", flat=True)[:AT_ONCE])
    done += assess(chosen, now)
    Condition.objects.filter(pk__in=chosen, at__lte=due).update(tried_at=now)
    return done
