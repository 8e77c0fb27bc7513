"""After the packing: days folded, machines assessed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from django.db import transaction

from bihuan.apps.monitoring.actions.assessing import assess
from bihuan.apps.monitoring.models import Condition
from bihuan.apps.monitoring.store.folding import fold

BUDGET_S = 8.0
"""So long at once: packing is not held up by many days that became due together."""
AT_LEAST = timedelta(hours=24)
"""Each machine is assessed so often, for what is owed falls overdue without a sample."""
AT_ONCE = 50


def keep_days(now: datetime) -> int:
    """Fold what is due and assess those machines; returns how many. Twice is once."""
    until, done = time.monotonic() + BUDGET_S, 0
    while time.monotonic() < until:
        with transaction.atomic():
            changed = fold(now)
            assess(changed, now)
        if not changed:
            break
        done += len(changed)
    old = Condition.objects.filter(at__lte=now - AT_LEAST).order_by("at")
    return done + assess(list(old.values_list("pk", flat=True)[:AT_ONCE]), now)
