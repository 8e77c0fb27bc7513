"""Words of trials as stored."""

from __future__ import annotations

from enum import StrEnum


class TrialState(StrEnum):
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
