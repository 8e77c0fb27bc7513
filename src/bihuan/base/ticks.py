"""The clock process: what becomes due is written once, by conditional updates."""

from __future__ import annotations

import logging
import select
from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from bihuan.base import clock, registry
from bihuan.base.system import heartbeat

log = logging.getLogger(__name__)
SECONDS = 2.0
"""Between two beats: a warning comes less than 5 s late. With nothing due a beat takes 36 ms."""


def tick(now: datetime) -> int:
    """Let every app write what this moment made true; returns how much. Twice is once."""
    return sum(function(now) for _, _, function in registry.named("ticks"))


def beat_once(now: datetime) -> None:
    """As `tick`, but one app's failure stops nobody else; the next beat tries again."""
    for config, name, function in registry.named("ticks"):
        try:
            function(now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("tick %s of %s failed", name, config.label)


def run_forever(stop: Callable[[], bool] = lambda: False) -> None:
    while not stop():
        try:
            now = clock.now()
            heartbeat.beat("clock", now)
            beat_once(now)
        except (OperationalError, InterfaceError) as error:
            log.warning("the database went away: %s", type(error).__name__)
            connection.close()
        select.select([], [], [], SECONDS)
