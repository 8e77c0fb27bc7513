"""Signs of life of the processes."""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta

from bihuan.base.system.models import Heartbeat

EVERY = timedelta(seconds=10)
ALIVE = timedelta(seconds=60)
FORGOTTEN = timedelta(days=1)
_last: dict[str, datetime] = {}


def beat(kind: str, now: datetime) -> bool:
    """Write that this process (`web`, `work`, `clock`) lives, at most every ten seconds."""
    last = _last.get(kind)
    if last is not None and timedelta(0) <= now - last < EVERY:
        return False
    _last[kind] = now
    name = f"{kind} {socket.gethostname()[:40]} {os.getpid()}"
    Heartbeat.objects.update_or_create(
        pk=name,
        defaults={"beat_at": now},
        create_defaults={"kind": kind, "pid": os.getpid(), "started_at": now, "beat_at": now},
    )
    return True


def alive(now: datetime) -> dict[str, list[Heartbeat]]:
    """The living processes by kind."""
    found: dict[str, list[Heartbeat]] = {"web": [], "work": [], "clock": []}
    for row in Heartbeat.objects.filter(beat_at__gte=now - ALIVE).order_by("name"):
        found.setdefault(row.kind, []).append(row)
    return found


def forget(now: datetime) -> int:
    """A tick: processes that went long ago."""
    return Heartbeat.objects.filter(beat_at__lt=now - FORGOTTEN).delete()[0]
