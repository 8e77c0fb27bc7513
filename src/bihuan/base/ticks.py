"""The clock process: what becomes due is written once, by conditional updates."""

from __future__ import annotations

import logging
import select
from collections.abc import Callable
from datetime import datetime

from django.db import InterfaceError, OperationalError, connection

from bihuan.base import clock, registry

log = logging.getLogger(__name__)
SECONDS = 5.0


def tick(now: datetime) -> int:
    """Let every app write what this moment made true; returns how much. Twice is once."""
    return sum(function(now) for _, _, function in registry.named("ticks"))


def run_forever(stop: Callable[[], bool] = lambda: False) -> None:
    while not stop():
        try:
            tick(clock.now())
        except (OperationalError, InterfaceError) as error:
            log.warning("the database went away: %s", type(error).__name__)
            connection.close()
        except Exception:  # the clock must go on for all other apps and the next beat
            log.exception("a tick failed")
        select.select([], [], [], SECONDS)
