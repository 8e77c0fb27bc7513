"""The load that a fleet makes day by day, and how late an alarm is under it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any

import psutil

from bihuan.config.bench import _shown
from bihuan.config.bench._ground import p95
from bihuan.config.bench._links import POINTS, Link, message, pump

ALARMS, TARGET_MESSAGES, TARGET_S = 100, 2_000, 20


@dataclass
class Sent:
    """When it was sent (epoch): each value of the watched machine; what makes a machine hot, by its
    code.
    """

    watched: Link
    said: list[tuple[float, float]] = field(default_factory=list)
    hot: dict[str, float] = field(default_factory=dict)

    def values(self, link: Link, at: float) -> dict[str, float]:
        values = {"BEARING_TEMP": 91.0} if link.code in self.hot else {}
        if link is self.watched:
            value = 5 + len(self.said) % 150 / 10
            self.said.append((value, at))
            values[_shown.POINT] = value
        return values

    def last(self, value: float, before: float) -> float | None:
        """When the watched machine last said it, before that moment."""
        return next(
            (at for said, at in reversed(self.said) if abs(said - value) < 0.05 and at < before),
            None,
        )


def shown_after(sent: Sent, seen: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """How long after it was sent the browser showed it; empty without a browser."""
    from bihuan.apps.monitoring.models import Alarm

    if not seen:
        return {}
    told, rows = seen[0]["tile"], seen[0]["alarms"]
    codes = dict(Alarm.objects.filter(pk__in=list(rows)).values_list("pk", "device__code"))
    readings = [(at / 1000, sent.last(float(said), at / 1000)) for said, at in told]
    late = {
        "readings": [at - said for at, said in readings if said is not None],
        "alarms": [at / 1000 - sent.hot[codes[int(pk)]] for pk, at in rows.items() if codes[int(pk)] in sent.hot],
    }  # fmt: skip
    return {
        name: {
            "shown": len(found), "median_s": round(median(found), 2) if found else 99.0, "p99_s": round(p99(found), 2)
        } for name, found in late.items()
    }  # fmt: skip


def p99(values: list[float]) -> float:
    """The value that 99 of 100 do not pass; 99 without any."""
    return sorted(values)[ceil(len(values) * 0.99) - 1] if values else 99.0


def at_target(links: list[Link], worker: psutil.Process, told: Sent) -> dict[str, Any]:
    """20,000 devices of 12 points every 10 s: as many messages a second of the devices there are.
    Some machines get hot meanwhile: how long until their alarm is in the database.
    """
    from bihuan.apps.monitoring.models import Alarm

    chosen = links[:: max(1, len(links) // ALARMS)][:ALARMS]
    codes = {link.code for link in chosen}
    spent = sum(worker.cpu_times()[:2])
    begun = time.monotonic()
    late: list[float] = []
    known: set[str] = set()
    place, sent, second = 0, 0, TARGET_MESSAGES / 50
    while time.monotonic() - begun < TARGET_S:
        until = begun + (sent + second) / TARGET_MESSAGES
        lot = [links[(place + each) % len(links)] for each in range(int(second))]
        place += int(second)
        for link in lot:
            at = time.time()
            hot = link.code in codes and link.code not in told.hot and sent > TARGET_MESSAGES
            if hot:
                link.waiting.append(message(link, at, 1, BEARING_TEMP=91.0))
                at += 11
                told.hot[link.code] = time.time()
            ahead = 15 if link.code in told.hot else 0
            link.waiting.append(message(link, at + ahead, 1, **told.values(link, time.time())))
        pump(lot, until)
        sent += int(second)
        for (code,) in (
            Alarm.objects.filter(rule="bearing.danger")
            .exclude(device__code__in=known)
            .values_list("device__code")
        ):
            known.add(code)
            late.append(time.time() - told.hot[code])
        if (rest := until - time.monotonic()) > 0:
            time.sleep(rest)
    took = time.monotonic() - begun
    spent = sum(worker.cpu_times()[:2]) - spent
    return {
        "messages_s": round(sent / took), "points_s": round(sent * POINTS / took), "worker_cores": round(spent / took, 3),
        "alarms": len(late), "of": len(told.hot), "alarm_p95_s": round(p95(late), 3) if late else None,
        "alarm_p99_s": round(p99(late), 3),
    }  # fmt: skip
