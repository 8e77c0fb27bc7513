"""Weeks of simulated machines as packed hours, as the worker would have left them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from bihuan.apps.assets.tests.factories import machine, model
from bihuan.apps.customers.tests.factories import customer
from bihuan.apps.monitoring.catalogue import templates
from bihuan.apps.monitoring.models import Block, Device, Hour, Latest, Layout
from bihuan.apps.monitoring.store.keeping import block_of
from bihuan.apps.monitoring.store.packing import Packed
from bihuan.apps.monitoring.tests.factories import device
from bihuan.lib.simulate import Failure, Fleet, Machine, Samples

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COARSE, TIMES = 300.0, 10
"""Simulated every five minutes; each sample stands for ten, ten seconds apart, so that an hour has
as many seconds of samples as the watches ask for.
"""


@cache
def lived(template: str, days: int, failures: tuple[tuple[Failure, ...], ...]) -> Samples:
    """A machine for each of `failures`, from START on."""
    start = START.timestamp()
    fleet = Fleet(
        [Machine(f"{template}{place}", template, failures=own) for place, own in enumerate(failures)],
        start=start, tick=COARSE, inner=COARSE,
    )  # fmt: skip
    return fleet.step(start + days * DAY.total_seconds())


def packed(samples: Samples, devices: Mapping[int, Device]) -> None:
    """The blocks of some of them, hour by hour; hours in which a machine stood still are left out."""
    template = templates()[samples.template]
    codes = [point.code for point in template.points]
    layout, _new = Layout.objects.get_or_create(template=template.code, points=codes)
    columns = [samples.points.index(code) for code in codes]
    hour = np.floor((samples.times - 1) / 3600).astype(np.int64)
    digits = [point.digits for point in template.points]
    blocks = []
    for number in np.unique(hour).tolist():
        rows = np.flatnonzero(hour == number)
        at = np.repeat(samples.times[rows] - 10.0 * TIMES, TIMES) + np.tile(
            10.0 * np.arange(TIMES), len(rows)
        )
        millis = np.rint(at * 1000).astype(np.int64)
        for place, row in devices.items():
            if not samples.states[rows, place].any():
                continue
            values = np.repeat(samples.values[rows, place][:, columns], TIMES, axis=0)
            for column, most in enumerate(digits):
                values[:, column] = np.round(values[:, column], most + 1)
            moment = datetime.fromtimestamp(number * 3600, UTC)
            blocks.append(block_of(row.pk, moment, layout.pk, Packed(millis, values)))
    Block.objects.bulk_create(blocks, batch_size=2000)
    for row in devices.values():
        Latest.objects.create(
            device=row, layout=layout, at=START, received_at=START, values=[None] * len(codes)
        )


def park(count: int, family: str) -> list[Device]:
    """Devices of machines of one model and one customer."""
    owner, of = customer(), model(f"HY-{family}", family=family)
    assets = [
        machine(owner, f"P{family}{number:05}", model=of, now=START) for number in range(count)
    ]
    return [device(asset=asset, now=START)[0] for asset in assets]


def packed_until(moment: datetime, since: datetime) -> None:
    """The hours between are packed now."""
    hours = [since + number * HOUR for number in range(round((moment - since) / HOUR))]
    Hour.objects.bulk_create(
        [Hour(hour=hour, packed_at=moment) for hour in hours], ignore_conflicts=True
    )
