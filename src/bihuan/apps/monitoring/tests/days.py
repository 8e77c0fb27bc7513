"""Machines that worked for some hours, for the tests of their days."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bihuan.apps.assets.tests.factories import machine
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.actions.days import keep_days
from bihuan.apps.monitoring.catalogue import as_shipped
from bihuan.apps.monitoring.models import Condition, Latest, Layout
from bihuan.apps.monitoring.store import writing
from bihuan.apps.monitoring.store.keeping import keep, mark_late
from bihuan.apps.monitoring.tests import factories

START = datetime(2026, 11, 20, 0, 0, tzinfo=UTC)  # 8:00 in Shanghai
DAY = date(2026, 11, 20)
POINTS = [point.code for point in as_shipped()["centrifuge"].points]


def connected():
    """A device of a machine that is two hundred days old."""
    factories.no_samples()
    asset = machine(customer(now=START - timedelta(days=300)), now=START - timedelta(days=300))
    found, _key = factories.device(asset=asset, now=START - timedelta(days=200))
    return found


def report(device, start, hours, *, now=None, every=60.0, **values):
    """A machine at 4200 r/min from `start` on, with its counters."""
    ts = start.timestamp() + every * np.arange(int(hours * 3600 / every))
    given = {
        "SPEED": 4200.0,
        "SET_SPEED": 4200.0,
        "VIBRATION": 2.0,
        "BEARING_TEMP": 45.0,
        "CURRENT": 12.0,
    } | values
    rows = np.full((len(ts), len(POINTS)), math.nan)
    for code, value in given.items():
        rows[:, POINTS.index(code)] = value
    rows[:, POINTS.index("HOURS")] = given.get("HOURS", 3000.0) + (ts - START.timestamp()) / 3600
    rows[:, POINTS.index("CYCLES")] = 1000.0 + np.floor((ts - START.timestamp()) / 3600)
    layout, _ = Layout.objects.get_or_create(template="centrifuge", points=POINTS)
    writing.make_days(ts)
    ids = np.full(len(ts), device.pk)
    factories.add_samples(
        ids, ts, ts, np.full(len(ts), layout.pk), rows, fresh=np.zeros(len(ts), bool)
    )
    if now is not None:
        mark_late(ids, ts, now)
    end = datetime.fromtimestamp(ts[-1], UTC)
    Latest.objects.update_or_create(
        device=device,
        defaults={"layout": layout, "at": end, "received_at": end, "values": [None] * len(POINTS)},
    )


def folded(device, hours=4, **values):
    report(device, START, hours, **values)
    now = START + timedelta(hours=20)
    keep(now)
    keep_days(now)
    return now, Condition.objects.get(asset=device.asset)
