"""Machines of one model side by side, once an hour."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import DatabaseError, transaction
from django.db.models import Q

from bihuan.apps.monitoring.actions import events
from bihuan.apps.monitoring.actions.standing import (
    Machines,
    device_of,
    event_of,
    recent_of,
    said_by,
    stand,
    watched,
)
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Baseline, Limit
from bihuan.lib.diagnosis import apart
from bihuan.lib.machines import Template, Watch
from bihuan.lib.machines.evaluate import Event
from bihuan.lib.machines.watch import FLEET

log = logging.getLogger(__name__)
HOUR = timedelta(hours=1)
SHOWN = 4
LEAST_HOURS = 6
"""So many hours of the last days make a machine's mean that is compared with its fleet's."""


def compare(last: datetime, now: datetime) -> int:
    """Machines of one model side by side, once an hour."""
    begun = 0
    for template in templates().values():
        each = next((one for one in template.watches if one.kind == FLEET), None)
        fresh = Baseline.objects.filter(
            Q(compared_at=None) | Q(compared_at__lt=last), template=template.code, upto=last
        )
        if each is not None:
            models = fresh.order_by().values_list("asset__model", flat=True).distinct()
            begun += sum(_tried(model, each, template, last, now) for model in list(models))
    return begun


def _tried(model: int, each: Watch, template: Template, last: datetime, now: datetime) -> int:
    try:
        return _model(model, each, template, last, now)
    except DatabaseError:
        raise
    except Exception:
        log.exception("the fleet of model %d was not compared at %s", model, last)
        Baseline.objects.filter(asset__model=model, upto=last).update(compared_at=last)
        return 0


def _model(model: int, each: Watch, template: Template, last: datetime, now: datetime) -> int:
    with transaction.atomic():
        rows = list(
            Baseline.objects.select_for_update(of=("self",))
            .filter(template=template.code, asset__model=model, upto=last).select_related("asset").order_by("pk")
        )  # fmt: skip
        wide = len(template.points)
        nothing: list[float | None] = [None] * wide
        judged = watched([row.pk for row in rows], now)
        means = [
            recent_of(row, wide) if len(row.recent) >= LEAST_HOURS and row.pk in judged else nothing for row in rows
        ]  # fmt: skip
        values = np.array([[mean[place] for place in each.points] for mean in means], float)
        far, middle, spread = apart(values, machines=each.machines)
        mine = Limit.objects.filter(asset__in=[row.pk for row in rows], rule=each.code)
        limits = dict(mine.edges().values_list("asset", "value"))
        lasting = mine.durations()
        told: list[Event] = []
        known: dict[int, tuple[int, list[float | None]]] = {}
        for number, row in enumerate(rows):
            row.compared_at = last
            beyond = limits.get(row.pk, each.beyond)
            said = _apart(
                far[number], values[number], middle, spread, each, beyond or each.beyond, template
            )
            if said:
                memory = row.memory.setdefault(each.code, {"since": None, "back": None})
                beside = abs(float(said[0]["ratio"])) > (0.5 if memory["since"] else 1)
                stand(memory, (last + HOUR).timestamp(), beyond=beside)
                device = device_of(row.pk)
                if device is not None:
                    known[device] = (row.pk, means[number])
                    end = (last + HOUR).timestamp()
                    found = event_of(
                        row, replace(each, lasting=lasting.get(row.pk, each.lasting)), memory, end, said, template, off=beyond is None, now=now
                    )  # fmt: skip
                    told += [said_by(device, one) for one in found]
        Baseline.objects.bulk_update(rows, ["compared_at", "memory"])
        return events.record(template, told, fleet=Machines(known, template), now=now)


def _apart(
    far: Any, values: Any, middle: Any, spread: Any, each: Watch, beyond: float, template: Template
) -> list[dict[str, Any]]:  # fmt: skip
    """The points by how far they lie from the fleet's median."""
    found: list[dict[str, Any]] = []
    for column, place in enumerate(each.points):
        if not np.isnan(far[column]):
            side = 1.0 if far[column] >= 0 else -1.0
            limit = middle[column] + side * beyond * spread[column]
            found.append({
                "point": template.points[place].code, "value": round(float(values[column]), 6),
                "usual": round(float(middle[column]), 6), "limit": round(float(limit), 6),
                "ratio": round(float(far[column] / beyond), 3),
            })  # fmt: skip
    return sorted(found, key=lambda one: -abs(one["ratio"]))[:SHOWN]
